/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the foreign storm's writers do to a device, and what they may find then. */
#ifndef FOREIGN_H
#define FOREIGN_H

#include <stdbool.h>

#define FOREIGN_MOST	32
#define FOREIGN_ERRNOS	160

enum { VFIO, NATIVE, NONE, OTHER, WORDS };
enum { READ, OVERRIDE, PROBE, UNBIND, BIND, VFS, RULE, MODULE, ERR, NAMESPACE, DEEDS };
enum { KILL, TERM, STOP, RESTART, FREEZE, GROUP_KILL, MEMORY, CPU, PAINS };

extern const char *const foreign_words[WORDS], *const foreign_deeds[DEEDS];

struct foreign_device {
	const char *at, *native;
};

/* Shared by all writers. */
struct foreign_tally {
	long done, wrong, lost, interrupted, blind;
	long writes[WORDS][FOREIGN_ERRNOS], deeds[DEEDS][2], pains[PAINS];
	bool over;
	bool orphan[FOREIGN_MOST];	/* its writer was killed: to be looked at */
};

/* What all know; may_…: of this writer. */
struct foreign {
	struct foreign_tally *tally;
	struct foreign_device devices[FOREIGN_MOST];
	const char *err_files[FOREIGN_MOST], *modules[FOREIGN_MOST];
	int n_devices, n_err_files, n_modules, slow;
	const char *pf, *rules;
	bool alone, may_interrupt, may_refuse;
};

extern struct foreign foreign;

#define foreign_count(n) __atomic_fetch_add(&(n), 1, __ATOMIC_RELAXED)
#define FOREIGN_PATIENCE (60 * foreign.slow)	/* s */

void foreign_nap(long us);
long foreign_now(void);
int foreign_pick(int n);
void foreign_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* An errno, or 0. */
int foreign_put(const char *path, const char *data);
void foreign_adopt(const struct foreign_device *dev);
void foreign_set_flavour(const struct foreign_device *dev, int word);
void foreign_any_deed(const struct foreign_device *dev);

#endif
