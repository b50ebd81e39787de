/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_PENDING_H
#define FLAVOUR_PENDING_H

#include "flavour.h"

struct device_driver;

int flavour_pending_hold(struct device *dev, enum flavour want);
void flavour_pending_driver_came(struct device_driver *drv);
void flavour_pending_named(struct device *dev);

int flavour_pending_init(void);
void flavour_pending_exit(void);

#endif
