/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_NOTIFIER_H
#define FLAVOUR_NOTIFIER_H

int watch_init(void);
void watch_exit(void);

#endif
