// SPDX-License-Identifier: LGPL-2.1-or-later
/* What went wrong: in words, and what could not be looked at. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

/*
 * What could not be read since look_start(), of this thread. Most of what is read
 * may be absent; any other failure leaves it open what is there. A path that there
 * was no memory for was counted when it was made: NULL is none.
 */
static __thread int blind;

void look_start(void)
{
	blind = 0;
}

void look_failed(int error)
{
	static const int absent[] = { 0, ENOENT, ENOTDIR, ENODEV, ESRCH };
	size_t i;

	error = error < 0 ? -error : error;
	for (i = 0; i < ARRAY_LEN(absent); i++)
		if (error == absent[i])
			return;
	if (!blind)
		blind = error;
}

int look_error(void)
{
	return -blind;
}

int fail(struct err *err, int error, const char *fmt, ...)
{
	va_list args;

	if (err) {
		va_start(args, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return -error;
}

void err_append(struct err *err, const char *fmt, ...)
{
	size_t len = strlen(err->text);
	va_list args;

	if (len && len + 1 < sizeof(err->text)) {
		err->text[len++] = ' ';
		err->text[len] = '\0';
	}
	va_start(args, fmt);
	vsnprintf(err->text + len, sizeof(err->text) - len, fmt, args);
	va_end(args);
}

int ctx_oom(struct flavour_ctx *ctx)
{
	return fail(&ctx->err, ENOMEM, "Out of memory.");
}

API const char *flavour_ctx_message(const struct flavour_ctx *ctx)
{
	return ctx->err.text;
}
