/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_SYSFS_H
#define FLAVOUR_SYSFS_H

struct device;

void flavour_sysfs_lock(void);
void flavour_sysfs_unlock(void);
void flavour_sysfs_close(void);
int flavour_sysfs_add(struct device *dev);
void flavour_sysfs_remove(struct device *dev);
void flavour_sysfs_remove_going(struct device *dev);

int flavour_sysfs_init(void);
void flavour_sysfs_exit(void);

#endif
