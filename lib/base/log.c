// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is done to the machine, told to whoever wants to know. */
#include <stdio.h>
#include <string.h>

#include "base/base.h"

API void flavour_ctx_set_log(struct flavour_ctx *ctx, flavour_log_fn log, void *data)
{
	ctx->log = log;
	ctx->log_data = data;
}

/* A line that was missed for lack of memory is no reason to stop. */
void ctx_log(struct flavour_ctx *ctx, int error, const char *fmt, ...)
{
	AUTOFREE char *text = NULL;
	AUTOFREE char *line = NULL;
	va_list args;

	if (!ctx->log)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text && error)
		line = format("%s: %s", text, strerror(-error));
	if (!text || (error && !line))
		return;
	pthread_mutex_lock(&ctx->log_lock);
	ctx->log(line ? line : text, ctx->log_data);
	pthread_mutex_unlock(&ctx->log_lock);
}
