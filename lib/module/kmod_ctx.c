// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libkmod's context, made when something is first asked of it, and after a look at
 * the files that it will read: it waits for a FIFO's other end, and runs for ever
 * in an index that is damaged.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/kmod.h"
#include "module/module.h"

static const enum flavour_root config_roots[] = {
	FLAVOUR_ROOT_ETC, FLAVOUR_ROOT_RUN, FLAVOUR_ROOT_LOCAL_LIB, FLAVOUR_ROOT_LIB,
};

static const char *const indices[] = {
	"modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
	"modules.builtin.alias.bin",
};

/* Read as text. */
static const char *const texts[] = { "modules.softdep", "modules.weakdep", "modules.builtin.modinfo" };

static void quiet(void *data, int priority, const char *file, int line, const char *fn,
		  const char *text, va_list args)
{
}

/* Takes the sentence over. It stays for good: others may be reading it. */
static int give_up(struct flavour_ctx *ctx, int error, char *problem)
{
	if (!problem)
		return -ENOMEM;
	ctx->kmod_problem = problem;
	ctx->kmod_error = error;
	return error;
}

/* If stat() fails, let libkmod report it: it does not hang then. */
static int check_file(struct flavour_ctx *ctx, const char *path)
{
	struct stat st;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || is_dev_null(&st))
		return 0;
	return give_up(ctx, -EMEDIUMTYPE, format("%s is a FIFO or a device, not a file, and modprobe "
						 "would hang over it, too. Remove it.", path));
}

static int check_config(struct flavour_ctx *ctx)
{
	struct strv names = { 0 };
	int error = 0;
	size_t i, j;

	for (i = 0; !error && i < ARRAY_LEN(config_roots); i++) {
		AUTOFREE char *dir = ctx_path(ctx, config_roots[i], "modprobe.d");

		list_dir_unsorted(dir, &names);
		for (j = 0; !error && j < names.count; j++) {
			AUTOFREE char *path = format("%s/%s", dir, names.v[j]);

			error = check_file(ctx, path);
		}
		strv_clear(&names);
	}
	for (i = 0; !error && i < ARRAY_LEN(texts); i++) {
		AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_MODULES, "%s", texts[i]);

		error = check_file(ctx, path);
	}
	return error;
}

static int check_index(struct flavour_ctx *ctx, const char *name)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_MODULES, "%s", name);
	AUTOFREE char *bytes = NULL;
	size_t size;
	int error;

	bytes = read_text(path, &size);
	if (!bytes && errno == ENOMEM)
		return -ENOMEM;
	if (!bytes && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	if (!bytes)
		return give_up(ctx, -errno, format("%s can't be read: %s. Run depmod.", path,
						   read_strerror(errno)));
	error = kmod_index_check(bytes, size);
	return error == -EBADMSG ?
	       give_up(ctx, error, format("%s is damaged. Run depmod.", path)) : error;
}

static int check_files(struct flavour_ctx *ctx)
{
	int error = check_config(ctx);
	size_t i;

	for (i = 0; !error && i < ARRAY_LEN(indices); i++)
		error = check_index(ctx, indices[i]);
	return error;
}

/* libkmod's own idea of where modprobe.d is is the best one, unless it was moved. */
static struct kmod_ctx *new_kmod(struct flavour_ctx *ctx)
{
	AUTOFREE char *etc = ctx_path(ctx, FLAVOUR_ROOT_ETC, "modprobe.d");
	AUTOFREE char *run = ctx_path(ctx, FLAVOUR_ROOT_RUN, "modprobe.d");
	AUTOFREE char *local = ctx_path(ctx, FLAVOUR_ROOT_LOCAL_LIB, "modprobe.d");
	AUTOFREE char *lib = ctx_path(ctx, FLAVOUR_ROOT_LIB, "modprobe.d");
	const char *const moved[] = { etc, run, local, lib, NULL };

	/*
	 * The first NULL ends the list, so a failed allocation must not cut the
	 * list: half of the configuration would be a different one.
	 */
	if (!etc || !run || !local || !lib)
		return NULL;
	return kmod_new(ctx->roots[FLAVOUR_ROOT_MODULES], ctx->moved_config ? moved : NULL);
}

int ctx_kmod(struct flavour_ctx *ctx)
{
	int error;

	if (ctx->kmod || ctx->kmod_error)
		return ctx->kmod_error;
	if (kmod_open())
		return give_up(ctx, -ELIBACC, format("%s. Install libkmod2.", kmod_open_error()));
	error = check_files(ctx);
	if (error)
		return error;
	ctx->kmod = new_kmod(ctx);
	if (!ctx->kmod)
		return -ENOMEM;
	ctx_use(ctx);
	kmod_set_log_fn(ctx->kmod, quiet, NULL);
	return 0;
}
