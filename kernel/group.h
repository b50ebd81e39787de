/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_GROUP_H
#define FLAVOUR_GROUP_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct iommu_group;

/**
 * struct group_turn - the turn of one device of an IOMMU group to change
 * @list: among the turns taken
 * @group: the group, referenced; NULL if the device has none
 * @dev: the device
 * @owned: we have the group's DMA ownership
 * @gone: the device is not of the group any more
 */
struct group_turn {
	struct list_head list;
	struct iommu_group *group;
	struct device *dev;
	bool owned;
	bool gone;
};

int flavour_group_enter(struct group_turn *turn, struct device *dev, long timeout,
			bool (*stopped)(const void *data), const void *data);
void flavour_group_wake(void);
void flavour_group_leave(struct group_turn *turn);
int flavour_group_own(struct group_turn *turn);
void flavour_group_disown(struct group_turn *turn);
void flavour_group_removing(struct device *dev);

#endif
