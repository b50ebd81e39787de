// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is mounted, in each mount namespace that a process is in. A service of
 * systemd's often has one of its own, with a copy of each mount.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "use/mounts.h"

char *next_line(const char **text)
{
	const char *end = strchrnul(*text, '\n');
	char *line = format("%.*s", (int)(end - *text), *text);

	*text = *end ? end + 1 : end;
	return line;
}

/* mountinfo and swaps write space, tab, newline and backslash as \ooo. */
void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && isdigit((unsigned char)s[2]) &&
		    isdigit((unsigned char)s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool is_gone(int error)
{
	/* A process that has ended says EINVAL when asked for its mounts. */
	return error == ENOENT || error == ESRCH || error == EINVAL;
}

static int add_ns(struct mounts *mounts, const char *process, bool own)
{
	AUTOFREE char *path = ctx_path(mounts->ctx, FLAVOUR_ROOT_PROC, "%s/mountinfo", process);
	char *text = path ? read_text(path, NULL) : NULL;
	struct mount_ns *grown;
	int error = path ? errno : ENOMEM;

	if (!text)
		return !own && is_gone(error) ? 0 : -error;
	grown = reallocarray(mounts->v, mounts->count + 1, sizeof(*grown));
	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	mounts->v = grown;
	grown[mounts->count++] = (struct mount_ns){ text, own ? 0 : atoi(process) };
	return 1;
}

/* Each namespace is read once, by the first process found in it. */
static int add_ns_of(struct mounts *mounts, struct strv *seen, const char *process)
{
	bool own = !strcmp(process, "self");
	AUTOFREE char *path = ctx_path(mounts->ctx, FLAVOUR_ROOT_PROC, "%s/ns/mnt", process);
	AUTOFREE char *ns = path ? link_target(path) : NULL;
	int error;

	if (!ns && !own)
		return path && is_gone(errno) ? 0 : path ? -errno : -ENOMEM;
	if (ns && strv_has(seen, ns))
		return 0;
	error = add_ns(mounts, process, own);
	return error > 0 ? strv_add(seen, ns ? ns : "") : error;
}

void mounts_read(struct mounts *mounts, const struct flavour_ctx *ctx)
{
	AUTOFREE char *swaps = ctx_path(ctx, FLAVOUR_ROOT_PROC, "swaps");
	struct strv pids = { 0 }, seen = { 0 };
	int error;
	size_t i;

	*mounts = (struct mounts){ .ctx = ctx };
	error = add_ns_of(mounts, &seen, "self");
	if (!error)
		error = list_dir(ctx->roots[FLAVOUR_ROOT_PROC], &pids);
	for (i = 0; i < pids.count; i++)
		if (!error && isdigit((unsigned char)pids.v[i][0]))
			error = add_ns_of(mounts, &seen, pids.v[i]);
	mounts->swaps = swaps ? read_text(swaps, NULL) : NULL;
	/* A kernel without swap has no such file. */
	if (!error && !mounts->swaps && (!swaps || errno != ENOENT))
		error = swaps ? -errno : -ENOMEM;
	mounts->error = error;
	strv_clear(&pids);
	strv_clear(&seen);
}

void mounts_clear(struct mounts *mounts)
{
	size_t i;

	for (i = 0; i < mounts->count; i++)
		free(mounts->v[i].text);
	free(mounts->v);
	free(mounts->swaps);
}

static bool parse(const char *text, struct mount_line *line)
{
	const char *tail = strstr(text, " - ");

	if (!tail || sscanf(text, "%*s %*s %31s %511s %511s", line->id, line->root, line->where) != 3)
		return false;
	*line->source = '\0';
	if (sscanf(tail, " - %63s %511s", line->type, line->source) < 1)
		return false;
	unescape(line->where);
	unescape(line->source);
	return true;
}

/* The mounts of all namespaces, our own first. */
bool mounts_next(const struct mounts *mounts, struct mount_cursor *cursor, struct mount_line *line)
{
	for (; cursor->ns < mounts->count; cursor->ns++, cursor->at = NULL) {
		if (!cursor->at)
			cursor->at = mounts->v[cursor->ns].text;
		while (*cursor->at) {
			AUTOFREE char *text = next_line(&cursor->at);

			line->pid = mounts->v[cursor->ns].pid;
			if (text && parse(text, line))
				return true;
		}
	}
	return false;
}

/* What the machine runs from is what we, or the first process, have as such. */
int mounts_add_use(const struct mounts *mounts, struct flavour_uses *uses, const char *subject,
		   const char *what, struct mount_line *line)
{
	AUTOFREE char *path = ctx_path(mounts->ctx, FLAVOUR_ROOT_PROC, "%d/comm", line->pid);
	AUTOFREE char *name = line->pid ? read_attr(path) : NULL;
	const char *where = line->where;
	int error;

	if (!line->pid)
		error = uses_add(uses, FLAVOUR_USE_MOUNT, subject, 0,
				 "%s is mounted at %s. Unmount it first (umount %s).",
				 what, where, where);
	else
		error = uses_add(uses, FLAVOUR_USE_MOUNT, subject, 0,
				 "%s is mounted at %s in the mount namespace of process %d (%s). "
				 "End that, or unmount it there first (nsenter -t %d -m umount %s).",
				 what, where, line->pid, name ? name : "?", line->pid, where);
	if (!error && line->pid <= 1)
		uses_mark_vital(uses, where);
	return error;
}
