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

#include "bus.h"
#include "candidate.h"
#include "change.h"
#include "device.h"
#include "loader.h"
#include "pending.h"
#include "request.h"
#include "trace.h"
#include "watchdog.h"

static void tell(struct flavour_device *fdev, bool asked, int ret)
{
	char *error;

	trace_flavour_set(fdev->dev, flavour_words[FLAVOUR_VFIO],
			  flavour_words[FLAVOUR_VFIO], ret);
	if (!ret)
		flavour_uevent(fdev->dev, FLAVOUR_VFIO, NULL, NULL);
	if (!ret || !asked || flavour_device_stopped(fdev))
		return;
	dev_warn(fdev->dev, "no VFIO driver could be bound: %pe; held without a driver\n",
		 ERR_PTR(ret));
	error = kasprintf(GFP_KERNEL, "%pe", ERR_PTR(ret));
	flavour_uevent(fdev->dev, FLAVOUR_VFIO, "DRIVER_FLAVOUR_ERROR", error ?: "?");
	kfree(error);
}

/*
 * Binds a device that waits for a driver; runs in its work item. While user space
 * is frozen no loader can run, so it is postponed until the thaw.
 */
static void bind_pending(struct flavour_device *fdev)
{
	struct request req = {
		.fdev = fdev, .want = FLAVOUR_VFIO, .pending = true, .may_load = true,
	};
	bool asked;
	int ret;

	if (!test_bit(FLAVOUR_DEVICE_BIND, &fdev->flags) || flavour_device_suspended())
		return;
	clear_bit(FLAVOUR_DEVICE_BIND, &fdev->flags);
	asked = test_and_clear_bit(FLAVOUR_DEVICE_ASK, &fdev->flags);
	if (fdev->flavour != FLAVOUR_VFIO || flavour_driver_is_bound(fdev->dev) ||
	    flavour_device_stopped(fdev) || !fdev->bus->added(fdev->dev))
		return;
	ret = flavour_claim(&req, asked);
	if (!ret || !flavour_device_suspended()) {
		tell(fdev, asked, ret);
		return;
	}
	if (asked)
		set_bit(FLAVOUR_DEVICE_ASK, &fdev->flags);
	set_bit(FLAVOUR_DEVICE_BIND, &fdev->flags);
}

/* A device's turn: first what writers ask for, then what nobody waits for. */
static void device_work(struct work_struct *work)
{
	struct flavour_device *fdev = container_of(work, struct flavour_device, work);
	struct request *req;

	flavour_watchdog_await_probe(fdev);
	flavour_device_begin(fdev);
	while ((req = flavour_request_next(fdev)))
		flavour_request_done(req, flavour_change(req));
	bind_pending(fdev);
	flavour_device_end(fdev);
	flavour_device_put(fdev);
}

/**
 * flavour_pending_hold - keep every driver away from a device that is just being added
 * @dev: the device, not locked
 * @want: FLAVOUR_VFIO or FLAVOUR_NONE
 *
 * When the bus is done with adding it, a vfio device is looked at by a driver
 * of ours (in bus/), which asks for it with flavour_pending_named().
 *
 * Return: 0 or a negative errno.
 */
int flavour_pending_hold(struct device *dev, enum flavour want)
{
	struct flavour_device *fdev = flavour_device_get(dev);
	int ret;

	if (IS_ERR(fdev))
		return PTR_ERR(fdev);
	ret = flavour_device_override(fdev, flavour_words[want], true);
	if (!ret)
		flavour_device_set(fdev, want);
	flavour_device_put(fdev);
	return ret;
}

/**
 * struct wait - a task that waits for a device on its way to user space
 * @head: among the task's work
 * @fdev: the device
 * @seen: @fdev's attempts before
 */
struct wait {
	struct callback_head head;
	struct flavour_device *fdev;
	unsigned int seen;
};

static void wait_for_attempt(struct callback_head *head)
{
	struct wait *w = container_of(head, struct wait, head);

	flavour_device_wait(w->fdev, w->seen, flavour_loader_limit());
	flavour_device_put_remote(w->fdev);
	kfree(w);
}

/*
 * The caller is a probe, and holds locks under which it must not wait. The task
 * waits on its way back to user space instead, so that a script finds the device
 * bound when its write returns.
 */
static void wait_on_return(struct flavour_device *fdev)
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
	w->fdev = flavour_device_ref(fdev);
	w->seen = flavour_device_attempts(fdev);
	if (!task_work_add(current, &w->head, TWA_RESUME))
		return;
	flavour_device_put(fdev);
	kfree(w);
}

/* Have a device without a driver bound to its VFIO driver soon; it may be locked. */
static int request(struct device *dev)
{
	struct flavour_device *fdev = flavour_device_get(dev);

	if (IS_ERR(fdev))
		return PTR_ERR(fdev);
	flavour_device_set(fdev, FLAVOUR_VFIO);
	set_bit(FLAVOUR_DEVICE_ASK, &fdev->flags);
	set_bit(FLAVOUR_DEVICE_BIND, &fdev->flags);
	wait_on_return(fdev);
	flavour_device_queue(fdev);
	flavour_device_put(fdev);
	return 0;
}

/**
 * flavour_pending_named - the override of a device without a driver names a flavour
 * @dev: the device, locked
 */
void flavour_pending_named(struct device *dev)
{
	bool held = flavour_state_read(dev) == FLAVOUR_VFIO;
	int ret = 0;

	/*
	 * While this module initialises, registering the word drivers probes
	 * devices whose override was written earlier: no one has requested a
	 * flavour.
	 */
	if (THIS_MODULE->state != MODULE_STATE_COMING && (held || flavour_state_words_count()))
		ret = request(dev);
	if (ret)
		dev_err(dev, "can't become a VFIO device: %pe\n", ERR_PTR(ret));
}

static void bind_soon(struct device *dev)
{
	struct flavour_device *fdev = flavour_device_get(dev);

	if (IS_ERR(fdev))
		return;
	if (!test_bit(FLAVOUR_DEVICE_ALONE, &fdev->flags)) {
		set_bit(FLAVOUR_DEVICE_BIND, &fdev->flags);
		flavour_device_queue(fdev);
	}
	flavour_device_put(fdev);
}

/* A device only waits if it has an override; most have none, which is quick to check. */
static int bind_if_waiting(struct device *dev, void *data)
{
	if (flavour_bus_of(dev)->overridden(dev) && !flavour_driver_is_bound(dev) &&
	    flavour_bus_lists(dev, data, FLAVOUR_VFIO) && flavour_state_read(dev) == FLAVOUR_VFIO)
		bind_soon(dev);
	return 0;
}

/**
 * flavour_pending_driver_came - bind the devices that wait for a driver, if it is
 * for them
 * @drv: the driver, of one of the buses
 */
void flavour_pending_driver_came(struct device_driver *drv)
{
	bus_for_each_dev(drv->bus, NULL, drv, bind_if_waiting);
}

static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		flavour_device_suspend(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		flavour_device_suspend(false);
		flavour_device_queue_pending();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_nb = { .notifier_call = pm_event };

/**
 * flavour_pending_init - begin to bind devices that wait
 *
 * Return: 0 or a negative errno.
 */
int flavour_pending_init(void)
{
	int ret = flavour_device_init(device_work);

	if (ret)
		return ret;
	ret = register_pm_notifier(&pm_nb);
	if (ret)
		flavour_device_exit();
	return ret;
}

/**
 * flavour_pending_exit - the end of flavour_pending_init(), after flavour_device_stop()
 */
void flavour_pending_exit(void)
{
	unregister_pm_notifier(&pm_nb);
	flavour_device_exit();
}
