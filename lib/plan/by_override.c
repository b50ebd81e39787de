// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * By driver_override, and the bind and unbind files: the kernel module's transaction
 * in user space.
 *
 * The order matters: the override is set before the device is without a driver,
 * so that nothing else can take it; and it is bound by its driver's bind file,
 * which answers with the probe's errno, where drivers_probe answers nothing.
 * What is bound is read back after each step. On failure the former override
 * comes first, then the former driver.
 */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

#define PUT_BACK_MS 10000	/* when the time is over */

static int set_override(struct flavour_plan *plan, const char *driver)
{
	AUTOFREE char *path = device_attr_path(plan->own, "driver_override");

	return plan_write(plan, path, driver ? driver : "\n");
}

static char *bound_driver(struct flavour_plan *plan)
{
	AUTOFREE char *path = device_attr_path(plan->own, "driver");

	return link_base(path);
}

static bool is_bound_to(struct flavour_plan *plan, const char *driver)
{
	AUTOFREE char *now = bound_driver(plan);

	return now && !strcmp(now, driver);
}

/* If another program has unbound it meanwhile, that is the wanted result, too. */
static int unbind(struct flavour_plan *plan)
{
	AUTOFREE char *path = device_attr_path(plan->own, "driver/unbind");
	AUTOFREE char *before = bound_driver(plan);
	AUTOFREE char *after = NULL;
	int error;

	if (!before)
		return 0;
	error = plan_write(plan, path, plan->own->address);
	after = bound_driver(plan);
	if (after)
		return error ? error : -EBUSY;
	/*
	 * Close the disks before the device is put back: a disk that is still
	 * open would keep its name, and the new one would get another.
	 */
	plan_let_go(plan);
	return 0;
}

static int bind(struct flavour_plan *plan, const char *driver)
{
	AUTOFREE char *path = ctx_path(plan->own->ctx, FLAVOUR_ROOT_SYSFS,
				       "bus/pci/drivers/%s/bind", driver);
	int error = plan_write(plan, path, plan->own->address);

	if (is_bound_to(plan, driver))
		return 0;
	return error ? error : -EIO;
}

static int put_back(struct flavour_plan *plan)
{
	int error = set_override(plan, plan->former_override);

	if (plan->former && !is_bound_to(plan, plan->former)) {
		int unbound = unbind(plan);
		int bound = unbound ? unbound : bind(plan, plan->former);

		error = bound ? bound : error;
	} else if (!plan->former) {
		int unbound = unbind(plan);

		error = unbound ? unbound : error;
	}
	return error;
}

/* Keeps the errno and the sentence of what failed, and adds where the device is now. */
static int roll_back(struct flavour_plan *plan, int failure)
{
	const char *former = plan->former ? plan->former : "no driver";
	int error;

	if (!flavour_device_present(plan->own))
		return fail(&plan->err, ENODEV, "%s was unplugged during the change.",
			    plan->own->address);
	limit_extend(&plan->limit, PUT_BACK_MS);
	error = put_back(plan);
	if (error)
		err_append(&plan->err, "It could not be put back (%s); before, it had %s: try "
			   "echo %s > /sys/bus/pci/drivers_probe.", strerror(-error), former,
			   plan->own->address);
	else
		err_append(&plan->err, "It is as it was before (%s).", former);
	return failure;
}

static int explain_bind(struct flavour_plan *plan, const char *driver, int error)
{
	const char *help = "The kernel log may say more.";

	if (error == -ENODEV || error == -ENXIO)
		help = "The driver refused this device.";
	else if (error == -EINVAL)
		help = "VFIO refuses devices without an IOMMU, and bridges.";
	else if (error == -EBUSY)
		help = "Something else uses it: look for a PF with VFs, or another tool at work.";
	return fail(&plan->err, -error, "%s can't be bound to %s: %s. %s", plan->own->address,
		    driver, strerror(-error), help);
}

/* From here to the bind the device changes: what fails must be rolled back. */
static int try_driver(struct flavour_plan *plan, const char *driver)
{
	int error = set_override(plan, driver);

	if (error)
		return fail(&plan->err, -error, "driver_override of %s can't be set: %s.",
			    plan->own->address, strerror(-error));
	error = unbind(plan);
	if (error)
		return fail(&plan->err, -error, "%s can't be unbound from %s: %s.",
			    plan->own->address, plan->former, strerror(-error));
	error = bind(plan, driver);
	return error ? explain_bind(plan, driver, error) : 0;
}

static bool try_next(int error)
{
	return error == -ENODEV || error == -ENXIO;
}

static int claim_best(struct flavour_plan *plan)
{
	size_t i, n = candidates_usable(plan->candidates);
	int error = -ENODEV;
	bool touched = false;

	for (i = 0; i < n; i++) {
		AUTOFREE char *driver = NULL;

		/*
		 * A module that can't be loaded does not affect the device: try
		 * the next one.
		 */
		error = plan_load_module(plan, plan->candidates->v[i]->module, &driver);
		if (error)
			continue;
		touched = true;
		error = try_driver(plan, driver);
		if (!error || !try_next(error))
			break;
	}
	return error && touched ? roll_back(plan, error) : error;
}

static int claim_wanted(struct flavour_plan *plan)
{
	int error = plan_load_wanted(plan);

	if (error)
		return error;
	error = try_driver(plan, plan->wanted);
	return error ? roll_back(plan, error) : 0;
}

static int bind_native(struct flavour_plan *plan, const struct flavour_candidates *list)
{
	int error = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		AUTOFREE char *driver = NULL;

		pthread_mutex_lock(&plan->own->ctx->lock);
		driver = module_pci_driver(list->v[i]->module);
		pthread_mutex_unlock(&plan->own->ctx->lock);
		if (!driver || list->v[i]->verdict == FLAVOUR_VERDICT_BLACKLISTED)
			continue;
		error = bind(plan, driver);
		if (!error || !try_next(error))
			return error ? explain_bind(plan, driver, error) : 0;
	}
	return 0;
}

/* Having no native driver is no failure: many devices have none. A driver that fails is one. */
static int find_native(struct flavour_plan *plan)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	AUTOFREE char *probe = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/drivers_probe");
	AUTOFREE char *modalias = device_attr(plan->own, "modalias");
	const struct match_id *id = device_match_id(plan->own);
	AUTOFREE char *driver = NULL;
	struct flavour_candidates *list;
	int error;

	if (!modalias)
		return -ENODEV;
	pthread_mutex_lock(&ctx->lock);
	modules_load_native(ctx, modalias, false, &plan->limit, NULL);
	pthread_mutex_unlock(&ctx->lock);
	plan_write(plan, probe, plan->own->address);
	driver = bound_driver(plan);
	if (driver || candidates_for(ctx, id, UNIVERSE_NATIVE, &list))
		return 0;
	error = bind_native(plan, list);
	flavour_candidates_free(list);
	return error;
}

static int release(struct flavour_plan *plan)
{
	bool leave = plan->former && device_has_vfio_driver(plan->own);
	int error = set_override(plan, NULL);

	if (error)
		return fail(&plan->err, -error, "driver_override of %s can't be cleared: %s.",
			    plan->own->address, strerror(-error));
	if (plan->former && !leave)
		return 0;
	error = unbind(plan);
	if (error)
		fail(&plan->err, -error, "%s can't be unbound from %s: %s.", plan->own->address,
		     plan->former, strerror(-error));
	else
		error = find_native(plan);
	return error ? roll_back(plan, error) : 0;
}

/* An override that names no driver keeps all of them away. */
static int keep_away(struct flavour_plan *plan)
{
	int error = set_override(plan, "none");

	if (!error)
		error = unbind(plan);
	if (!error)
		return 0;
	fail(&plan->err, -error, "%s can't be taken from %s: %s.", plan->own->address,
	     plan->former ? plan->former : "all drivers", strerror(-error));
	return roll_back(plan, error);
}

static int run(struct flavour_plan *plan)
{
	switch (plan->flavour) {
	case FLAVOUR_VFIO:
		return plan->wanted ? claim_wanted(plan) : claim_best(plan);
	case FLAVOUR_NATIVE:
		return release(plan);
	default:
		return keep_away(plan);
	}
}

static void add_claim_steps(struct flavour_plan *plan)
{
	AUTOFREE char *driver = plan_likely_driver(plan);
	const char *address = plan->own->address;

	plan_add_step(plan, format("set driver_override of %s to %s", address, driver));
	if (plan->former)
		plan_add_step(plan, format("unbind %s from %s", address, plan->former));
	plan_add_step(plan, format("bind %s to %s", address, driver));
}

static void add_native_steps(struct flavour_plan *plan)
{
	const char *address = plan->own->address;
	bool leaves = plan_leaves_vfio(plan);

	plan_add_step(plan, format("clear driver_override of %s", address));
	if (plan->former && leaves)
		plan_add_step(plan, format("unbind %s from %s", address, plan->former));
	if (!plan->former || leaves)
		plan_add_step(plan, format("let the native drivers bind %s", address));
}

static void add_none_steps(struct flavour_plan *plan)
{
	const char *address = plan->own->address;

	plan_add_step(plan, format("set driver_override of %s to none", address));
	if (plan->former)
		plan_add_step(plan, format("unbind %s from %s", address, plan->former));
}

static void add_steps(struct flavour_plan *plan)
{
	switch (plan->flavour) {
	case FLAVOUR_VFIO:
		add_claim_steps(plan);
		break;
	case FLAVOUR_NATIVE:
		add_native_steps(plan);
		break;
	default:
		add_none_steps(plan);
	}
}

const struct plan_way by_override = {
	.attr = "driver_override",
	.add_steps = add_steps,
	.run = run,
};
