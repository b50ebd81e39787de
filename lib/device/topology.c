// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where a device is in the PCI tree, and what is below it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/device.h"

/* The device's own directory in sysfs, which is part of the path of everything below it. */
const char *device_real(struct flavour_device *dev)
{
	AUTOFREE char *link = NULL;

	if (device_first(dev, HAVE_REAL)) {
		link = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/devices/%s", dev->address);
		dev->real = real_path(link);
	}
	return dev->real;
}

/* Does @real, a resolved path, lie below the device's directory? */
bool device_has_below(struct flavour_device *dev, const char *real)
{
	const char *own = device_real(dev);
	size_t len = own ? strlen(own) : 0;

	return own && !strncmp(real, own, len) && real[len] == '/';
}

API const char *flavour_device_parent(struct flavour_device *dev)
{
	const char *real, *last, *name;
	struct address address;

	if (!device_first(dev, HAVE_PARENT))
		return dev->parent;
	real = device_real(dev);
	last = real ? strrchr(real, '/') : NULL;
	if (!last)
		return NULL;
	name = memrchr(real, '/', (size_t)(last - real));
	if (!name)
		return NULL;
	dev->parent = strndup(name + 1, (size_t)(last - name - 1));
	if (dev->parent && !address_parse(dev->parent, &address)) {
		free(dev->parent);
		dev->parent = NULL;
	}
	return dev->parent;
}

/* ".../pci0000:00/0000:00:1c.0/0000:02:00.0" to "pci0000:00/1c.0/00.0" */
static char *topology_path(const char *real)
{
	const char *root = strstr(real, "/pci"), *next;
	struct strv parts = { 0 };
	struct address address;
	char *path = NULL;

	/* The last such part: a moved root may hold one of that form, too. */
	while (root && (next = strstr(root + 1, "/pci")))
		root = next;
	if (!root)
		return NULL;
	AUTOFREE char *copy = strdup(root + 1);
	char *save = NULL, *part = copy ? strtok_r(copy, "/", &save) : NULL;

	for (; part; part = strtok_r(NULL, "/", &save)) {
		if (address_parse(part, &address))
			part = strrchr(part, ':') + 1;
		if (strv_add(&parts, part))
			break;
	}
	if (!part)
		path = strv_join(&parts, "/");
	strv_clear(&parts);
	return path;
}

API const char *flavour_device_path(struct flavour_device *dev)
{
	const char *real;

	if (device_first(dev, HAVE_PATH)) {
		real = device_real(dev);
		dev->path = real ? topology_path(real) : NULL;
	}
	return dev->path;
}

API const char *flavour_device_firmware_path(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_FIRMWARE))
		dev->firmware_path = device_attr(dev, "firmware_node/path");
	return dev->firmware_path;
}

/* A slot's address is "0000:01:00", without a function. */
static char *read_slot(struct flavour_device *dev)
{
	AUTOFREE char *dir = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/slots");
	size_t i, len = strcspn(dev->address, ".");
	struct strv names = { 0 };
	char *slot = NULL;

	list_dir(dir, &names);
	for (i = 0; !slot && i < names.count; i++) {
		AUTOFREE char *path = format("%s/%s/address", dir, names.v[i]);
		AUTOFREE char *address = read_attr(path);

		if (address && strlen(address) == len && !strncmp(address, dev->address, len))
			slot = strdup(names.v[i]);
	}
	strv_clear(&names);
	return slot;
}

API const char *flavour_device_slot(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_SLOT))
		dev->slot = read_slot(dev);
	return dev->slot;
}

/* The capability is 0x0003 in a list that starts at 0x100 of the config space. */
static int find_dsn(const unsigned char *config, size_t size, uint64_t *ret_dsn)
{
	unsigned int at = 0x100, hops;

	for (hops = 0; hops < 960 && at >= 0x100 && at + 12 <= size; hops++) {
		const unsigned char *p = config + at;
		unsigned int i;

		if ((p[0] | p[1] << 8) == 0x0003) {
			for (*ret_dsn = 0, i = 0; i < 8; i++)
				*ret_dsn |= (uint64_t)p[4 + i] << (8 * i);
			return 0;
		}
		at = (unsigned int)(p[2] >> 4 | p[3] << 4) & ~3u;
	}
	return -ENOENT;
}

API int flavour_device_dsn(struct flavour_device *dev, uint64_t *ret_dsn)
{
	AUTOFREE char *path = device_attr_path(dev, "config");
	int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	unsigned char config[4096];
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, config, sizeof(config));
		close(fd);
	}
	if (n < 0 || (n <= 64 && geteuid()))
		return fail(&dev->ctx->err, EACCES, "The configuration space of %s can't be "
			    "read in full. Run this as root.", dev->address);
	if (!find_dsn(config, (size_t)n, ret_dsn))
		return 0;
	return fail(&dev->ctx->err, ENOENT, "%s has no serial number.", dev->address);
}

/*
 * Calls @each for the entries of a class whose device lies below this one. What
 * lies below a bridge is on the devices there; but a host controller that is no
 * bridge (VMD) takes those below with it.
 */
static void each_below(struct flavour_device *dev, const char *class,
		       void (*each)(struct strv *names, const char *name, const char *real),
		       struct strv *found)
{
	AUTOFREE char *dir = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/%s", class);
	struct strv names = { 0 };
	size_t i;

	if (!flavour_device_is_bridge(dev) && !list_dir(dir, &names)) {
		for (i = 0; i < names.count; i++) {
			AUTOFREE char *link = format("%s/%s", dir, names.v[i]);
			AUTOFREE char *below = real_path(link);

			if (below && device_has_below(dev, below))
				each(found, names.v[i], below);
		}
	}
	strv_clear(&names);
}

static void add_netif(struct strv *found, const char *name, const char *real)
{
	strv_add(found, name);
}

static const struct strv *device_netifs(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_NETIFS))
		each_below(dev, "net", add_netif, &dev->netifs);
	return &dev->netifs;
}

API size_t flavour_device_netif_count(struct flavour_device *dev)
{
	return device_netifs(dev)->count;
}

API const char *flavour_device_netif(struct flavour_device *dev, size_t index)
{
	return strv_get(device_netifs(dev), index);
}

/*
 * The paths of a multipath NVMe disk, "nvme0c1n1", lie below the controller and
 * are hidden from /dev; the disk itself, "nvme0n1", lies below no device.
 */
static bool add_nvme_head(struct strv *found, const char *name)
{
	unsigned int subsystem, controller, space;
	char head[48];

	if (sscanf(name, "nvme%uc%un%u", &subsystem, &controller, &space) != 3)
		return false;
	snprintf(head, sizeof(head), "nvme%un%u", subsystem, space);
	if (!strv_has(found, head))
		strv_add(found, head);
	return true;
}

static void add_disk(struct strv *found, const char *name, const char *real)
{
	AUTOFREE char *partition = format("%s/partition", real);

	if (add_nvme_head(found, name))
		return;
	if (!path_exists(partition) && !strv_has(found, name))
		strv_add(found, name);
}

static void add_nvme_heads(struct strv *found, const char *name, const char *real)
{
	struct strv names = { 0 };
	size_t i;

	if (!list_dir(real, &names))
		for (i = 0; i < names.count; i++)
			add_nvme_head(found, names.v[i]);
	strv_clear(&names);
}

const struct strv *device_disks(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_DISKS)) {
		each_below(dev, "block", add_disk, &dev->disks);
		each_below(dev, "nvme", add_nvme_heads, &dev->disks);
	}
	return &dev->disks;
}

API size_t flavour_device_disk_count(struct flavour_device *dev)
{
	return device_disks(dev)->count;
}

API const char *flavour_device_disk(struct flavour_device *dev, size_t index)
{
	return strv_get(device_disks(dev), index);
}
