// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz.h"

struct flavour_ctx *fuzz_ctx(void)
{
	static struct flavour_ctx *ctx;
	unsigned int i;

	if (ctx)
		return ctx;
	if (flavour_ctx_new(&ctx))
		abort();
	for (i = 0; i < ROOTS; i++)
		if (flavour_ctx_set_root(ctx, i, "/nonexistent/flavour"))
			abort();
	return ctx;
}

void fuzz_forget_modules(struct flavour_ctx *ctx)
{
	size_t i;

	for (i = 0; i < ctx->module_count; i++)
		module_free(ctx->modules[i]);
	ctx->module_count = 0;
}
