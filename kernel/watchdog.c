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
#include "device.h"
#include "watchdog.h"

static unsigned int driver_timeout = 60;
module_param(driver_timeout, uint, 0644);
MODULE_PARM_DESC(driver_timeout, "Seconds after which a writer does not wait for a driver's probe or remove any more (default 60)");

/**
 * flavour_watchdog_limit - how long a driver may take
 *
 * Return: the limit in jiffies.
 */
long flavour_watchdog_limit(void)
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
	struct device *dev = dog->fdev->dev;

	pin(dog);
	if (dog->removing) {
		dog->removing = false;
		schedule_delayed_work(&dog->work, flavour_watchdog_limit());
		return;
	}
	dog->barked = true;
	dev_warn(dev, "the driver has not returned in %ld s: is the device in use? The change continues when it does\n",
		 flavour_watchdog_limit() / HZ);
	flavour_device_set_overdue(dog->fdev, true);
	flavour_uevent(dev, dog->fdev->flavour, "DRIVER_FLAVOUR_ERROR", "-EINPROGRESS");
}

/**
 * flavour_watchdog_start - watch drivers that are about to be called for a device
 * @dog: on the stack
 * @fdev: the device's entry
 */
void flavour_watchdog_start(struct watchdog *dog, struct flavour_device *fdev)
{
	*dog = (struct watchdog){ .fdev = fdev };
	INIT_DELAYED_WORK_ONSTACK(&dog->work, bark);
	schedule_delayed_work(&dog->work, flavour_watchdog_limit());
}

/**
 * flavour_watchdog_removing - a driver's remove is about to be called
 * @dog: started
 *
 * A probe ends by itself, sooner or later, and rmmod waits for it. A remove may
 * not: then rmmod had better fail, and soon.
 */
void flavour_watchdog_removing(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	dog->removing = true;
	schedule_delayed_work(&dog->work, REMOVE_QUICKLY);
}

/**
 * flavour_watchdog_removed - it has returned
 * @dog: from flavour_watchdog_removing()
 */
void flavour_watchdog_removed(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	dog->removing = false;
	unpin(dog);
	if (!dog->barked)
		schedule_delayed_work(&dog->work, flavour_watchdog_limit());
}

/**
 * flavour_watchdog_stop - all drivers have returned
 * @dog: from flavour_watchdog_start()
 */
void flavour_watchdog_stop(struct watchdog *dog)
{
	cancel_delayed_work_sync(&dog->work);
	destroy_delayed_work_on_stack(&dog->work);
	if (dog->barked)
		flavour_device_set_overdue(dog->fdev, false);
	unpin(dog);
}

/**
 * flavour_watchdog_await_probe - wait until no driver probes a device
 * @fdev: its entry
 *
 * The driver may yet bind the device, or leave it; and if it is one of our own
 * words' (in bus/), its probe has asked for what is to be done now.
 */
void flavour_watchdog_await_probe(struct flavour_device *fdev)
{
	struct watchdog dog;

	if (!flavour_driver_probes(fdev->dev))
		return;
	flavour_watchdog_start(&dog, fdev);
	device_lock(fdev->dev);
	device_unlock(fdev->dev);
	flavour_watchdog_stop(&dog);
}
