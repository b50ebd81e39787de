/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_LOADER_H
#define FLAVOUR_LOADER_H

#include <linux/types.h>

/**
 * enum loader_stop - what a waiter for a loader is to do
 * @LOADER_GO_ON: wait
 * @LOADER_STOP: stop waiting
 * @LOADER_STOP_BUT_LINGER: stop, but the same may be asked for again at once
 */
enum loader_stop {
	LOADER_GO_ON,
	LOADER_STOP,
	LOADER_STOP_BUT_LINGER,
};

typedef enum loader_stop (*loader_stopped_t)(const void *data);

/* command.c */
bool flavour_loader_is_off(void);
bool flavour_loader_allowed(void);

/* loader.c */
int flavour_loader_run(const char *alias, bool next, loader_stopped_t stopped, const void *data);
unsigned int flavour_loader_arrivals(void);
long flavour_loader_wait_arrival(unsigned int seen, long timeout,
				 loader_stopped_t stopped, const void *data);
long flavour_loader_limit(void);
void flavour_loader_arrived(void);
void flavour_loader_wake(void);

int flavour_loader_init(void);
void flavour_loader_exit(void);

#endif
