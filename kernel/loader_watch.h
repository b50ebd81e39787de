/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_LOADER_WATCH_H
#define FLAVOUR_LOADER_WATCH_H

int sources_watch(void);
bool sources_changed_since(unsigned int when);
unsigned int sources_now(void);
void sources_changed(void);
int sources_init(void);
void sources_exit(void);

#endif
