/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_PENDING_H
#define FLAVOUR_PENDING_H

#include "flavour.h"

int late_hold(struct device *dev, const struct flavour_bus *bus, enum flavour want);
void late_driver_came(struct device_driver *drv, const struct flavour_bus *bus);
int late_request(struct device *dev, const struct flavour_bus *bus);

int late_init(void);
void late_exit(void);

#endif
