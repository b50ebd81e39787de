// SPDX-License-Identifier: LGPL-2.1-or-later
/* What would be done to a device, and what prevents it. Changes nothing. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

/* Is its driver the one that would be chosen now? Another tool may have bound the generic one. */
static bool has_best(struct flavour_plan *plan)
{
	bool best = false;

	if (!(plan->flags & FLAVOUR_PLAN_BEST) || !plan->former || plan->wanted)
		return true;
	flavour_candidates_free(plan->candidates);
	plan->candidates = NULL;
	if (candidates_for(plan->own->ctx, device_match_id(plan->own), UNIVERSE_VFIO,
			   &plan->candidates) ||
	    !candidates_usable(plan->candidates))
		return false;
	pthread_mutex_lock(&plan->own->ctx->lock);
	best = module_has_driver(plan->candidates->v[0]->module, plan->former);
	pthread_mutex_unlock(&plan->own->ctx->lock);
	return best;
}

/* A driver that is not in the index has no rank to compare with. */
static int check_best(struct flavour_plan *plan)
{
	if (!(plan->flags & FLAVOUR_PLAN_BEST) || !plan_leaves_vfio(plan) ||
	    candidates_find_driver(plan->candidates, plan->former))
		return 0;
	return fail(&plan->err, ENODEV, "%s has the VFIO driver %s, which modules.alias does not "
		    "list for it, so it is unknown whether another one is better. Name the driver "
		    "to use.", plan->own->address, plan->former);
}

/* The name of a module is accepted as that of its driver. */
static bool is_wanted(const char *wanted, const char *driver)
{
	for (; *wanted && (*wanted == *driver || (*wanted == '_' && *driver == '-')); wanted++)
		driver++;
	return *wanted == *driver;
}

static bool in_force(struct flavour_plan *plan)
{
	bool same = flavour_device_flavour(plan->own) == plan->flavour;

	switch (plan->flavour) {
	case FLAVOUR_VFIO:
		return same && plan->former && has_best(plan) &&
		       (!plan->wanted || is_wanted(plan->wanted, plan->former));
	case FLAVOUR_NATIVE:
		if (plan_uses_kernel(plan))
			return same;
		/* A stale override or a driver that was lost: worth a reset. */
		return same && plan->former && !plan->former_override;
	default:
		return same && !plan->former;
	}
}

static int check_iommu(struct flavour_plan *plan)
{
	if (flavour_device_group(plan->own) >= 0 || plan_noiommu_enabled(plan))
		return 0;
	return fail(&plan->err, EINVAL, "%s is in no IOMMU group, and VFIO needs one. Turn the "
		    "IOMMU (VT-d, AMD-Vi, SMMU) on in the firmware and, on Intel, boot with "
		    "intel_iommu=on.", plan->own->address);
}

static int no_candidate(struct flavour_plan *plan)
{
	const struct flavour_candidates *list = plan->candidates;
	const char *address = plan->own->address;

	if (!list->count)
		return fail(&plan->err, ENODEV, "No installed module has a VFIO entry for %s. "
			    "Is the module vfio_pci of this kernel installed?", address);
	return fail(&plan->err, ENODEV, "%s would serve %s, but may not be chosen. %s",
		    list->v[0]->module->name, address, list->v[0]->reason);
}

/*
 * The driver's table is not checked, so there must at least be a driver or module
 * of that name.
 */
static int check_there(struct flavour_plan *plan)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/drivers/%s",
				       plan->wanted);
	struct flavour_module *module;

	if (path_exists(path))
		return 0;
	pthread_mutex_lock(&ctx->lock);
	module = module_get(ctx, plan->wanted);
	pthread_mutex_unlock(&ctx->lock);
	if (module && (module_is_live(module) || flavour_module_path(module)))
		return 0;
	return fail(&plan->err, ENODEV, "There is no PCI driver %s, and no module of that name is "
		    "installed.", plan->wanted);
}

static int check_wanted(struct flavour_plan *plan)
{
	if (candidates_find_driver(plan->candidates, plan->wanted))
		return 0;
	if (plan->flags & FLAVOUR_PLAN_NO_TABLE)
		return check_there(plan);
	return fail(&plan->err, ENODEV, "%s has no VFIO entry for %s in its table, or is not "
		    "loaded under that name. See which drivers have, or load its module first.",
		    plan->wanted, plan->own->address);
}

/* With the kernel module, drivers count that no index of this system knows. */
static int check_candidates(struct flavour_plan *plan)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	int error;

	flavour_candidates_free(plan->candidates);
	plan->candidates = NULL;
	if (plan_uses_kernel(plan) && plan->flags & FLAVOUR_PLAN_NO_STEPS && !plan->ran)
		return 0;
	error = candidates_for(ctx, device_match_id(plan->own), UNIVERSE_VFIO, &plan->candidates);
	if (plan_uses_kernel(plan) && (error == -ENOENT || !candidates_usable(plan->candidates)))
		return 0;
	if (error)
		return fail(&plan->err, -error, "%s/modules.alias can't be read: %s. Install the "
			    "modules of the running kernel, or run depmod.",
			    ctx->roots[FLAVOUR_ROOT_MODULES], strerror(-error));
	if (plan->wanted)
		return check_wanted(plan);
	return candidates_usable(plan->candidates) ? 0 : no_candidate(plan);
}

const struct plan_way *plan_way(const struct flavour_plan *plan)
{
	return plan_uses_kernel(plan) ? &by_module : &by_override;
}

static void add_steps(struct flavour_plan *plan)
{
	if (plan->flavour == FLAVOUR_VFIO)
		plan_add_load_step(plan);
	plan_way(plan)->add_steps(plan);
}

static void forget(struct flavour_plan *plan)
{
	flavour_device_refresh(plan->own);
	strv_clear(&plan->steps);
	free(plan->former);
	free(plan->former_override);
	plan->former = NULL;
	plan->former_override = NULL;
	plan->err.text[0] = '\0';
	plan->noop = false;
}

static int remember(struct flavour_plan *plan)
{
	const char *driver = flavour_device_driver(plan->own);
	const char *override = flavour_device_override(plan->own);

	plan->former = driver ? strdup(driver) : NULL;
	plan->former_override = override ? strdup(override) : NULL;
	if ((driver && !plan->former) || (override && !plan->former_override))
		return fail(&plan->err, ENOMEM, "Out of memory.");
	return 0;
}

/* Refuses what can't work, before anything is changed. */
int plan_check(struct flavour_plan *plan)
{
	int error;

	look_start();
	forget(plan);
	if (!device_match_id(plan->own))
		return fail(&plan->err, ENODEV, "%s is gone. Was it unplugged?",
			    plan->own->address);
	error = remember(plan);
	if (error)
		return error;
	plan->noop = in_force(plan);
	if (plan->noop)
		return 0;
	error = check_best(plan);
	if (error)
		return error;
	if (flavour_device_is_bridge(plan->own))
		return fail(&plan->err, EOPNOTSUPP, "%s is a bridge: what is below it depends on "
			    "its driver. Give the devices below it the flavour.",
			    plan->own->address);
	error = plan_check_uses_in_time(plan);
	if (!error && plan->flavour == FLAVOUR_VFIO)
		error = check_iommu(plan);
	if (!error && plan->flavour == FLAVOUR_VFIO)
		error = check_candidates(plan);
	if (!error && !(plan->flags & FLAVOUR_PLAN_NO_STEPS))
		add_steps(plan);
	return error;
}

static int plan_init(struct flavour_plan *plan, const char *driver)
{
	plan->wanted = driver ? strdup(driver) : NULL;
	if (driver && !plan->wanted)
		return ctx_oom(plan->dev->ctx);
	return device_alloc(plan->dev->ctx, plan->dev->address, &plan->own);
}

/* A slash would lead out of the directory of drivers. */
static bool is_driver_name(const char *name)
{
	return *name && !strpbrk(name, "/\n") && *name != '.' && strcmp(name, "none");
}

API int flavour_plan_new(struct flavour_device *dev, enum flavour flavour, const char *driver,
			 unsigned int flags, const struct flavour_devices *together,
			 struct flavour_plan **ret_plan)
{
	struct flavour_plan *new;
	int error;

	if (flavour_from_name(flavour_name(flavour)) == FLAVOUR_UNKNOWN)
		return fail(&dev->ctx->err, EINVAL, "There is no flavour %d.", (int)flavour);
	if (driver && (flavour != FLAVOUR_VFIO || !is_driver_name(driver)))
		return fail(&dev->ctx->err, EINVAL, "\"%s\" can't be the VFIO driver of %s.",
			    driver, dev->address);
	new = calloc(1, sizeof(*new));
	if (!new)
		return ctx_oom(dev->ctx);
	new->dev = flavour_device_ref(dev);
	new->flavour = flavour;
	new->flags = flags;
	new->together = together;
	error = plan_init(new, driver);
	if (error) {
		flavour_plan_free(new);
		return error;
	}
	new->result = plan_check(new);
	*ret_plan = new;
	return 0;
}
