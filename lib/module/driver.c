// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is a driver a VFIO driver? Its module tells. */
#include <string.h>

#include "module/module.h"

static bool is_vfio_locked(struct flavour_ctx *ctx, const char *driver)
{
	AUTOFREE char *link = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/drivers/%s/module",
				       driver);
	AUTOFREE char *name = link_base(link);
	struct flavour_module *module;
	struct index *index;

	if (ctx_index(ctx, UNIVERSE_VFIO, &index))
		return false;
	module = module_find(ctx, name ? name : driver);
	if (module && module->universes & 1u << UNIVERSE_VFIO)
		return true;
	/* A module that is loaded does not change its aliases. */
	if (name)
		strv_add(&ctx->native_drivers, driver);
	return false;
}

/* Is it a driver of a module with VFIO entries? "vfio-pci" is, whatever the index. */
bool driver_is_vfio(struct flavour_ctx *ctx, const char *driver)
{
	bool vfio;

	if (!strcmp(driver, "vfio-pci"))
		return true;
	pthread_mutex_lock(&ctx->lock);
	vfio = !strv_has(&ctx->native_drivers, driver) && is_vfio_locked(ctx, driver);
	pthread_mutex_unlock(&ctx->lock);
	return vfio;
}
