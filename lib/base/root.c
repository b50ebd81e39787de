// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where to look: the roots, and paths from them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/base.h"

static const struct {
	const char *env;
	const char *path;
} roots[ROOTS] = {
	[FLAVOUR_ROOT_SYSFS]   = { "FLAVOUR_SYSFS", "/sys" },
	[FLAVOUR_ROOT_PROC]    = { "FLAVOUR_PROC", "/proc" },
	[FLAVOUR_ROOT_DEV]     = { "FLAVOUR_DEV", "/dev" },
	[FLAVOUR_ROOT_ETC]     = { "FLAVOUR_ETC", "/etc" },
	[FLAVOUR_ROOT_RUN]     = { "FLAVOUR_RUN", "/run" },
	[FLAVOUR_ROOT_LOCAL_LIB] = { "FLAVOUR_LOCAL_LIB", "/usr/local/lib" },
	[FLAVOUR_ROOT_LIB]     = { "FLAVOUR_LIB", "/usr/lib" },
	[FLAVOUR_ROOT_MODULES] = { "FLAVOUR_MODULES", "/lib/modules" },
};

static bool moves_config(unsigned int root)
{
	return root == FLAVOUR_ROOT_ETC || root == FLAVOUR_ROOT_RUN ||
	       root == FLAVOUR_ROOT_LOCAL_LIB || root == FLAVOUR_ROOT_LIB;
}

static char *default_root(struct flavour_ctx *ctx, unsigned int root)
{
	const char *moved = secure_getenv(roots[root].env);
	struct utsname uts;

	if (moved && *moved == '/') {
		ctx->moved_config |= moves_config(root);
		return strdup(moved);
	}
	if (root != FLAVOUR_ROOT_MODULES || uname(&uts))
		return strdup(roots[root].path);
	return format("%s/%s", roots[root].path, uts.release);
}

int roots_init(struct flavour_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < ROOTS; i++) {
		ctx->roots[i] = default_root(ctx, i);
		if (!ctx->roots[i])
			return -ENOMEM;
	}
	return 0;
}

void roots_clear(struct flavour_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < ROOTS; i++)
		free(ctx->roots[i]);
}

/*
 * From now on roots can't be moved. A bus directory that does not exist yet is
 * looked up again.
 */
void ctx_use(struct flavour_ctx *ctx)
{
	AUTOFREE char *path = NULL;

	ctx->in_use = true;
	if (ctx->devices_fd >= 0)
		return;
	path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/devices");
	ctx->devices_fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

API int flavour_ctx_set_root(struct flavour_ctx *ctx, enum flavour_root root, const char *path)
{
	char *copy;

	if ((unsigned int)root >= ROOTS || !path || *path != '/')
		return fail(&ctx->err, EINVAL, "A root can only be moved to an absolute path.");
	if (ctx->in_use)
		return fail(&ctx->err, EBUSY,
			    "%s can't be moved any more: it has been read. Move roots first.",
			    roots[root].path);
	copy = strdup(path);
	if (!copy)
		return ctx_oom(ctx);
	free(ctx->roots[root]);
	ctx->roots[root] = copy;
	ctx->moved_config |= moves_config(root);
	return 0;
}

API const char *flavour_ctx_root(const struct flavour_ctx *ctx, enum flavour_root root)
{
	return (unsigned int)root < ROOTS ? ctx->roots[root] : NULL;
}

/* Files in its place can't be asked what only the kernel answers. */
bool ctx_is_moved(const struct flavour_ctx *ctx, enum flavour_root root)
{
	return strcmp(ctx->roots[root], roots[root].path);
}

char *ctx_path(const struct flavour_ctx *ctx, enum flavour_root root, const char *fmt, ...)
{
	char *tail, *path;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&tail, fmt, args);
	va_end(args);
	if (len < 0) {
		look_failed(ENOMEM);
		return NULL;
	}
	path = format("%s/%s", ctx->roots[root], tail);
	free(tail);
	return path;
}
