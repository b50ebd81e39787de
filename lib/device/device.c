// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One device: what it is and which driver it has. Attributes are read when they
 * are first needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/device.h"

int device_alloc(struct flavour_ctx *ctx, const char *address, struct flavour_device **ret_dev)
{
	struct flavour_device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return ctx_oom(ctx);
	dev->ctx = ctx;
	dev->refs = 1;
	snprintf(dev->address, sizeof(dev->address), "%s", address);
	*ret_dev = dev;
	return 0;
}

API int flavour_device_new(struct flavour_ctx *ctx, const char *address,
			   struct flavour_device **ret_dev)
{
	struct flavour_device *dev = NULL;
	struct address parsed;
	int error;

	if (!address || !address_parse(address, &parsed))
		return fail(&ctx->err, EINVAL, "\"%s\" is not a full PCI address. "
			    "Write it as 0000:01:00.0.", address ? address : "");
	ctx_use(ctx);
	error = device_alloc(ctx, address, &dev);
	if (error)
		return error;
	address_format(&parsed, dev->address);
	if (!flavour_device_present(dev)) {
		flavour_device_unref(dev);
		return fail(&ctx->err, ENODEV, "There is no device %s. "
			    "Look at the list of devices, or rescan the bus.", address);
	}
	*ret_dev = dev;
	return 0;
}

API struct flavour_device *flavour_device_ref(struct flavour_device *dev)
{
	dev->refs++;
	return dev;
}

API void flavour_device_unref(struct flavour_device *dev)
{
	if (!dev || --dev->refs)
		return;
	flavour_device_refresh(dev);
	free(dev);
}

static void forget(char **string)
{
	free(*string);
	*string = NULL;
}

API void flavour_device_refresh(struct flavour_device *dev)
{
	char **strings[] = {
		&dev->modalias, &dev->driver, &dev->override, &dev->parent, &dev->physfn,
		&dev->reset_methods, &dev->group_node, &dev->vfio_node, &dev->path,
		&dev->firmware_path, &dev->slot, &dev->vf, &dev->real, &dev->driverctl,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(strings); i++)
		forget(strings[i]);
	strv_clear(&dev->netifs);
	strv_clear(&dev->disks);
	dev->have = 0;
	dev->enumerated = false;
	dev->locked = false;
}

/* Is this the first use of the attribute? */
bool device_first(struct flavour_device *dev, enum have what)
{
	bool first = !(dev->have & 1u << what);

	dev->have |= 1u << what;
	return first;
}

char *device_attr_path(const struct flavour_device *dev, const char *attr)
{
	return ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/devices/%s/%s", dev->address, attr);
}

/*
 * Opened relative to the directory of devices and without allocating paths,
 * because there may be thousands of devices. None of our attributes has a longer
 * name.
 */
static bool short_path(const struct flavour_device *dev, const char *attr, char *path, size_t size)
{
	if (dev->ctx->devices_fd < 0)
		look_failed(EBADF);
	if (dev->ctx->devices_fd < 0 || ADDRESS_SIZE + strlen(attr) >= size)
		return false;
	path = stpcpy(path, dev->address);
	*path++ = '/';
	strcpy(path, attr);
	return true;
}

char *device_attr(const struct flavour_device *dev, const char *attr)
{
	char path[128];

	return short_path(dev, attr, path, sizeof(path)) ?
	       read_attr_at(dev->ctx->devices_fd, path) : NULL;
}

char *device_link(const struct flavour_device *dev, const char *attr)
{
	char path[128];

	return short_path(dev, attr, path, sizeof(path)) ?
	       link_base_at(dev->ctx->devices_fd, path) : NULL;
}

bool device_has(const struct flavour_device *dev, const char *attr)
{
	char path[128];

	return short_path(dev, attr, path, sizeof(path)) &&
	       path_exists_at(dev->ctx->devices_fd, path);
}

int device_attr_int(const struct flavour_device *dev, const char *attr, int otherwise)
{
	AUTOFREE char *text = device_attr(dev, attr);

	return to_int(text, otherwise);
}

API const char *flavour_device_address(const struct flavour_device *dev)
{
	return dev->address;
}

API bool flavour_device_present(const struct flavour_device *dev)
{
	return device_has(dev, "modalias");
}

/* One attribute holds all of the IDs, so one is read. */
static void read_id(struct flavour_device *dev)
{
	if (!device_first(dev, HAVE_ID))
		return;
	dev->modalias = device_attr(dev, "modalias");
	dev->id_valid = dev->modalias && !flavour_pci_parse_id(dev->modalias, "pci", &dev->id);
}

const struct match_id *device_match_id(struct flavour_device *dev)
{
	read_id(dev);
	return dev->id_valid ? &dev->id : NULL;
}

API int flavour_device_id(struct flavour_device *dev, struct flavour_pci_id *ret_id)
{
	const struct match_id *match = device_match_id(dev);
	const uint32_t *f;

	if (!match)
		return fail(&dev->ctx->err, ENODEV,
			    "%s has no readable modalias. Was it unplugged?", dev->address);
	f = match->field;
	*ret_id = (struct flavour_pci_id) {
		.vendor = f[MATCH_VENDOR],
		.device = f[MATCH_DEVICE],
		.subvendor = f[MATCH_SUBVENDOR],
		.subdevice = f[MATCH_SUBDEVICE],
		.class_code = f[MATCH_BASE_CLASS] << 16 | f[MATCH_SUB_CLASS] << 8 |
			      f[MATCH_INTERFACE],
	};
	return 0;
}

API int flavour_device_revision(struct flavour_device *dev)
{
	return device_attr_int(dev, "revision", -1);
}

API const char *flavour_device_modalias(struct flavour_device *dev)
{
	read_id(dev);
	return dev->modalias;
}

API int flavour_device_group(struct flavour_device *dev)
{
	AUTOFREE char *name = NULL;
	char *end;

	if (device_first(dev, HAVE_GROUP)) {
		name = device_link(dev, "iommu_group");
		dev->group = name ? (int)strtol(name, &end, 10) : -1;
		if (name && (end == name || *end))
			dev->group = -1;
	}
	return dev->group;
}

/* The header type is byte 0x0e; its highest bit says "multi-function". */
static bool read_bridge(struct flavour_device *dev)
{
	AUTOFREE char *path = device_attr_path(dev, "config");
	int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	const struct match_id *id;
	unsigned char type;
	ssize_t n = -1;

	if (fd >= 0) {
		n = pread(fd, &type, 1, 0x0e);
		close(fd);
	}
	if (n == 1)
		return type & 0x7f;
	id = device_match_id(dev);
	return id && id->field[MATCH_BASE_CLASS] == 0x06 && id->field[MATCH_SUB_CLASS] == 0x04;
}

API bool flavour_device_is_bridge(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_BRIDGE))
		dev->bridge = read_bridge(dev);
	return dev->bridge;
}

API const char *flavour_device_reset_methods(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_RESET)) {
		dev->reset_methods = device_attr(dev, "reset_method");
		if (dev->reset_methods && !*dev->reset_methods)
			forget(&dev->reset_methods);
	}
	return dev->reset_methods;
}

API int flavour_device_numa_node(struct flavour_device *dev)
{
	return device_attr_int(dev, "numa_node", -1);
}
