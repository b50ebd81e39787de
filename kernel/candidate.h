/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_CANDIDATE_H
#define FLAVOUR_CANDIDATE_H

#include <linux/device.h>
#include <linux/list.h>

#include "flavour.h"
#include "rank.h"

/**
 * struct candidate - a registered driver that may bind a device
 * @list: in a list of candidates, the best first
 * @drv: the driver, whose module is held
 * @rank: how well it serves
 */
struct candidate {
	struct list_head list;
	struct device_driver *drv;
	struct rank rank;
};

int flavour_candidates_rank(struct device *dev, enum flavour flavour,
			    struct list_head *candidates);
int flavour_candidates_native(struct device *dev, struct list_head *candidates);
void flavour_candidates_drop(struct list_head *candidates, const struct list_head *unwanted);
void flavour_candidates_put(struct list_head *candidates);

struct device_driver *flavour_driver_get_bound(struct device *dev);
void flavour_driver_put(struct device_driver *drv);
bool flavour_driver_probes(const struct device *dev);
bool flavour_driver_flavour(struct device *dev, enum flavour *flavour);

/**
 * flavour_driver_is_bound - has a device a driver that is done with its probe?
 * @dev: the device, its lock not needed
 *
 * While a driver probes, it is noted in the device already. Our own drivers
 * (the words', in bus/) never come further than that.
 *
 * Return: true if it has, until the driver's remove has returned.
 */
static inline bool flavour_driver_is_bound(const struct device *dev)
{
	enum dl_dev_state status = READ_ONCE(dev->links.status);

	return status == DL_DEV_DRIVER_BOUND || status == DL_DEV_UNBINDING;
}

#endif
