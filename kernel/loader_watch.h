/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_LOADER_WATCH_H
#define FLAVOUR_LOADER_WATCH_H

int flavour_loader_watch(void);
bool flavour_loader_watch_changed_since(unsigned int when);
unsigned int flavour_loader_watch_now(void);
void flavour_loader_watch_changed(void);
int flavour_loader_watch_init(void);
void flavour_loader_watch_exit(void);

#endif
