/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of block.c, mounts.c, share.c and netns.c know of each other. */
#ifndef FLAVOUR_MOUNTS_H
#define FLAVOUR_MOUNTS_H

#include "use/use.h"

/* One mount namespace: its mounts, and a process in it; 0 if it is our own. */
struct mount_ns {
	char *text;
	int pid;
};

struct mounts {
	const struct flavour_ctx *ctx;
	struct mount_ns *v;
	size_t count;
	char *swaps;
	int error;		/* some of it can't be read */
};

struct mount_line {
	char id[32], root[512], where[512], type[64], source[512];
	int pid;
};

struct mount_cursor {
	size_t ns;
	const char *at;
};

void mounts_read(struct mounts *mounts, const struct flavour_ctx *ctx);
void mounts_clear(struct mounts *mounts);
bool mounts_next(const struct mounts *mounts, struct mount_cursor *cursor,
		 struct mount_line *line);
int mounts_add_use(const struct mounts *mounts, struct flavour_uses *uses, const char *subject,
		   const char *what, struct mount_line *line);
char *next_line(const char **text);
void unescape(char *s);

int uses_add_shares(struct flavour_uses *uses, struct flavour_device *dev,
		    const struct mounts *mounts);

#endif
