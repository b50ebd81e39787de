// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The policy as rules of the kernel module, in configfs.
 *
 * A generation of them bears a letter, 50-policy-a00001 and so on. The new one
 * is made and turned on before the old one goes: there is no moment without.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"

#define PREFIX "50-policy-"
#define NAME_SIZE 40

struct installer {
	struct flavour_policy *policy;
	struct flavour_ctx *ctx;
	int dir;		/* where the rules are: short paths are cheap ones */
};

static char *read_rule_attr(const struct installer *in, const char *name, const char *attr)
{
	char path[NAME_SIZE + 16];

	snprintf(path, sizeof(path), "%s/%s", name, attr);
	return read_attr_at(in->dir, path);
}

static int write_rule_attr(const struct installer *in, const char *name, const char *attr,
			   const char *text)
{
	size_t size = strlen(text);
	char path[NAME_SIZE + 16];
	int fd, error = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", name, attr);
	fd = openat(in->dir, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	if (n != (ssize_t)size)
		error = n < 0 ? -errno : -EIO;
	close(fd);
	return error;
}

/* Read the file back to see whether the write had the effect. */
static int turn_on(const struct installer *in, const char *name)
{
	char path[NAME_SIZE + 16], now = '0';
	int fd, error = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/active", name);
	fd = openat(in->dir, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, "1", 1);
	if (n == 1)
		n = pread(fd, &now, 1, 0);
	if (n < 0)
		error = -errno;
	else if (now != '1')
		error = -EIO;
	close(fd);
	ctx_log(in->ctx, error, "turn the rule %s on", name);
	return error;
}

/* Early in the boot configfs is not mounted yet. */
static int open_configfs(struct installer *in)
{
	struct flavour_ctx *ctx = in->ctx;
	AUTOFREE char *mount_point = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "kernel/config");
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "kernel/config/driver_flavour/pci");

	if (!path || !mount_point)
		return ctx_oom(ctx);
	if (!path_exists(path) && !ctx_is_moved(ctx, FLAVOUR_ROOT_SYSFS))
		mount("configfs", mount_point, "configfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	in->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->dir >= 0)
		return 0;
	return fail(&ctx->err, errno, "%s can't be opened: %s. The kernel module driver_flavour is "
		    "not loaded, or configfs is not mounted. Load it (modprobe driver_flavour).",
		    path, strerror(errno));
}

static int list_ours(const struct installer *in, struct strv *ours)
{
	AUTOFREE char *dir = ctx_path(in->ctx, FLAVOUR_ROOT_SYSFS,
				      "kernel/config/driver_flavour/pci");
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	size_t i;

	for (i = 0; !error && i < names.count; i++)
		if (starts_with(names.v[i], PREFIX))
			error = strv_add(ours, names.v[i]);
	strv_clear(&names);
	strv_sort(ours);
	return error;
}

static bool is_same(const struct installer *in, const char *name, const struct kernel_rule *want)
{
	AUTOFREE char *match = read_rule_attr(in, name, "match");
	AUTOFREE char *flavour = read_rule_attr(in, name, "flavour");
	AUTOFREE char *active = read_rule_attr(in, name, "active");

	return match && flavour && active && !strcmp(match, want->match) && *active == '1' &&
	       !strcmp(flavour, flavour_name(want->rule->flavour));
}

static bool all_same(const struct installer *in, const struct strv *old)
{
	const struct flavour_policy *policy = in->policy;
	size_t i;

	if (old->count != policy->compiled_count)
		return false;
	for (i = 0; i < old->count; i++)
		if (!is_same(in, old->v[i], &policy->compiled[i]))
			return false;
	return true;
}

static int remove_rule(const struct installer *in, const char *name)
{
	int error = unlinkat(in->dir, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;

	ctx_log(in->ctx, error, "remove the rule %s", name);
	return error;
}

static int stays(const struct installer *in, const char *name, int error)
{
	return fail(&in->ctx->err, -error, "The rule %s of an earlier policy can't be removed, and "
		    "is still in force: %s. Remove it "
		    "(rmdir %s/kernel/config/driver_flavour/pci/%s) and apply again.", name, strerror(-error),
		    in->ctx->roots[FLAVOUR_ROOT_SYSFS], name);
}

/* All that can be. One that stays may come before the new ones. */
static int remove_old(const struct installer *in, const struct strv *names)
{
	int error, first = 0;
	size_t i;

	for (i = 0; i < names->count; i++) {
		error = remove_rule(in, names->v[i]);
		if (error && !first)
			first = stays(in, names->v[i], error);
	}
	return first;
}

static bool has_letter(const char *name, char letter)
{
	return name[strlen(PREFIX)] == letter;
}

/*
 * If both letters are in use, an earlier run was killed: remove the rules of 'b', the
 * last one first, so that 'b' is free.
 */
static int free_letter(const struct installer *in, struct strv *old, char *letter)
{
	bool has_a = old->count && has_letter(old->v[0], 'a');
	int error;

	*letter = has_a ? 'b' : 'a';
	while (has_a && has_letter(old->v[old->count - 1], 'b')) {
		error = remove_rule(in, old->v[old->count - 1]);
		if (error)
			return stays(in, old->v[old->count - 1], error);
		free(old->v[--old->count]);
		old->v[old->count] = NULL;
	}
	return 0;
}

static int make_rule(const struct installer *in, const char *name, const struct kernel_rule *rule)
{
	int error = 0;

	if (mkdirat(in->dir, name, 0755))
		return -errno;
	/* vfio is what a new rule gives. */
	if (rule->rule->flavour != FLAVOUR_VFIO)
		error = write_rule_attr(in, name, "flavour", flavour_name(rule->rule->flavour));
	if (!error)
		error = write_rule_attr(in, name, "match", rule->match);
	ctx_log(in->ctx, error, "make the rule %s: %s %s", name,
		flavour_name(rule->rule->flavour), rule->match);
	return error;
}

static int install_fail(struct flavour_policy *policy, size_t at, int error)
{
	const struct flavour_rule *rule = policy->compiled[at].rule;

	return fail(&policy->ctx->err, -error, "The kernel module refuses the rule of %s:%u "
		    "(%s): %s. The kernel log may say more; the earlier rules stay.",
		    flavour_rule_file(rule), rule->line, policy->compiled[at].match,
		    strerror(-error));
}

static void rule_name(char *name, char letter, size_t index)
{
	snprintf(name, NAME_SIZE, PREFIX "%c%05zu", letter, index + 1);
}

/*
 * Made from the last on, since the kernel module looks for the place of a new
 * rule from the front; turned on from the first on, since that one decides.
 */
static int install_new(const struct installer *in, char letter)
{
	struct flavour_policy *policy = in->policy;
	size_t i, count = policy->compiled_count;
	char name[NAME_SIZE];
	int error = 0;

	for (i = count; !error && i > 0; i--) {
		rule_name(name, letter, i - 1);
		error = make_rule(in, name, &policy->compiled[i - 1]);
		if (error)
			install_fail(policy, i - 1, error);
	}
	for (i = 0; !error && i < count; i++) {
		rule_name(name, letter, i);
		error = turn_on(in, name);
		if (error)
			install_fail(policy, i, error);
	}
	for (i = 0; error && i < count; i++) {
		rule_name(name, letter, i);
		remove_rule(in, name);
	}
	return error;
}

static int list_fail(const struct installer *in, int error)
{
	return fail(&in->ctx->err, -error, "The rules in configfs can't be read: %s.",
		    strerror(-error));
}

/* No more, which would be in force as well, and no less. */
static int check_count(const struct installer *in)
{
	struct strv now = { 0 };
	int error = list_ours(in, &now);

	if (error)
		list_fail(in, error);
	else if (now.count != in->policy->compiled_count)
		error = fail(&in->ctx->err, EIO, "configfs has %zu rules of the policy, which "
			     "has %zu. Something else added or removed some: apply it again.",
			     now.count, in->policy->compiled_count);
	strv_clear(&now);
	return error;
}

static int replace(const struct installer *in, struct strv *old)
{
	char letter;
	int error = free_letter(in, old, &letter);

	if (!error)
		error = install_new(in, letter);
	if (!error)
		error = remove_old(in, old);
	return error ? error : check_count(in);
}

/* Returns 1 if anything was changed. */
static int install(const struct installer *in)
{
	struct strv old = { 0 };
	int error = list_ours(in, &old);
	bool same = !error && all_same(in, &old);

	if (error)
		list_fail(in, error);
	else if (!same)
		error = replace(in, &old);
	strv_clear(&old);
	return error || same ? error : 1;
}

API int flavour_policy_install(struct flavour_policy *policy)
{
	struct installer in = { .policy = policy, .ctx = policy->ctx };
	int lock, error = open_configfs(&in);

	if (error)
		return error;
	/* Two runs at once would take each other's rules for those of a killed one. */
	lock = policy_lock(policy->ctx);
	error = lock < 0 ? lock : install(&in);
	if (lock >= 0)
		close(lock);
	close(in.dir);
	return error;
}
