/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_NOTIFIER_H
#define FLAVOUR_NOTIFIER_H

int flavour_notifier_init(void);
void flavour_notifier_exit(void);

#endif
