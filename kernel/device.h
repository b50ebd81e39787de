/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_DEVICE_H
#define FLAVOUR_DEVICE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bus.h"

/**
 * struct flavour_device - a device that has a flavour, or is being given one
 * @node: in the table
 * @ref: one for each user, and one for a flavour other than native
 * @dev: the device, referenced
 * @bus: its bus
 * @work: does what is asked for, one thing after the other; see request.c
 * @requests: what writers ask for, in their order, the one under way included
 * @wrote: the override that goes with @flavour, if it is no word; kfree() it
 * @flags: bits of enum flavour_device_flags, changed atomically
 * @attempts: how often @work ran
 * @flavour: the flavour given; while @busy, the one in force before
 * @busy: @work runs
 * @overdue: a driver does not return from its probe or remove
 * @gone: the device is being removed
 *
 * The table's lock guards all but @ref, @dev, @bus, @work and @flags.
 */
struct flavour_device {
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
 * enum flavour_device_flags - what is to be done for a device that nobody waits for
 * @FLAVOUR_DEVICE_BIND: bind it, if it waits for a driver
 * @FLAVOUR_DEVICE_ASK: run the loader first
 * @FLAVOUR_DEVICE_ALONE: somebody unbound it by hand, and wants it so
 */
enum flavour_device_flags {
	FLAVOUR_DEVICE_BIND,
	FLAVOUR_DEVICE_ASK,
	FLAVOUR_DEVICE_ALONE,
};

/**
 * struct request - a change of a device's flavour that was asked for
 * @list: among the device's requests
 * @ref: the writer's, and the device's
 * @fdev: the device
 * @wait: where its writer waits
 * @want: the flavour
 * @pending: no writer waits: it is the device's own
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
	struct flavour_device *fdev;
	wait_queue_head_t wait;
	enum flavour want;
	bool pending;
	bool may_load;
	bool begun;
	bool touching;
	bool left;
	bool restarts;
	bool done;
	int ret;
};

struct flavour_device *flavour_device_get(struct device *dev);
struct flavour_device *flavour_device_ref(struct flavour_device *fdev);
void flavour_device_put(struct flavour_device *fdev);
void flavour_device_put_remote(struct flavour_device *fdev);
void flavour_device_drop(struct flavour_device *fdev);
void flavour_device_lock(void);
void flavour_device_unlock(void);
struct flavour_device *flavour_device_find_locked(struct device *dev);
bool flavour_device_set_locked(struct flavour_device *fdev, enum flavour flavour);

bool flavour_state_words_count(void);
enum flavour flavour_state_read(struct device *dev);
void flavour_device_set(struct flavour_device *fdev, enum flavour flavour);
int flavour_device_override(struct flavour_device *fdev, const char *name, bool ours);
bool flavour_device_wrote(struct flavour_device *fdev, const char *override);
void flavour_device_begin(struct flavour_device *fdev);
void flavour_device_end(struct flavour_device *fdev);
void flavour_device_set_overdue(struct flavour_device *fdev, bool overdue);
bool flavour_device_stopped(const struct flavour_device *fdev);

void flavour_device_bound(struct device *dev, enum flavour flavour);
void flavour_device_unbinding(struct device *dev);
void flavour_device_going(struct device *dev);
bool flavour_device_is_going(struct device *dev);
void flavour_device_removed(struct device *dev);

void flavour_device_queue(struct flavour_device *fdev);
void flavour_device_queue_pending(void);
unsigned int flavour_device_attempts(const struct flavour_device *fdev);
void flavour_device_wait(struct flavour_device *fdev, unsigned int seen, long timeout);
void flavour_device_suspend(bool suspend);
bool flavour_device_suspended(void);

int flavour_device_init(work_func_t work);
void flavour_device_stop(void);
void flavour_device_exit(void);

#endif
