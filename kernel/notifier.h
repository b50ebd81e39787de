/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_WATCH_H
#define FLAVOUR_WATCH_H

int watch_init(void);
void watch_exit(void);

#endif
