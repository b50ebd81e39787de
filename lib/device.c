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

#include "private.h"

int device_alloc(struct flavour_ctx *ctx, const char *address, struct flavour_device **dev)
{
	*dev = calloc(1, sizeof(**dev));
	if (!*dev)
		return ctx_oom(ctx);
	(*dev)->ctx = ctx;
	(*dev)->refs = 1;
	snprintf((*dev)->address, sizeof((*dev)->address), "%s", address);
	return 0;
}

API int flavour_device_new(struct flavour_ctx *ctx, const char *address,
			   struct flavour_device **dev)
{
	struct address parsed;
	int error;

	if (!address || !address_parse(address, &parsed))
		return fail(&ctx->err, EINVAL, "\"%s\" is not a full PCI address. "
			    "Write it as 0000:01:00.0.", address ? address : "");
	ctx_use(ctx);
	error = device_alloc(ctx, address, dev);
	if (error)
		return error;
	address_format(&parsed, (*dev)->address);
	if (flavour_device_present(*dev))
		return 0;
	flavour_device_unref(*dev);
	*dev = NULL;
	return fail(&ctx->err, ENODEV, "There is no device %s. "
		    "Look at the list of devices, or rescan the bus.", address);
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

static char *device_link(const struct flavour_device *dev, const char *attr)
{
	char path[128];

	return short_path(dev, attr, path, sizeof(path)) ?
	       link_base_at(dev->ctx->devices_fd, path) : NULL;
}

static bool device_has(const struct flavour_device *dev, const char *attr)
{
	char path[128];

	return short_path(dev, attr, path, sizeof(path)) &&
	       path_exists_at(dev->ctx->devices_fd, path);
}

static int device_attr_int(const struct flavour_device *dev, const char *attr, int otherwise)
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
	dev->id_valid = dev->modalias && !match_parse_id(dev->modalias, "pci", &dev->id);
}

const struct match_id *device_match_id(struct flavour_device *dev)
{
	read_id(dev);
	return dev->id_valid ? &dev->id : NULL;
}

API int flavour_device_id(struct flavour_device *dev, struct flavour_pci_id *id)
{
	const struct match_id *match = device_match_id(dev);
	const uint32_t *f;

	if (!match)
		return fail(&dev->ctx->err, ENODEV,
			    "%s has no readable modalias. Was it unplugged?", dev->address);
	f = match->field;
	*id = (struct flavour_pci_id) {
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

API const char *flavour_device_override(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_OVERRIDE) && !device_is_leaving(dev)) {
		dev->override = device_attr(dev, "driver_override");
		if (dev->override && (!*dev->override || !strcmp(dev->override, "(null)")))
			forget(&dev->override);
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
	if (dev->ctx->backend != FLAVOUR_BACKEND_COMPAT &&
	    !(dev->enumerated && dev->ctx->no_kernel_module))
		word = device_attr(dev, "driver_flavour");
	dev->flavour = word ? flavour_from_name(word) : guess_flavour(dev);
	return dev->flavour;
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

API const char *flavour_device_physfn(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_PHYSFN))
		dev->physfn = device_link(dev, "physfn");
	return dev->physfn;
}

static unsigned int count_attr(struct flavour_device *dev, const char *attr)
{
	int n = device_is_leaving(dev) ? 0 : device_attr_int(dev, attr, 0);

	return n > 0 ? (unsigned int)n : 0;
}

API unsigned int flavour_device_num_vfs(struct flavour_device *dev)
{
	return count_attr(dev, "sriov_numvfs");
}

API unsigned int flavour_device_total_vfs(struct flavour_device *dev)
{
	return count_attr(dev, "sriov_totalvfs");
}

API const char *flavour_device_vf(struct flavour_device *dev, unsigned int index)
{
	char attr[32];

	snprintf(attr, sizeof(attr), "virtfn%u", index);
	forget(&dev->vf);
	dev->vf = device_link(dev, attr);
	return dev->vf;
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

API int flavour_device_numa_node(struct flavour_device *dev)
{
	return device_attr_int(dev, "numa_node", -1);
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
