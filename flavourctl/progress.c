// SPDX-License-Identifier: GPL-2.0-or-later
/* A bar on the terminal while many devices are being changed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "change.h"

#define WIDTH 40
#define MANY 4

bool progress_wanted(const struct ctl *ctl, size_t total)
{
	return total > MANY && !ctl->opt.quiet && isatty(STDERR_FILENO);
}

void progress_show(struct flavour_plan *plan, size_t done, size_t total, void *data)
{
	FILE *out = raw_stderr();
	char bar[WIDTH + 1];
	size_t full = done * WIDTH / total;

	memset(bar, '#', full);
	memset(bar + full, '.', WIDTH - full);
	bar[WIDTH] = '\0';
	if (done < total)
		fprintf(out, "\r[%s] %zu/%zu", bar, done, total);
	else
		fputs("\r\033[K", out);
	fflush(out);
}
