/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would be done to a device, what is in the way, and doing it.
 *
 * May use: base, module, device, use
 * Used by: policy
 */
#ifndef FLAVOUR_PLAN_H
#define FLAVOUR_PLAN_H

#include "module/module.h"
#include "use/use.h"

struct flavour_plan {
	struct flavour_device *dev;	/* the caller's: no worker touches it */
	struct flavour_device *own;	/* ours, for the worker */
	const struct flavour_devices *together;
	const struct flavour_rule *rule;	/* of the policy's */
	enum flavour flavour;
	unsigned int flags;
	char *wanted, *former, *driver, *former_override;
	struct flavour_candidates *candidates;
	struct flavour_uses *uses;
	int *holds;			/* its disks, open exclusively until it is unbound */
	size_t hold_count;
	struct strv steps;
	struct err err;
	unsigned int timeout;		/* in ms; 0 for none */
	struct limit limit;
	int result;
	bool noop, ran;
	uint64_t duration;
	struct flavour_plan *next;	/* in its IOMMU group; parallel.c */
	bool is_next;
};

int plan_check(struct flavour_plan *plan);
bool plan_leaves_vfio(const struct flavour_plan *plan);
bool plan_noiommu_enabled(const struct flavour_plan *plan);
int plan_check_uses(struct flavour_plan *plan);
int plan_check_uses_in_time(struct flavour_plan *plan);
bool plan_uses_kernel(const struct flavour_plan *plan);
int plan_write(struct flavour_plan *plan, const char *path, const char *text);

/* Runs a plan without touching the caller's device: for the workers. */
int plan_run_own(struct flavour_plan *plan);

/* Before and after a run, for the caller's thread. */
void plan_start(struct flavour_plan *plan);
void plan_refresh(struct flavour_plan *plan);

void plan_add_step(struct flavour_plan *plan, char *step);

/* One of the two ways to give a device its flavour. Each is a file. */
struct plan_way {
	const char *attr;	/* of the device: what it writes to first */
	void (*add_steps)(struct flavour_plan *plan);	/* what run() would do */
	int (*run)(struct flavour_plan *plan);
};

extern const struct plan_way by_module, by_override;
const struct plan_way *plan_way(const struct flavour_plan *plan);

/* load.c */
int plan_load(struct flavour_plan *plan);
int plan_load_module(struct flavour_plan *plan, struct flavour_module *module, char **driver);
int plan_load_wanted(struct flavour_plan *plan);
void plan_add_load_step(struct flavour_plan *plan);
char *plan_likely_driver(const struct flavour_plan *plan);

/* hold.c */
int plan_hold(struct flavour_plan *plan);
void plan_let_go(struct flavour_plan *plan);
int plan_write_held(struct flavour_plan *plan, const char *path, const char *text);

#endif
