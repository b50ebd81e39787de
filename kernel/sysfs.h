/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_SYSFS_H
#define FLAVOUR_SYSFS_H

struct device;

void attr_lock(void);
void attr_unlock(void);
void attr_close(void);
int attr_add(struct device *dev);
void attr_remove(struct device *dev);

int attr_init(void);
void attr_exit(void);

#endif
