// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which uses of a device prevent a plan. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "plan/plan.h"

#define UDEV_TRIES 40	/* two seconds */

static bool is_hard(const struct flavour_plan *plan, const struct flavour_use *use)
{
	/*
	 * A PF without a driver may be given back to its native driver: only that
	 * can remove its VFs.
	 */
	if (use->kind == FLAVOUR_USE_VFS)
		return plan->former || plan->flavour != FLAVOUR_NATIVE;
	return use->waits;
}

/* To be native, most devices only lose an override. One that a driver has by it is unbound. */
static bool unbinds(const struct flavour_plan *plan)
{
	return plan->flavour != FLAVOUR_NATIVE ||
	       (plan->former && plan->former_override &&
		!strcmp(plan->former, plan->former_override));
}

static bool in_the_way(const struct flavour_plan *plan, const struct flavour_use *use, bool leaving)
{
	bool who = use->kind == FLAVOUR_USE_OPEN || use->kind == FLAVOUR_USE_UNKNOWN;

	if (is_hard(plan, use))
		return true;
	if (use->kind == FLAVOUR_USE_DISPLAY && plan->flags & FLAVOUR_PLAN_POLICY && !plan->former)
		return false;
	if (plan->flags & FLAVOUR_PLAN_FORCE || use->kind == FLAVOUR_USE_VFS)
		return false;
	/*
	 * If there is an IOMMU, the kernel module itself checks whether a VFIO
	 * device is open.
	 */
	if (leaving)
		return use->kind == FLAVOUR_USE_UNKNOWN &&
		       (!plan_uses_kernel(plan) || plan_noiommu_enabled(plan));
	if (plan->flavour == FLAVOUR_NATIVE)
		return who && unbinds(plan);
	return use->kind != FLAVOUR_USE_GROUP || plan->flavour == FLAVOUR_VFIO;
}

static int check_uses(struct flavour_plan *plan, struct openers *openers)
{
	unsigned int shown = 0, more = 0;
	bool leaving = plan_leaves_vfio(plan);
	int error;
	size_t i;

	flavour_uses_free(plan->uses);
	plan->uses = NULL;
	error = uses_of(plan->own, plan->together, openers, &plan->uses);
	if (error)
		return fail(&plan->err, EBUSY, "Whether %s is in use is unknown (%s), so it counts "
			    "as in use. Try again.", plan->own->address, strerror(-error));
	if (device_is_leaving(plan->own)) {
		shown++;
		err_append(&plan->err, "%s is being unbound from its VFIO driver, which waits until "
			   "user space has closed it.", plan->own->address);
	}
	for (i = 0; i < plan->uses->count; i++) {
		const struct flavour_use *use = plan->uses->v[i];

		if (!in_the_way(plan, use, leaving))
			continue;
		if (shown++ < 3)
			err_append(&plan->err, "%s", use->text);
		else
			more++;
	}
	if (more)
		err_append(&plan->err, "And %u more.", more);
	return shown ? -EBUSY : 0;
}

/*
 * udev opens each new node for a moment: wait for it. A process that only has its
 * name is waited for in vain.
 */
static bool only_udev(const struct flavour_plan *plan)
{
	bool leaving = plan_leaves_vfio(plan), any = false;
	size_t i;

	for (i = 0; plan->uses && i < plan->uses->count; i++) {
		const struct flavour_use *use = plan->uses->v[i];

		if (!in_the_way(plan, use, leaving))
			continue;
		if (use->kind != FLAVOUR_USE_OPEN || !strstr(use->text, "udev"))
			return false;
		any = true;
	}
	return any;
}

/* What uses the device now? Cached attributes are dropped first. */
int plan_check_uses(struct flavour_plan *plan)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	unsigned int tries = 0;
	int error;

	do {
		if (tries)
			nanosleep(&moment, NULL);
		look_start();
		flavour_device_refresh(plan->own);
		plan->err.text[0] = '\0';
		error = check_uses(plan, NULL);
	} while (error && only_udev(plan) && ++tries < UDEV_TRIES);
	return error;
}

/*
 * To look who has what open takes long, so plans made together look once. When they
 * are run that is old, and each looks again, or shares a look with another.
 */
int plan_check_uses_in_time(struct flavour_plan *plan)
{
	int error;

	if (plan->ran || !plan->together)
		return plan_check_uses(plan);
	error = check_uses(plan, openers_of(plan->together));
	return error && only_udev(plan) ? plan_check_uses(plan) : error;
}
