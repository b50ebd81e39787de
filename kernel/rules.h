/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_RULES_H
#define FLAVOUR_RULES_H

#include "bus.h"

void flavour_rules_apply(struct device *dev, const struct flavour_bus *bus);

int flavour_rules_init(void);
void flavour_rules_exit(void);

#endif
