// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that can't be bound at the moment when their flavour is set: those that
 * are held without a driver until one is registered, and those whose flavour is
 * requested under locks under which nothing may wait.
 *
 * An override that is a flavour's word holds a device: no driver with such a name
 * ever stays bound.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/task_work.h>

#include "candidate.h"
#include "flavoured.h"
#include "late.h"
#include "loader.h"
#include "request.h"
#include "trace.h"

static void tell(struct flavoured *fd, bool asked, int ret)
{
	char *error;

	trace_flavour_set(fd->dev, flavour_words[FLAVOUR_VFIO],
			  flavour_words[FLAVOUR_VFIO], ret);
	if (!ret)
		flavour_uevent(fd->dev, FLAVOUR_VFIO, NULL, NULL);
	if (!ret || !asked || flavoured_stopped(fd))
		return;
	dev_warn(fd->dev, "no VFIO driver could be bound: %pe; held without a driver\n",
		 ERR_PTR(ret));
	error = kasprintf(GFP_KERNEL, "%pe", ERR_PTR(ret));
	flavour_uevent(fd->dev, FLAVOUR_VFIO, "DRIVER_FLAVOUR_ERROR", error ?: "?");
	kfree(error);
}

/*
 * Binds a device that waits for a driver; runs in its work item. While user space
 * is frozen no loader can run, so it is postponed until the thaw.
 */
static void bind_late(struct flavoured *fd)
{
	struct request req = { .fd = fd, .want = FLAVOUR_VFIO, .late = true, .may_load = true };
	bool asked;
	int ret;

	if (!test_bit(FLAVOURED_BIND, &fd->flags) || flavoured_suspended())
		return;
	clear_bit(FLAVOURED_BIND, &fd->flags);
	asked = test_and_clear_bit(FLAVOURED_ASK, &fd->flags);
	if (fd->flavour != FLAVOUR_VFIO || driver_is_bound(fd->dev) ||
	    flavoured_stopped(fd) || !fd->bus->added(fd->dev))
		return;
	ret = flavour_claim(&req, asked);
	if (!ret || !flavoured_suspended()) {
		tell(fd, asked, ret);
		return;
	}
	if (asked)
		set_bit(FLAVOURED_ASK, &fd->flags);
	set_bit(FLAVOURED_BIND, &fd->flags);
}

/**
 * late_hold - keep every driver away from a device that is just being added
 * @dev: the device, not locked
 * @bus: its bus
 * @want: FLAVOUR_VFIO or FLAVOUR_NONE
 *
 * When the bus is done with adding it, a vfio device is looked at by a driver
 * of ours (override.c), which asks for it with late_request().
 *
 * Return: 0 or a negative errno.
 */
int late_hold(struct device *dev, const struct flavour_bus *bus, enum flavour want)
{
	struct flavoured *fd = flavoured_get(dev, bus);
	int ret;

	if (IS_ERR(fd))
		return PTR_ERR(fd);
	ret = flavoured_override(fd, flavour_words[want], true);
	if (!ret)
		flavoured_set(fd, want);
	flavoured_put(fd);
	return ret;
}

/**
 * struct wait - a task that waits for a device on its way to user space
 * @head: among the task's work
 * @fd: the device
 * @seen: @fd's attempts before
 */
struct wait {
	struct callback_head head;
	struct flavoured *fd;
	unsigned int seen;
};

static void wait_for_attempt(struct callback_head *head)
{
	struct wait *w = container_of(head, struct wait, head);

	flavoured_wait(w->fd, w->seen, loader_limit());
	flavoured_put_remote(w->fd);
	kfree(w);
}

/*
 * The caller is a probe, and holds locks under which it must not wait. The task
 * waits on its way back to user space instead, so that a script finds the device
 * bound when its write returns.
 */
static void wait_on_return(struct flavoured *fd)
{
	struct wait *w;

	/*
	 * If the init of this module fails, it waits for all users: the task must
	 * not become one during init.
	 */
	if (current->flags & PF_KTHREAD || THIS_MODULE->state != MODULE_STATE_LIVE)
		return;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return;
	init_task_work(&w->head, wait_for_attempt);
	w->fd = flavoured_ref(fd);
	w->seen = flavoured_attempts(fd);
	if (!task_work_add(current, &w->head, TWA_RESUME))
		return;
	flavoured_put(fd);
	kfree(w);
}

/**
 * late_request - have a device without a driver bound to its VFIO driver soon
 * @dev: the device; an override keeps other drivers away; it may be locked
 * @bus: its bus
 *
 * Return: 0, -ENOMEM or -ENODEV.
 */
int late_request(struct device *dev, const struct flavour_bus *bus)
{
	struct flavoured *fd = flavoured_get(dev, bus);

	if (IS_ERR(fd))
		return PTR_ERR(fd);
	flavoured_set(fd, FLAVOUR_VFIO);
	set_bit(FLAVOURED_ASK, &fd->flags);
	set_bit(FLAVOURED_BIND, &fd->flags);
	wait_on_return(fd);
	flavoured_queue(fd);
	flavoured_put(fd);
	return 0;
}

/**
 * struct arrival - a driver that has come
 * @drv: the driver
 * @bus: its bus
 */
struct arrival {
	struct device_driver *drv;
	const struct flavour_bus *bus;
};

static void bind_soon(struct device *dev, const struct flavour_bus *bus)
{
	struct flavoured *fd = flavoured_get(dev, bus);

	if (IS_ERR(fd))
		return;
	if (!test_bit(FLAVOURED_ALONE, &fd->flags)) {
		set_bit(FLAVOURED_BIND, &fd->flags);
		flavoured_queue(fd);
	}
	flavoured_put(fd);
}

/* A device only waits if it has an override; most have none, which is quick to check. */
static int bind_if_waiting(struct device *dev, void *data)
{
	struct arrival *new = data;

	if (new->bus->overridden(dev) && !driver_is_bound(dev) &&
	    new->bus->rank(dev, new->drv, FLAVOUR_VFIO) != MATCH_NONE &&
	    flavoured_read(dev, new->bus) == FLAVOUR_VFIO)
		bind_soon(dev, new->bus);
	return 0;
}

/**
 * late_driver_came - bind the devices that wait for a driver, if it is for them
 * @drv: the driver
 * @bus: its bus
 */
void late_driver_came(struct device_driver *drv, const struct flavour_bus *bus)
{
	struct arrival new = { .drv = drv, .bus = bus };

	bus_for_each_dev(drv->bus, NULL, &new, bind_if_waiting);
}

static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		flavoured_suspend(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		flavoured_suspend(false);
		flavoured_queue_pending();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_nb = { .notifier_call = pm_event };

/**
 * late_init - begin to bind devices late
 *
 * Return: 0 or a negative errno.
 */
int late_init(void)
{
	int ret = request_init(bind_late);

	if (ret)
		return ret;
	ret = register_pm_notifier(&pm_nb);
	if (ret)
		flavoured_exit();
	return ret;
}

/**
 * late_exit - the end of late_init(), after flavoured_stop()
 */
void late_exit(void)
{
	unregister_pm_notifier(&pm_nb);
	flavoured_exit();
}
