// SPDX-License-Identifier: LGPL-2.1-or-later
/* A context, from its birth to its end: it knows what each part keeps in it. */
#include <errno.h>
#include <unistd.h>

#include "module/module.h"
#include "use/use.h"

API int flavour_ctx_new(struct flavour_ctx **ret_ctx)
{
	struct flavour_ctx *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	new->devices_fd = -1;
	new->lock_seconds = 30;
	pthread_mutex_init(&new->lock, NULL);
	pthread_mutex_init(&new->log_lock, NULL);
	new->io.write = write_attr;
	new->looks = looks_new();
	if (!new->looks || roots_init(new)) {
		flavour_ctx_free(new);
		return -ENOMEM;
	}
	*ret_ctx = new;
	return 0;
}

API void flavour_ctx_free(struct flavour_ctx *ctx)
{
	if (!ctx)
		return;
	looks_free(ctx->looks);
	modules_clear(ctx);
	if (ctx->devices_fd >= 0)
		close(ctx->devices_fd);
	roots_clear(ctx);
	pthread_mutex_destroy(&ctx->log_lock);
	pthread_mutex_destroy(&ctx->lock);
	free(ctx);
}
