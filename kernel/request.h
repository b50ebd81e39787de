/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_REQUEST_H
#define FLAVOUR_REQUEST_H

#include "flavour.h"

struct flavoured;

int flavour_set(struct device *dev, const struct flavour_bus *bus, enum flavour want);

int request_init(void (*late)(struct flavoured *fd));

#endif
