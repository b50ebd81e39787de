// SPDX-License-Identifier: LGPL-2.1-or-later
/* What has to be loaded for a plan, and which driver that brings. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

static struct flavour_module *chosen_module(const struct flavour_plan *plan)
{
	const struct flavour_candidate *c = NULL;

	if (plan->wanted)
		c = candidates_find_driver(plan->candidates, plan->wanted);
	else if (candidates_usable(plan->candidates))
		c = plan->candidates->v[0];
	return c ? c->module : NULL;
}

/* As far as it can be told, to be shown. */
char *plan_likely_driver(const struct flavour_plan *plan)
{
	struct flavour_module *module = chosen_module(plan);
	char *driver = NULL;

	if (plan->wanted || !module)
		return strdup(plan->wanted ? plan->wanted : "?");
	pthread_mutex_lock(&module->ctx->lock);
	driver = module_pci_driver(module);
	pthread_mutex_unlock(&module->ctx->lock);
	/* Its name is not the module's: only a module that is loaded tells. */
	return driver ? driver : format("the driver of %s", module->name);
}

void plan_add_load_step(struct flavour_plan *plan)
{
	struct flavour_module *module = chosen_module(plan);

	if (module && flavour_module_state(module) == FLAVOUR_MODULE_INSTALLED)
		plan_add_step(plan, format("load the module %s (%llu bytes with what it needs)",
					   module->name,
					   (unsigned long long)flavour_module_load_size(module)));
}

int plan_load_module(struct flavour_plan *plan, struct flavour_module *module, char **driver)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	int error;

	pthread_mutex_lock(&ctx->lock);
	error = module_load(module, &plan->limit);
	*driver = error ? NULL : module_pci_driver(module);
	pthread_mutex_unlock(&ctx->lock);
	if (error)
		return fail(&plan->err, -error, "The module %s can't be loaded: %s. The kernel log "
			    "may say more.", module->name, module_load_strerror(error));
	if (!*driver)
		return fail(&plan->err, ENODEV, "The module %s is loaded, but has registered no "
			    "PCI driver.", module->name);
	return 0;
}

int plan_load_wanted(struct flavour_plan *plan)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/drivers/%s",
				       plan->wanted);
	struct flavour_module *module;
	AUTOFREE char *driver = NULL;
	int error;

	if (path_exists(path))
		return 0;
	pthread_mutex_lock(&ctx->lock);
	module = module_get(ctx, plan->wanted);
	pthread_mutex_unlock(&ctx->lock);
	error = module ? plan_load_module(plan, module, &driver) : -ENOMEM;
	if (error || path_exists(path))
		return error;
	/* A module was named, not its driver. */
	free(plan->wanted);
	plan->wanted = driver;
	driver = NULL;
	return 0;
}

/*
 * Loads the first candidate that can be loaded. That takes long, so it is done
 * before the last check.
 */
int plan_load(struct flavour_plan *plan)
{
	size_t i, n = candidates_usable(plan->candidates);
	int error = plan->wanted ? plan_load_wanted(plan) : -ENODEV;

	for (i = 0; !plan->wanted && error && i < n; i++) {
		AUTOFREE char *driver = NULL;

		error = plan_load_module(plan, plan->candidates->v[i]->module, &driver);
	}
	return error;
}
