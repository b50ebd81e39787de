/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_GROUP_H
#define FLAVOUR_GROUP_H

#include "flavour.h"

struct iommu_group;

struct iommu_group *group_take(struct device *dev, const struct flavour_bus *bus);
void group_release(struct iommu_group *group);

#endif
