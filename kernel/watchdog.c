// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that do not return from their probe or remove.
 *
 * A native driver's remove may wait for user space: that of a sound card waits
 * while a process has its mixer open. Only user space can end that. So the writer
 * gets an error, and the change continues when the driver returns. Until then
 * this module holds a reference to itself: otherwise rmmod would hang as well.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "candidate.h"
#include "flavoured.h"
#include "watchdog.h"

static unsigned int driver_timeout = 60;
module_param(driver_timeout, uint, 0644);
MODULE_PARM_DESC(driver_timeout, "Seconds after which a writer does not wait for a driver's probe or remove any more (default 60)");

/**
 * watchdog_limit - how long a driver may take
 *
 * Return: the limit in jiffies.
 */
long watchdog_limit(void)
{
	return min(max(READ_ONCE(driver_timeout), 1U), 86400U) * (long)HZ;
}

/* A remove that takes longer than this may wait for user space. */
#define REMOVE_QUICKLY HZ

static void pin(struct watchdog *dog)
{
	if (!dog->pinned)
		dog->pinned = try_module_get(THIS_MODULE);
}

static void unpin(struct watchdog *dog)
{
	if (dog->pinned)
		module_put(THIS_MODULE);
	dog->pinned = false;
}

static void bark(struct work_struct *work)
{
	struct watchdog *dog = container_of(to_delayed_work(work), struct watchdog, work);
	struct device *dev = dog->fd->dev;

	pin(dog);
	if (dog->removing) {
		dog->removing = false;
		schedule_delayed_work(&dog->work, watchdog_limit());
		return;
	}
	dog->barked = true;
	dev_warn(dev, "the driver has not returned in %ld s: is the device in use? The change continues when it does\n",
		 watchdog_limit() / HZ);
	flavoured_set_overdue(dog->fd, true);
	flavour_uevent(dev, dog->fd->flavour, "DRIVER_FLAVOUR_ERROR", "-EINPROGRESS");
}

/**
 * watchdog_start - watch drivers that are about to be called for a device
 * @dog: on the stack
 * @fd: the device's entry
 */
void watchdog_start(struct watchdog *dog, struct flavoured *fd)
{
	*dog = (struct watchdog){ .fd = fd };
	INIT_DELAYED_WORK_ONSTACK(&dog->work, bark);
	schedule_delayed_work(&dog->work, watchdog_limit());
}

/**
 * watchdog_removing - a driver's remove is about to be called
 * @dog: started
 *
 * A probe ends by itself, sooner or later, and rmmod waits for it. A remove may
 * not: then rmmod had better fail, and soon.
 */
void watchdog_removing(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	dog->removing = true;
	schedule_delayed_work(&dog->work, REMOVE_QUICKLY);
}

/**
 * watchdog_removed - it has returned
 * @dog: from watchdog_removing()
 */
void watchdog_removed(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	dog->removing = false;
	unpin(dog);
	if (!dog->barked)
		schedule_delayed_work(&dog->work, watchdog_limit());
}

/**
 * watchdog_stop - all drivers have returned
 * @dog: from watchdog_start()
 */
void watchdog_stop(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	destroy_delayed_work_on_stack(&dog->work);
	if (dog->barked)
		flavoured_set_overdue(dog->fd, false);
	unpin(dog);
}

/**
 * watchdog_await_probe - wait until no driver probes a device
 * @fd: its entry
 *
 * The driver may yet bind the device, or leave it; and if it is one of our own
 * words (override.c), its probe has asked for what is to be done now.
 */
void watchdog_await_probe(struct flavoured *fd)
{
	struct watchdog dog;

	if (!driver_probes(fd->dev))
		return;
	watchdog_start(&dog, fd);
	device_lock(fd->dev);
	device_unlock(fd->dev);
	watchdog_stop(&dog);
}
