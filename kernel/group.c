// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep user space out of an IOMMU group while a VFIO driver is unbound.
 *
 * Unbinding waits, with the device's lock held, for user space to close the
 * device. To ask first is not enough, as it may be opened in between. So the
 * group's DMA ownership is taken: who has it can unbind, and nobody can open.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>

#include "candidate.h"
#include "group.h"

static int owner; /* its address is the cookie */

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

/**
 * group_take - take a device's IOMMU group, so that user space can't open it
 * @dev: a device bound to a VFIO driver
 * @bus: its bus
 *
 * Return: the group, for group_release(); NULL if there is no group or if it
 * can't be owned by anyone, user space included; ERR_PTR(-EBUSY) if user space
 * owns it already.
 */
struct iommu_group *group_take(struct device *dev, const struct flavour_bus *bus)
{
	struct iommu_group *group = iommu_group_get(dev);
	bool busy;

	if (!group)
		return NULL;
	/* VFIO's no-IOMMU groups have no domain, and no owner to ask about. */
	if (iommu_get_domain_for_dev(dev) && !iommu_group_claim_dma_owner(group, &owner))
		return group;
	busy = user_owns(group, bus);
	if (busy)
		dev_info(dev, "user space has IOMMU group %d open: it must close it first\n",
			 iommu_group_id(group));
	iommu_group_put(group);
	return busy ? ERR_PTR(-EBUSY) : NULL;
}

/**
 * group_release - give a group back, so that drivers and user space may use it
 * @group: from group_take(); may be NULL
 */
void group_release(struct iommu_group *group)
{
	if (!group)
		return;
	iommu_group_release_dma_owner(group);
	iommu_group_put(group);
}
