/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_RULES_H
#define FLAVOUR_RULES_H

struct device;

void flavour_rules_apply(struct device *dev);

int flavour_rules_init(void);
void flavour_rules_exit(void);

#endif
