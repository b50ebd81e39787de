// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Edits a policy file so that it is the old one or the new one at any moment: a
 * new file is written beside it, synced, and renamed over it. Editors take turns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"

struct edit {
	struct flavour_ctx *ctx;
	char *dir, *path;
	int dir_fd, lock_fd;
	char *old, *new;
	size_t old_size, new_size;
};

static int edit_fail(struct edit *edit, int error)
{
	return fail(&edit->ctx->err, error, "%s can't be changed: %s. It is as it was.",
		    edit->path, read_strerror(error));
}

bool policy_is_file_name(struct flavour_ctx *ctx, const char *name)
{
	size_t len = strlen(name);

	if (len > 5 && *name != '.' && !strchr(name, '/') && len < 200 &&
	    !strcmp(name + len - 5, ".conf"))
		return true;
	fail(&ctx->err, EINVAL, "\"%s\" is not a name for a policy file: it must end in .conf and "
	     "contain no slash.", name);
	return false;
}

static int edit_open(struct edit *edit, const char *name)
{
	if (!policy_is_file_name(edit->ctx, name))
		return -EINVAL;
	edit->dir = ctx_path(edit->ctx, FLAVOUR_ROOT_ETC, "driver-flavour.d");
	edit->path = edit->dir ? format("%s/%s", edit->dir, name) : NULL;
	if (!edit->path)
		return ctx_oom(edit->ctx);
	mkdir(edit->dir, 0755);
	edit->dir_fd = open(edit->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (edit->dir_fd < 0)
		return edit_fail(edit, errno);
	edit->lock_fd = policy_lock(edit->ctx);
	if (edit->lock_fd < 0)
		return edit->lock_fd;
	edit->old = read_text(edit->path, &edit->old_size);
	if (edit->old)
		return 0;
	if (errno != ENOENT)
		return edit_fail(edit, errno);
	edit->old = strdup("");
	return edit->old ? 0 : ctx_oom(edit->ctx);
}

static void edit_close(struct edit *edit)
{
	if (edit->dir_fd >= 0)
		close(edit->dir_fd);
	if (edit->lock_fd >= 0)
		close(edit->lock_fd);
	free(edit->dir);
	free(edit->path);
	free(edit->old);
	free(edit->new);
}

static int write_all(int fd, const char *text, size_t size)
{
	ssize_t n;

	for (; size; text += n, size -= (size_t)n) {
		n = write(fd, text, size);
		if (n < 0 && errno != EINTR)
			return -errno;
		n = n < 0 ? 0 : n;
	}
	return fchmod(fd, 0644) || fsync(fd) ? -errno : 0;
}

static int replace(struct edit *edit, const char *temporary, int fd)
{
	int error = write_all(fd, edit->new, edit->new_size);

	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(temporary, edit->path))
		error = -errno;
	if (error)
		unlink(temporary);
	else
		fsync(edit->dir_fd);
	return error;
}

/*
 * The leading dot hides it from readers of the policy. A file that a killed
 * editor left is removed first.
 */
static int edit_commit(struct edit *edit)
{
	AUTOFREE char *temporary = format("%s/.policy.new", edit->dir);
	int fd, error;

	if (!temporary)
		return ctx_oom(edit->ctx);
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	error = fd < 0 ? -errno : replace(edit, temporary, fd);
	ctx_log(edit->ctx, error, "change %s", edit->path);
	return error ? edit_fail(edit, -error) : 0;
}

int policy_parse_rule(struct flavour_ctx *ctx, const char *text, struct flavour_rule **rule)
{
	struct rule_error wrong = { 0 };
	int error = strchr(text, '\n') ? -E2BIG : rule_parse(text, strlen(text), rule, &wrong);

	if (error == -E2BIG)
		return fail(&ctx->err, EINVAL, "A rule is one line.");
	if (error == -EINVAL)
		return fail(&ctx->err, EINVAL, "Column %u: %s", wrong.column, wrong.text);
	if (!error && !*rule)
		return fail(&ctx->err, EINVAL, "There is no rule in \"%.80s\".", text);
	return error ? ctx_oom(ctx) : 0;
}

static bool line_is(const char *line, size_t size, const struct flavour_rule *rule)
{
	struct rule_error unused;
	struct flavour_rule *other;
	bool same;

	if (rule_parse(line, size, &other, &unused) || !other)
		return false;
	same = !strcmp(other->text, rule->text);
	rule_free(other);
	return same;
}

/* Copies the old text to the new without the lines that are the rule; counts those. */
static int copy_without(struct edit *edit, const struct flavour_rule *rule)
{
	const char *line = edit->old, *end = edit->old + edit->old_size, *next;
	int found = 0;

	edit->new = malloc(edit->old_size + strlen(rule->text) + 3);
	if (!edit->new)
		return ctx_oom(edit->ctx);
	for (; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		if (line_is(line, (size_t)(next - line) - (next[-1] == '\n'), rule)) {
			found++;
			continue;
		}
		memcpy(edit->new + edit->new_size, line, (size_t)(next - line));
		edit->new_size += (size_t)(next - line);
	}
	return found;
}

static void append_line(struct edit *edit, const char *text)
{
	char *end = edit->new + edit->new_size;

	if (edit->new_size && end[-1] != '\n')
		*end++ = '\n';
	end = stpcpy(end, text);
	*end++ = '\n';
	edit->new_size = (size_t)(end - edit->new);
}

static int edit_file(struct edit *edit, const char *name, const struct flavour_rule *rule,
		     bool add)
{
	int found, error = edit_open(edit, name);

	if (error)
		return error;
	found = copy_without(edit, rule);
	if (found < 0 || (add ? found > 0 : !found))
		return found < 0 ? found : 0;
	if (add)
		append_line(edit, rule->text);
	error = edit_commit(edit);
	if (error)
		return error;
	return add ? 1 : found;
}

static int edit_rule(struct flavour_ctx *ctx, const char *name, const char *text, bool add)
{
	struct edit edit = { .ctx = ctx, .dir_fd = -1, .lock_fd = -1 };
	struct flavour_rule *rule = NULL;
	int error = policy_parse_rule(ctx, text, &rule);

	if (!error)
		error = edit_file(&edit, name, rule, add);
	edit_close(&edit);
	rule_free(rule);
	return error;
}

API int flavour_policy_file_add(struct flavour_ctx *ctx, const char *name, const char *rule)
{
	return edit_rule(ctx, name, rule, true);
}

API int flavour_policy_file_remove(struct flavour_ctx *ctx, const char *name, const char *rule)
{
	return edit_rule(ctx, name, rule, false);
}
