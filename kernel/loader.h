/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_LOADER_H
#define FLAVOUR_LOADER_H

#include <linux/types.h>

typedef bool (*loader_stopped_t)(const void *data);

bool loader_is_off(void);
int loader_run(const char *alias, bool next, loader_stopped_t stopped, const void *data);
unsigned int loader_arrivals(void);
long loader_wait_arrival(unsigned int seen, long timeout,
			 loader_stopped_t stopped, const void *data);
long loader_limit(void);
void loader_arrived(void);
void loader_wake(void);

int loader_init(void);
void loader_exit(void);

#endif
