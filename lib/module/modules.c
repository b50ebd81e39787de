// SPDX-License-Identifier: LGPL-2.1-or-later
/* The modules that a context has met, and those of them with aliases of a flavour. */
#include <errno.h>

#include "module/kmod.h"
#include "module/module.h"

/* At the end of the context. */
void modules_clear(struct flavour_ctx *ctx)
{
	size_t i;

	for (i = 0; i < UNIVERSES; i++)
		index_free(ctx->index[i]);
	for (i = 0; i < ctx->module_count; i++)
		module_free(ctx->modules[i]);
	free(ctx->modules);
	kmod_unref(ctx->kmod);
	free(ctx->kmod_problem);
	strv_clear(&ctx->native_drivers);
}

struct flavour_modules {
	struct flavour_module **v;
	size_t count;
};

static int list_modules(struct flavour_ctx *ctx, enum universe universe,
			struct flavour_modules *modules)
{
	struct index *index;
	int error = ctx_index(ctx, universe, &index);
	size_t i;

	if (error)
		return error;
	if (!index->found)
		return -ENOENT;
	modules->v = calloc(ctx->module_count + 1, sizeof(*modules->v));
	if (!modules->v)
		return -ENOMEM;
	for (i = 0; i < ctx->module_count; i++)
		if (ctx->modules[i]->universes & 1u << universe)
			modules->v[modules->count++] = ctx->modules[i];
	return 0;
}

API int flavour_modules_new(struct flavour_ctx *ctx, enum flavour flavour,
			    struct flavour_modules **ret_modules)
{
	struct flavour_modules *modules;
	enum universe universe;
	int error = universe_of(ctx, flavour, &universe);

	if (error)
		return error;
	modules = calloc(1, sizeof(*modules));
	if (!modules)
		return ctx_oom(ctx);
	pthread_mutex_lock(&ctx->lock);
	error = list_modules(ctx, universe, modules);
	pthread_mutex_unlock(&ctx->lock);
	if (error) {
		flavour_modules_free(modules);
		return index_failed(ctx, error);
	}
	*ret_modules = modules;
	return 0;
}

API size_t flavour_modules_count(const struct flavour_modules *modules)
{
	return modules->count;
}

API struct flavour_module *flavour_modules_get(const struct flavour_modules *modules, size_t index)
{
	return index < modules->count ? modules->v[index] : NULL;
}

API void flavour_modules_free(struct flavour_modules *modules)
{
	if (!modules)
		return;
	free(modules->v);
	free(modules);
}
