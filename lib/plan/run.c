// SPDX-License-Identifier: LGPL-2.1-or-later
/* Runs a plan: looks again, loads what it needs, and has one of the two ways do it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plan/plan.h"

static int check_permission(struct flavour_plan *plan)
{
	AUTOFREE char *path = device_attr_path(plan->own, plan_way(plan)->attr);

	if (!path || !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS))
		return 0;
	return fail(&plan->err, errno, errno == ENOENT ? "%s does not exist: %s. Was the device "
		    "unplugged, or the kernel module unloaded?" :
		    "%s can't be written: %s. Changing a device's driver needs root.", path,
		    strerror(errno));
}

static bool is_loaded(const struct flavour_plan *plan)
{
	return !plan->wanted && candidates_usable(plan->candidates) &&
	       module_is_live(plan->candidates->v[0]->module);
}

/*
 * A loader takes its time, in which a disk may be mounted. So what will be loaded is
 * loaded before the last look, for the kernel module too, which has a loader of its
 * own if this one fails. From that look on the disks are held.
 */
static int get_ready(struct flavour_plan *plan)
{
	int error = 0;

	if (plan->flavour == FLAVOUR_VFIO && plan->former && !is_loaded(plan)) {
		error = plan_load(plan);
		if (!plan->limit.under_way && (!error || plan_uses_kernel(plan)))
			error = plan_check_uses(plan);
	}
	return error ? error : plan_hold(plan);
}

/* Whatever else was made of it. */
static int give_up(struct flavour_plan *plan)
{
	return fail(&plan->err, EINPROGRESS, "%s: the time is over, and the kernel is still at it: "
		    "%s. That goes on by itself; nothing else is done after it. See what the kernel "
		    "log says, end what uses the device, and then set the flavour again.",
		    plan->own->address, plan->limit.what ? plan->limit.what : "a write");
}

static int run(struct flavour_plan *plan)
{
	int error;

	if (limit_is_over(&plan->limit))
		return fail(&plan->err, ETIME, "Not started: the time is over. The device is "
			    "unchanged.");
	error = plan_check(plan);
	if (error || plan->noop)
		return error;
	error = check_permission(plan);
	if (!error)
		error = get_ready(plan);
	if (!error)
		error = plan_way(plan)->run(plan);
	plan_let_go(plan);
	return plan->limit.under_way ? give_up(plan) : error;
}

void plan_start(struct flavour_plan *plan)
{
	limit_start(&plan->limit, plan->timeout);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int plan_run_own(struct flavour_plan *plan)
{
	uint64_t start = now_ns();
	const char *driver;

	if (plan->ran)
		return -EALREADY;
	plan->ran = true;
	plan->result = run(plan);
	flavour_device_refresh(plan->own);
	driver = flavour_device_driver(plan->own);
	plan->driver = driver ? strdup(driver) : NULL;
	plan->duration = now_ns() - start;
	return plan->result;
}

void plan_refresh(struct flavour_plan *plan)
{
	flavour_device_refresh(plan->dev);
	plan->dev->locked = plan->result == -EINPROGRESS;
}

API int flavour_plan_run(struct flavour_plan *plan)
{
	int error;

	plan_start(plan);
	error = plan_run_own(plan);
	plan_refresh(plan);
	return error;
}
