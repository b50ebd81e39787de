/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to many devices. */
#ifndef FLAVOURCTL_CHANGE_H
#define FLAVOURCTL_CHANGE_H

#include "json.h"

/* One device's part of it. */
struct change_item {
	struct flavour_plan *plan;
	bool skipped;		/* another member of its group was refused */
	bool persisted;
	char *persist_error;
};

struct change {
	struct ctl *ctl;
	enum flavour flavour;
	bool forget;		/* reset: with --persist, the policy forgets it */
	struct flavour_devices *devices;
	struct change_item *items;
	size_t count;
};

/* For all that change something: apply, too. */
int check_root(const struct ctl *ctl);
int check_run_options(struct ctl *ctl, unsigned int *jobs);
void run_plans(struct ctl *ctl, struct flavour_plan *const *plans, size_t count, unsigned int jobs);

/* 0 if @item was done, or in a dry run would be */
int change_result(const struct change_item *item);

/* report.c */
int change_report(struct change *change);

/* persist.c */
void change_persist(struct change *change, struct change_item *item);
char *persist_rule(struct flavour_device *dev, enum flavour flavour);
#define PERSIST_FILE "50-flavourctl.conf"

/* progress.c */
void progress_show(struct flavour_plan *plan, size_t done, size_t total, void *data);
bool progress_wanted(const struct ctl *ctl, size_t total);

/* hints.c */
char *hint_qemu(struct flavour_device *dev);
char *hint_qemu_iommufd(struct flavour_device *dev);
char *hint_libvirt(struct flavour_device *dev);

#endif
