// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that are bound later than they are told: the ones that are held
 * without a driver until one comes, and those that nobody may wait for under
 * the locks that are held.
 *
 * An override that is a flavour's word holds a device: no driver that stays
 * bears such a name.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/task_work.h>

#include "candidate.h"
#include "flavoured.h"
#include "late.h"
#include "loader.h"
#include "sources.h"
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

/* Bind a device that waits for a driver. Its turn is taken. */
static void bind_late(struct flavoured *fd)
{
	bool asked;

	if (fd->flavour != FLAVOUR_VFIO || READ_ONCE(fd->dev->driver) ||
	    flavoured_stopped(fd) || !fd->bus->added(fd->dev))
		return;
	asked = test_and_clear_bit(FLAVOURED_ASK, &fd->flags);
	tell(fd, asked, flavour_claim(fd, asked));
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
	ret = bus->override_set(dev, flavour_words[want]);
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
 * The caller holds locks under which nobody may wait. But when its system call
 * is over it may, so that a script finds the device bound after its write.
 */
static void wait_on_return(struct flavoured *fd)
{
	struct wait *w;

	/* While we start up, our own start may fail, which waits for all users. */
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
	wait_on_return(fd);
	flavoured_queue(fd);
	flavoured_put(fd);
	return 0;
}

/* What the override says of a device without a driver: 0 or -ENOMEM. */
static int held_flavour(struct device *dev, const struct flavour_bus *bus,
			enum flavour *flavour)
{
	char *override;
	int ret = bus->override_dup(dev, &override);

	*flavour = FLAVOUR_NATIVE;
	if (ret || !override)
		return ret;
	flavour_parse(override, strlen(override), flavour);
	kfree(override);
	return 0;
}

/**
 * late_adopt - find out what flavour a device was given before we came
 * @dev: the device
 * @bus: its bus
 *
 * Return: 0, -ENOMEM or -ENODEV.
 */
int late_adopt(struct device *dev, const struct flavour_bus *bus)
{
	enum flavour flavour = driver_flavour_bound(dev, bus, FLAVOUR_COUNT);
	struct flavoured *fd;
	int ret = 0;

	if (flavour == FLAVOUR_COUNT)
		ret = held_flavour(dev, bus, &flavour);
	if (ret || flavour == FLAVOUR_NATIVE)
		return ret;
	fd = flavoured_get(dev, bus);
	if (IS_ERR(fd))
		return PTR_ERR(fd);
	flavoured_set(fd, flavour);
	if (!READ_ONCE(dev->driver))
		flavoured_queue(fd);
	flavoured_put(fd);
	return 0;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == MODULE_STATE_LIVE) {
		loader_arrived();
		flavoured_queue_all();
	} else if (event == MODULE_STATE_GOING) {
		sources_changed();
	}
	return NOTIFY_OK;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

/**
 * late_init - begin to bind waiting devices when drivers come
 *
 * Return: 0 or a negative errno.
 */
int late_init(void)
{
	flavoured_on_turn(bind_late);
	return register_module_notifier(&module_nb);
}

/**
 * late_exit - the end of late_init()
 */
void late_exit(void)
{
	unregister_module_notifier(&module_nb);
}
