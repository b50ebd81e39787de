// SPDX-License-Identifier: GPL-2.0-or-later
/* Sentences on stderr, and the end of stdout. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

void complain(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("flavourctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

int complain_ctx(struct ctl *ctl)
{
	complain("%s", flavour_ctx_message(ctl->ctx));
	return CTL_FAILED;
}

int complain_oom(void)
{
	complain("Out of memory.");
	return CTL_FAILED;
}

/* A full disk under a redirected stdout is a failure, and a closed pipe is not. */
int finish_output(int status)
{
	FILE *raw;
	bool failed;

	errno = 0;
	raw = raw_stdout();
	failed = ferror(stdout) || ferror(raw);
	if (!fflush(raw) && !failed)
		return status;
	if (errno == EPIPE)
		return status;
	complain("The output could not be written: %s.", strerror(errno ? errno : EIO));
	return CTL_FAILED;
}
