// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a flavour is set, and whether to go on. */
#include <errno.h>

#include "base/base.h"

API void flavour_ctx_set_stop(struct flavour_ctx *ctx, flavour_stop_fn stop, void *data)
{
	ctx->stop = stop;
	ctx->stop_data = data;
}

bool ctx_stopped(const struct flavour_ctx *ctx)
{
	return ctx->stop && ctx->stop(ctx->stop_data);
}

bool ctx_has_kernel_module(const struct flavour_ctx *ctx)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/driver_flavours");

	return path_exists(path);
}

API int flavour_ctx_set_backend(struct flavour_ctx *ctx, enum flavour_backend backend)
{
	if ((unsigned int)backend > FLAVOUR_BACKEND_OVERRIDE)
		return fail(&ctx->err, EINVAL, "There is no backend %d.", (int)backend);
	if (backend == FLAVOUR_BACKEND_KERNEL && !ctx_has_kernel_module(ctx))
		return fail(&ctx->err, ENOENT, "The kernel module driver_flavour is not loaded. "
			    "Load it (modprobe driver_flavour) or go by driver_override.");
	ctx->backend = backend;
	return 0;
}

API enum flavour_backend flavour_ctx_backend(struct flavour_ctx *ctx)
{
	if (ctx->backend != FLAVOUR_BACKEND_AUTO)
		return ctx->backend;
	return ctx_has_kernel_module(ctx) ? FLAVOUR_BACKEND_KERNEL : FLAVOUR_BACKEND_OVERRIDE;
}
