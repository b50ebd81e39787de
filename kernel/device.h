/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_FLAVOURED_H
#define FLAVOUR_FLAVOURED_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "flavour.h"

/**
 * struct flavoured - a device that has a flavour, or is being given one
 * @node: in the table
 * @ref: one for each user, and one for a flavour other than native
 * @dev: the device, referenced
 * @bus: its bus
 * @work: does what is asked for, one thing after the other; see request.c
 * @requests: what writers ask for, in their order, the one under way included
 * @wrote: the override that goes with @flavour, if it is no word; kfree() it
 * @flags: bits of enum flavoured_flags, changed atomically
 * @attempts: how often @work ran
 * @flavour: the flavour given; while @busy, the one in force before
 * @busy: @work runs
 * @overdue: a driver does not return from its probe or remove
 * @gone: the device is being removed
 *
 * The table's lock guards all but @ref, @dev, @bus, @work and @flags.
 */
struct flavoured {
	struct hlist_node node;
	struct kref ref;
	struct device *dev;
	const struct flavour_bus *bus;
	struct work_struct work;
	struct list_head requests;
	char *wrote;
	unsigned long flags;
	unsigned int attempts;
	enum flavour flavour;
	bool busy;
	bool overdue;
	bool gone;
};

/**
 * enum flavoured_flags - what is to be done for a device that nobody waits for
 * @FLAVOURED_BIND: bind it, if it waits for a driver
 * @FLAVOURED_ASK: run the loader first
 * @FLAVOURED_ALONE: somebody unbound it by hand, and wants it so
 */
enum flavoured_flags {
	FLAVOURED_BIND,
	FLAVOURED_ASK,
	FLAVOURED_ALONE,
};

/**
 * struct request - a change of a device's flavour that was asked for
 * @list: among the device's requests
 * @ref: the writer's, and the device's
 * @fd: the device
 * @wait: where its writer waits
 * @want: the flavour
 * @late: no writer waits: it is the device's own
 * @may_load: who asks for it may have modules loaded
 * @begun: it is under way
 * @touching: the device is not as it was; its writer does not leave but by dying
 * @left: the writer does not wait any more
 * @restarts: it left for a signal, and will come again
 * @done: it is over
 * @ret: what came of it
 *
 * The table's lock guards all from @begun on.
 */
struct request {
	struct list_head list;
	struct kref ref;
	struct flavoured *fd;
	wait_queue_head_t wait;
	enum flavour want;
	bool late;
	bool may_load;
	bool begun;
	bool touching;
	bool left;
	bool restarts;
	bool done;
	int ret;
};

struct flavoured *flavoured_get(struct device *dev, const struct flavour_bus *bus);
struct flavoured *flavoured_ref(struct flavoured *fd);
void flavoured_put(struct flavoured *fd);
void flavoured_put_remote(struct flavoured *fd);
void flavoured_drop(struct flavoured *fd);
void flavoured_lock(void);
void flavoured_unlock(void);
struct flavoured *flavoured_find_locked(struct device *dev);
bool flavoured_set_locked(struct flavoured *fd, enum flavour flavour);

bool flavour_words_count(void);
enum flavour flavoured_read(struct device *dev, const struct flavour_bus *bus);
void flavoured_set(struct flavoured *fd, enum flavour flavour);
int flavoured_override(struct flavoured *fd, const char *name, bool ours);
void flavoured_begin(struct flavoured *fd);
void flavoured_end(struct flavoured *fd);
void flavoured_set_overdue(struct flavoured *fd, bool overdue);
bool flavoured_stopped(const struct flavoured *fd);

void flavoured_bound(struct device *dev, enum flavour flavour);
void flavoured_unbinding(struct device *dev);
void flavoured_going(struct device *dev, const struct flavour_bus *bus);
bool flavoured_is_going(struct device *dev);
void flavoured_removed(struct device *dev);

void flavoured_queue(struct flavoured *fd);
void flavoured_queue_pending(void);
unsigned int flavoured_attempts(const struct flavoured *fd);
void flavoured_wait(struct flavoured *fd, unsigned int seen, long timeout);
void flavoured_suspend(bool suspend);
bool flavoured_suspended(void);

int flavoured_init(work_func_t work);
void flavoured_stop(void);
void flavoured_exit(void);

#endif
