/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_FLAVOURED_H
#define FLAVOUR_FLAVOURED_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "flavour.h"

/**
 * struct flavoured - a device that has a flavour, or is being given one
 * @node: in the table, under its lock
 * @ref: one for each user, and one for a flavour other than native
 * @dev: the device, referenced
 * @bus: its bus
 * @turn: held while the flavour changes, so that writers come one after the
 *	other. Taken interruptibly or by trylock, before the device's lock, and
 *	never by what holds a lock of the driver core.
 * @late: binds the device when it waits for a driver
 * @flags: bits of enum flavoured_flags, changed atomically
 * @attempts: how often @late had the turn
 * @flavour: the flavour in force, a change under way not counted; table's lock
 * @busy: somebody has the turn; table's lock
 * @gone: the device is being removed; table's lock
 */
struct flavoured {
	struct hlist_node node;
	struct kref ref;
	struct device *dev;
	const struct flavour_bus *bus;
	struct mutex turn; /* one writer after the other */
	struct work_struct late;
	unsigned long flags;
	unsigned int attempts;
	enum flavour flavour;
	bool busy;
	bool gone;
};

/**
 * enum flavoured_flags - what is to be done late
 * @FLAVOURED_AGAIN: it was to be done while somebody else had the turn
 * @FLAVOURED_ASK: run the loader first
 */
enum flavoured_flags {
	FLAVOURED_AGAIN,
	FLAVOURED_ASK,
};

struct flavoured *flavoured_get(struct device *dev, const struct flavour_bus *bus);
void flavoured_put(struct flavoured *fd);
int flavoured_enter(struct flavoured *fd);
void flavoured_leave(struct flavoured *fd);
bool flavoured_stopped(const struct flavoured *fd);

enum flavour flavoured_read(struct device *dev, const struct flavour_bus *bus);
void flavoured_set(struct flavoured *fd, enum flavour flavour);
void flavoured_bound(struct device *dev, enum flavour flavour);
void flavoured_going(struct device *dev, const struct flavour_bus *bus);
void flavoured_removed(struct device *dev);
void flavoured_queue(struct flavoured *fd);
void flavoured_queue_all(void);
void flavoured_on_turn(void (*late)(struct flavoured *fd));

struct flavoured *flavoured_ref(struct flavoured *fd);
unsigned int flavoured_attempts(const struct flavoured *fd);
void flavoured_wait(struct flavoured *fd, unsigned int seen, long timeout);
void flavoured_put_remote(struct flavoured *fd);

int flavoured_init(void);
void flavoured_stop(void);
void flavoured_exit(void);

#endif
