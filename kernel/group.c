// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep user space out of an IOMMU group while a VFIO driver is unbound.
 *
 * Unbinding waits, with the device's lock held, for user space to close the
 * device. To ask first is not enough, as it may be opened in between. So the
 * group's DMA ownership is taken: who has it can unbind, and nobody can open.
 *
 * Nor can a native driver bind a sibling in that time. So the devices of a
 * group change one after the other.
 *
 * A group has to have no owner when its last device leaves it, and a device may
 * be removed under the one who changes it: see flavour_group_removing().
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vfio.h>
#include <linux/wait.h>

#include "bus.h"
#include "candidate.h"
#include "group.h"
#include "say.h"

static int owner; /* its address is the cookie */

static LIST_HEAD(turns);
static DEFINE_SPINLOCK(turns_lock); /* the list of turns */
static DECLARE_WAIT_QUEUE_HEAD(left);
static DEFINE_MUTEX(owning); /* owned and gone of each turn */

static bool try_enter(struct group_turn *turn)
{
	struct group_turn *other;
	bool free = true;

	spin_lock(&turns_lock);
	list_for_each_entry(other, &turns, list)
		free = free && other->group != turn->group;
	if (free)
		list_add(&turn->list, &turns);
	spin_unlock(&turns_lock);
	return free;
}

/* It stays among the turns while `owning` is held. */
static struct group_turn *turn_of(struct device *dev)
{
	struct group_turn *turn, *found = NULL;

	lockdep_assert_held(&owning);
	spin_lock(&turns_lock);
	list_for_each_entry(turn, &turns, list)
		if (turn->dev == dev)
			found = turn;
	spin_unlock(&turns_lock);
	return found;
}

static void disown_locked(struct group_turn *turn)
{
	lockdep_assert_held(&owning);
	if (turn->owned)
		iommu_group_release_dma_owner(turn->group);
	turn->owned = false;
}

/**
 * flavour_group_enter - wait until no other device of the group is being changed
 * @turn: filled in
 * @dev: the device
 * @timeout: how long to wait, in jiffies
 * @stopped: tells, given @data, that waiting is of no use any more; see flavour_group_wake()
 * @data: for @stopped
 *
 * Return: 0, for flavour_group_leave(), also if there is no group; -ENODEV if stopped;
 * -EBUSY if a driver keeps the one whose turn it is.
 */
int flavour_group_enter(struct group_turn *turn, struct device *dev, long timeout,
			bool (*stopped)(const void *data), const void *data)
{
	*turn = (struct group_turn){ .dev = dev };
	INIT_LIST_HEAD(&turn->list);
	/*
	 * The group may go with the device. Then flavour_group_removing() is called before,
	 * with the device marked as gone.
	 */
	mutex_lock(&owning);
	if (!stopped(data))
		turn->group = iommu_group_get(dev);
	mutex_unlock(&owning);
	if (!turn->group)
		return stopped(data) ? -ENODEV : 0;
	wait_event_idle_timeout(left, try_enter(turn) || stopped(data), timeout);
	if (!list_empty_careful(&turn->list))
		return 0;
	iommu_group_put(turn->group);
	if (stopped(data))
		return -ENODEV;
	say(dev_info, dev, "a driver of another device of its IOMMU group does not return\n");
	return -EBUSY;
}

/**
 * flavour_group_wake - make the waiters in flavour_group_enter() check again whether to go on
 */
void flavour_group_wake(void)
{
	wake_up_all(&left);
}

/**
 * flavour_group_leave - let the group's other devices change
 * @turn: from flavour_group_enter()
 */
void flavour_group_leave(struct group_turn *turn)
{
	if (!turn->group)
		return;
	mutex_lock(&owning);
	disown_locked(turn);
	spin_lock(&turns_lock);
	list_del(&turn->list);
	spin_unlock(&turns_lock);
	mutex_unlock(&owning);
	wake_up_all(&left);
	iommu_group_put(turn->group);
}

/* The driver_managed_dma of a driver of another bus can't be read here. */
static int has_kernel_driver(struct device *dev, void *data)
{
	const struct flavour_bus *bus = flavour_bus_of(dev);
	struct device_driver *drv = dev->bus ? flavour_driver_get_bound(dev) : NULL;
	int ret = !IS_ERR_OR_NULL(drv) && (!bus || bus->kernel_dma(drv));

	flavour_driver_put(drv);
	return ret;
}

/*
 * A group that a native driver uses counts as claimed, too, and user space can't
 * open it.
 */
static bool user_owns(struct group_turn *turn)
{
	return iommu_group_dma_owner_claimed(turn->group) &&
		!iommu_group_for_each_dev(turn->group, NULL, has_kernel_driver);
}

static int is_open_vfio_device(struct device *dev, void *data)
{
	if (!dev->class || strcmp(dev->class->name, "vfio-dev"))
		return 0;
	return refcount_read(&container_of(dev, struct vfio_device, device)->refcount) > 1;
}

/*
 * A process that has /dev/vfio/devices/vfioN open may not own the group yet, but
 * uses the device. The same is true for a device without an IOMMU, whose group
 * can't be owned.
 */
static bool is_open(struct device *dev)
{
	return device_for_each_child(dev, NULL, is_open_vfio_device);
}

/* VFIO's no-IOMMU groups have no domain, and can't be owned. */
static bool take_ownership(struct group_turn *turn)
{
	mutex_lock(&owning);
	turn->owned = !turn->gone && iommu_get_domain_for_dev(turn->dev) &&
		!iommu_group_claim_dma_owner(turn->group, &owner);
	mutex_unlock(&owning);
	return turn->owned;
}

/**
 * flavour_group_own - own a device's IOMMU group, so that user space can't open it
 * @turn: taken; the device is bound to a VFIO driver
 *
 * Return: 0 also if the group can't be owned by anyone, user space included;
 * -EBUSY if user space owns it already, or has the device open.
 */
int flavour_group_own(struct group_turn *turn)
{
	if (turn->group && !take_ownership(turn) && user_owns(turn)) {
		say(dev_info, turn->dev,
		    "user space has IOMMU group %d open: it must close it first\n",
		    iommu_group_id(turn->group));
		return -EBUSY;
	}
	/* Check this with the group owned: a node that is opened later can't be used. */
	if (!is_open(turn->dev))
		return 0;
	say(dev_info, turn->dev, "user space has its VFIO device open: it must close it first\n");
	return -EBUSY;
}

/**
 * flavour_group_disown - let drivers and user space use the group again
 * @turn: taken; nothing to do if it does not own the group
 */
void flavour_group_disown(struct group_turn *turn)
{
	mutex_lock(&owning);
	disown_locked(turn);
	mutex_unlock(&owning);
}

/**
 * flavour_group_removing - a device leaves its group
 * @dev: the device, without a driver; nothing is owned in its name from here on
 */
void flavour_group_removing(struct device *dev)
{
	struct group_turn *turn;

	mutex_lock(&owning);
	turn = turn_of(dev);
	if (turn) {
		disown_locked(turn);
		turn->gone = true;
	}
	mutex_unlock(&owning);
}
