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
 * be removed under the one who changes it: see group_removing().
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "candidate.h"
#include "group.h"

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
 * group_enter - wait until no other device of the group is being changed
 * @turn: filled in
 * @dev: the device
 *
 * Return: 0, for group_leave(), also if there is no group; -EINTR.
 */
int group_enter(struct group_turn *turn, struct device *dev)
{
	*turn = (struct group_turn){ .group = iommu_group_get(dev), .dev = dev };
	if (!turn->group || !wait_event_interruptible(left, try_enter(turn)))
		return 0;
	iommu_group_put(turn->group);
	return -EINTR;
}

/**
 * group_leave - let the group's other devices change
 * @turn: from group_enter()
 */
void group_leave(struct group_turn *turn)
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

static int has_kernel_driver(struct device *dev, void *data)
{
	const struct flavour_bus *bus = data;
	struct device_driver *drv = driver_get_bound(dev);
	int ret = drv && bus->kernel_dma(drv);

	driver_put(drv);
	return ret;
}

/*
 * A group that a native driver uses counts as claimed too, and user space
 * can't get hold of it.
 */
static bool user_owns(struct iommu_group *group, const struct flavour_bus *bus)
{
	return iommu_group_dma_owner_claimed(group) &&
		!iommu_group_for_each_dev(group, (void *)bus, has_kernel_driver);
}

/* VFIO's no-IOMMU groups have no domain, and no owner to ask about. */
static bool take_ownership(struct group_turn *turn)
{
	mutex_lock(&owning);
	turn->owned = !turn->gone && iommu_get_domain_for_dev(turn->dev) &&
		!iommu_group_claim_dma_owner(turn->group, &owner);
	mutex_unlock(&owning);
	return turn->owned;
}

/**
 * group_own - own a device's IOMMU group, so that user space can't open it
 * @turn: taken; the device is bound to a VFIO driver
 * @bus: its bus
 *
 * Return: 0 also if the group can't be owned by anyone, user space included;
 * -EBUSY if user space owns it already.
 */
int group_own(struct group_turn *turn, const struct flavour_bus *bus)
{
	if (!turn->group || take_ownership(turn) || !user_owns(turn->group, bus))
		return 0;
	dev_info(turn->dev, "user space has IOMMU group %d open: it must close it first\n",
		 iommu_group_id(turn->group));
	return -EBUSY;
}

/**
 * group_disown - let drivers and user space use the group again
 * @turn: taken; nothing to do if it does not own the group
 */
void group_disown(struct group_turn *turn)
{
	mutex_lock(&owning);
	disown_locked(turn);
	mutex_unlock(&owning);
}

/**
 * group_removing - a device leaves its group
 * @dev: the device, without a driver; nothing is owned in its name from here on
 */
void group_removing(struct device *dev)
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
