// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who has a device: its driver, its flavour, and what of VFIO there is. */
#include <string.h>

#include "device/device.h"
#include "module/module.h"

API const char *flavour_device_driver(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_DRIVER))
		dev->driver = device_link(dev, "driver");
	return dev->driver;
}

/*
 * Since Linux 6.6 a device that is being unbound while it is open keeps its IOMMU
 * group, with no other device in it.
 */
static bool has_vfio_group(struct flavour_device *dev)
{
	int group = flavour_device_group(dev);
	AUTOFREE char *node = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/vfio/%d", group);
	AUTOFREE char *members = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS,
					  "kernel/iommu_groups/%d/devices", group);
	bool mine = group >= 0 && path_exists(node);
	struct strv names = { 0 };
	size_t i;

	if (mine)
		list_dir(members, &names);
	for (i = 0; i < names.count; i++) {
		AUTOFREE char *other = format("%s/%s/vfio-dev", members, names.v[i]);

		mine &= !path_exists(other);
	}
	strv_clear(&names);
	return mine;
}

/*
 * No driver, but still a VFIO device: an unbind waits until user space has closed
 * it. The unbind holds the device's lock, so reading some attributes would block,
 * too.
 */
bool device_is_leaving(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_LEAVING))
		dev->leaving = !flavour_device_driver(dev) &&
			       !(dev->enumerated && dev->ctx->no_vfio_devs) &&
			       (device_has(dev, "vfio-dev") || has_vfio_group(dev));
	return dev->leaving;
}

static void forget(struct flavour_device *dev)
{
	free(dev->override);
	dev->override = NULL;
}

API const char *flavour_device_override(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_OVERRIDE) && !device_is_leaving(dev) && !dev->locked) {
		dev->override = device_attr(dev, "driver_override");
		if (dev->override && (!*dev->override || !strcmp(dev->override, "(null)")))
			forget(dev);
	}
	return dev->override;
}

/*
 * Since Linux 6.1 each VFIO device has a vfio-dev directory, which is quicker to
 * check than the index.
 */
bool ctx_vfio_devs_tell(const struct flavour_ctx *ctx)
{
	AUTOFREE char *class = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "class/vfio-dev");

	return path_exists(class);
}

bool device_has_vfio_driver(struct flavour_device *dev)
{
	const char *driver = flavour_device_driver(dev);
	bool told;

	if (!driver)
		return false;
	if (!(dev->enumerated && dev->ctx->no_vfio_devs) && device_has(dev, "vfio-dev"))
		return true;
	told = dev->enumerated ? dev->ctx->vfio_devs_tell : ctx_vfio_devs_tell(dev->ctx);
	return !told && driver_is_vfio(dev->ctx, driver);
}

static enum flavour guess_flavour(struct flavour_device *dev)
{
	const char *override;

	if (flavour_device_driver(dev))
		return device_has_vfio_driver(dev) ? FLAVOUR_VFIO : FLAVOUR_NATIVE;
	if (device_is_leaving(dev))
		return FLAVOUR_VFIO;
	if (dev->locked)
		return FLAVOUR_UNKNOWN;
	override = flavour_device_override(dev);
	if (!override)
		return flavour_device_present(dev) ? FLAVOUR_NATIVE : FLAVOUR_UNKNOWN;
	if (!strcmp(override, "none"))
		return FLAVOUR_NONE;
	return driver_is_vfio(dev->ctx, override) ? FLAVOUR_VFIO : FLAVOUR_NATIVE;
}

API enum flavour flavour_device_flavour(struct flavour_device *dev)
{
	AUTOFREE char *word = NULL;

	if (!device_first(dev, HAVE_FLAVOUR))
		return dev->flavour;
	/*
	 * The attribute exists only if the kernel module is loaded; no need to
	 * check for the module.
	 */
	if (dev->ctx->backend != FLAVOUR_BACKEND_OVERRIDE &&
	    !(dev->enumerated && dev->ctx->no_kernel_module))
		word = device_attr(dev, "driver_flavour");
	dev->flavour = word ? flavour_from_name(word) : guess_flavour(dev);
	return dev->flavour;
}

API const char *flavour_device_vfio_group_node(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_GROUP_NODE) && flavour_device_group(dev) >= 0 &&
	    (device_has_vfio_driver(dev) || device_is_leaving(dev)))
		dev->group_node = format("/dev/vfio/%d", flavour_device_group(dev));
	return dev->group_node;
}

/* Only with VFIO_DEVICE_CDEV has the vfio-dev a device number. */
static char *read_vfio_node(struct flavour_device *dev)
{
	AUTOFREE char *dir = device_attr_path(dev, "vfio-dev");
	AUTOFREE char *number = NULL;
	struct strv names = { 0 };
	char *node = NULL;

	if (!list_dir(dir, &names) && names.count) {
		number = format("%s/%s/dev", dir, names.v[0]);
		if (path_exists(number))
			node = format("/dev/vfio/devices/%s", names.v[0]);
	}
	strv_clear(&names);
	return node;
}

API const char *flavour_device_vfio_node(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_VFIO_NODE))
		dev->vfio_node = read_vfio_node(dev);
	return dev->vfio_node;
}

/* A file a device, with the name of a driver; an empty one means nothing to driverctl. */
static char *read_driverctl(const struct flavour_device *dev)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_ETC, "driverctl.d/pci-%s",
				       dev->address);
	AUTOFREE char *text = read_text(path, NULL);

	if (!text)
		return NULL;
	text[strcspn(text, " \t\r\n")] = '\0';
	return *text ? strdup(text) : NULL;
}

API const char *flavour_device_driverctl(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_DRIVERCTL))
		dev->driverctl = read_driverctl(dev);
	return dev->driverctl;
}

API int flavour_candidates_new(struct flavour_device *dev, enum flavour flavour,
			       struct flavour_candidates **ret_candidates)
{
	const struct match_id *id = device_match_id(dev);
	struct flavour_pci_id unused;
	enum universe universe;
	int error = universe_of(dev->ctx, flavour, &universe);

	if (error)
		return error;
	if (!id)
		return flavour_device_id(dev, &unused);
	error = candidates_for(dev->ctx, id, universe, ret_candidates);
	return error ? index_failed(dev->ctx, error) : 0;
}
