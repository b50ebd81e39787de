/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_WATCHDOG_H
#define FLAVOUR_WATCHDOG_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct flavour_device;

/**
 * struct watchdog - tells when a driver does not return
 * @work: runs when the time is over
 * @fdev: the device
 * @removing: a driver's remove has just been called
 * @barked: it did
 * @pinned: this module is held until the driver returns
 */
struct watchdog {
	struct delayed_work work;
	struct flavour_device *fdev;
	bool removing;
	bool barked;
	bool pinned;
};

long flavour_watchdog_limit(void);
void flavour_watchdog_start(struct watchdog *dog, struct flavour_device *fdev);
void flavour_watchdog_removing(struct watchdog *dog);
void flavour_watchdog_removed(struct watchdog *dog);
void flavour_watchdog_stop(struct watchdog *dog);
void flavour_watchdog_await_probe(struct flavour_device *fdev);

#endif
