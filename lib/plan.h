/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FLAVOUR_PLAN_H
#define FLAVOUR_PLAN_H

#include "private.h"

int plan_check(struct flavour_plan *plan);
bool plan_leaves_vfio(const struct flavour_plan *plan);
bool plan_noiommu_enabled(const struct flavour_plan *plan);
int plan_check_uses(struct flavour_plan *plan);
int plan_check_uses_in_time(struct flavour_plan *plan);
bool plan_uses_kernel(const struct flavour_plan *plan);
int plan_write(struct flavour_plan *plan, const char *path, const char *text);

/* Runs a plan without touching the caller's device: for the workers. */
int plan_run_own(struct flavour_plan *plan);

int kernel_run(struct flavour_plan *plan);
int compat_load(struct flavour_plan *plan);
int compat_run(struct flavour_plan *plan);

/* plan_hold.c */
int plan_hold(struct flavour_plan *plan);
void plan_let_go(struct flavour_plan *plan);
int plan_write_held(struct flavour_plan *plan, const char *path, const char *text);

#endif
