// SPDX-License-Identifier: LGPL-2.1-or-later
/* The context: where to look, and the last message. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kmod.h"
#include "private.h"

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

static const char *const names[] = {
	[FLAVOUR_UNKNOWN] = "unknown",
	[FLAVOUR_NATIVE]  = "native",
	[FLAVOUR_VFIO]    = "vfio",
	[FLAVOUR_NONE]    = "none",
};

API const char *flavour_name(enum flavour flavour)
{
	return (unsigned int)flavour < ARRAY_LEN(names) ? names[flavour] : names[FLAVOUR_UNKNOWN];
}

API enum flavour flavour_from_name(const char *name)
{
	enum flavour flavour;

	for (flavour = FLAVOUR_NATIVE; flavour <= FLAVOUR_NONE; flavour++)
		if (name && !strcmp(name, names[flavour]))
			return flavour;
	return FLAVOUR_UNKNOWN;
}

API const char *flavour_version(void)
{
	return FLAVOUR_VERSION;
}

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

API int flavour_ctx_new(struct flavour_ctx **ctx)
{
	struct flavour_ctx *new = calloc(1, sizeof(*new));
	unsigned int i;

	if (!new)
		return -ENOMEM;
	new->devices_fd = -1;
	new->lock_seconds = 30;
	pthread_mutex_init(&new->lock, NULL);
	pthread_mutex_init(&new->looks.lock, NULL);
	pthread_cond_init(&new->looks.ended_one, NULL);
	new->io.write = write_attr;
	for (i = 0; i < ROOTS; i++) {
		new->roots[i] = default_root(new, i);
		if (!new->roots[i]) {
			flavour_ctx_free(new);
			return -ENOMEM;
		}
	}
	*ctx = new;
	return 0;
}

API void flavour_ctx_free(struct flavour_ctx *ctx)
{
	size_t i;

	if (!ctx)
		return;
	for (i = 0; i < UNIVERSES; i++)
		index_free(ctx->index[i]);
	for (i = 0; i < ctx->module_count; i++)
		module_free(ctx->modules[i]);
	free(ctx->modules);
	kmod_unref(ctx->kmod);
	free(ctx->kmod_problem);
	strv_clear(&ctx->native_drivers);
	if (ctx->devices_fd >= 0)
		close(ctx->devices_fd);
	for (i = 0; i < ROOTS; i++)
		free(ctx->roots[i]);
	openers_clear(&ctx->looks.openers);
	pthread_cond_destroy(&ctx->looks.ended_one);
	pthread_mutex_destroy(&ctx->looks.lock);
	pthread_mutex_destroy(&ctx->lock);
	free(ctx);
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

API const char *flavour_ctx_message(const struct flavour_ctx *ctx)
{
	return ctx->err.text;
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

API void flavour_ctx_set_stop(struct flavour_ctx *ctx, flavour_stop_fn stop, void *data)
{
	ctx->stop = stop;
	ctx->stop_data = data;
}

bool ctx_stopped(const struct flavour_ctx *ctx)
{
	return ctx->stop && ctx->stop(ctx->stop_data);
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

int ctx_oom(struct flavour_ctx *ctx)
{
	return fail(&ctx->err, ENOMEM, "Out of memory.");
}

bool ctx_has_kernel_module(const struct flavour_ctx *ctx)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/driver_flavours");

	return path_exists(path);
}

API int flavour_ctx_set_backend(struct flavour_ctx *ctx, enum flavour_backend backend)
{
	if ((unsigned int)backend > FLAVOUR_BACKEND_COMPAT)
		return fail(&ctx->err, EINVAL, "There is no backend %d.", (int)backend);
	if (backend == FLAVOUR_BACKEND_KERNEL && !ctx_has_kernel_module(ctx))
		return fail(&ctx->err, ENOENT, "The kernel module driver_flavour is not loaded. "
			    "Load it (modprobe driver_flavour) or use the compat path.");
	ctx->backend = backend;
	return 0;
}

API enum flavour_backend flavour_ctx_backend(struct flavour_ctx *ctx)
{
	if (ctx->backend != FLAVOUR_BACKEND_AUTO)
		return ctx->backend;
	return ctx_has_kernel_module(ctx) ? FLAVOUR_BACKEND_KERNEL : FLAVOUR_BACKEND_COMPAT;
}
