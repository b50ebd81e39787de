// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other way to a VFIO device: its own node, /dev/vfio/devices/vfioN, which gets its
 * address space from an iommufd. Debian 12's headers do not have all of that yet.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfio-open.h"

#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct vfio_device_attach_iommufd_pt {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)
#endif

/* Of linux/iommufd.h, under names of our own. */
struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

#define IOAS_ALLOC		_IO(VFIO_TYPE, 0x81)
#define IOAS_MAP		_IO(VFIO_TYPE, 0x85)
#define IOAS_MAP_FIXED_IOVA	(1 << 0)
#define IOAS_MAP_WRITEABLE	(1 << 1)
#define IOAS_MAP_READABLE	(1 << 2)

/* /dev/vfio/devices/vfio3 of 0000:00:02.0 */
static bool find_node(const struct vfio_handle *vfio, char *node, size_t size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", vfio->address);
	dir = opendir(path);
	do
		entry = dir ? readdir(dir) : NULL;
	while (entry && entry->d_name[0] == '.');
	if (entry)
		snprintf(node, size, "/dev/vfio/devices/%s", entry->d_name);
	else
		errno = ENODEV;
	if (dir)
		closedir(dir);
	return entry || vfio_failed("find the VFIO device of", vfio->address);
}

bool vfio_open_cdev(struct vfio_handle *vfio)
{
	char node[PATH_MAX];

	if (!find_node(vfio, node, sizeof(node)))
		return false;
	vfio->device = open(node, O_RDWR | O_CLOEXEC);
	return vfio->device >= 0 || vfio_failed("open", node);
}

bool vfio_bind_cdev(struct vfio_handle *vfio)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };
	struct ioas_alloc alloc = { .size = sizeof(alloc) };

	vfio->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (vfio->iommufd < 0)
		return vfio_failed("open", "/dev/iommu");
	bind.iommufd = vfio->iommufd;
	if (ioctl(vfio->device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return vfio_failed("bind to an iommufd", vfio->address);
	if (ioctl(vfio->iommufd, IOAS_ALLOC, &alloc))
		return vfio_failed("make an address space for", vfio->address);
	vfio->ioas = alloc.out_ioas_id;
	attach.pt_id = vfio->ioas;
	return !ioctl(vfio->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach) ||
	       vfio_failed("attach an address space to", vfio->address);
}

bool vfio_map_cdev(struct vfio_handle *vfio, void *memory, size_t size, uint64_t iova)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = IOAS_MAP_FIXED_IOVA | IOAS_MAP_WRITEABLE | IOAS_MAP_READABLE,
		.ioas_id = vfio->ioas,
		.user_va = (uintptr_t)memory,
		.length = size,
		.iova = iova,
	};

	return !ioctl(vfio->iommufd, IOAS_MAP, &map);
}
