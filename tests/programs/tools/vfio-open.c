// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vfio-open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool vfio_failed(const char *what, const char *subject)
{
	const char *name = strerrorname_np(errno);

	fprintf(stderr, "%s: cannot %s %s: %s (%s)\n",
		program_invocation_short_name, what, subject,
		name ? name : "unknown error", strerror(errno));
	return false;
}

static bool find_group(struct vfio_handle *vfio)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", vfio->address);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return vfio_failed("find the IOMMU group of", vfio->address);

	target[len] = '\0';
	vfio->number = atoi(basename(target));
	return true;
}

static bool open_files(struct vfio_handle *vfio)
{
	char path[32];

	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vfio->container < 0)
		return vfio_failed("open", "/dev/vfio/vfio");

	snprintf(path, sizeof(path), "/dev/vfio/%d", vfio->number);
	vfio->group = open(path, O_RDWR | O_CLOEXEC);
	return vfio->group >= 0 || vfio_failed("open", path);
}

static bool check_viable(struct vfio_handle *vfio)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status))
		return vfio_failed("read the group status of", vfio->address);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return true;

	errno = EPERM;
	return vfio_failed("use, for native drivers have part of it, the group of",
			   vfio->address);
}

static bool set_container(struct vfio_handle *vfio)
{
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container))
		return vfio_failed("set the container for", vfio->address);
	if (ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		return vfio_failed("set a type 1 IOMMU for", vfio->address);
	return true;
}

bool vfio_open_group(struct vfio_handle *vfio, const char *address)
{
	const char *backend = getenv("VFIO_BACKEND");

	*vfio = (struct vfio_handle){
		.address = address,
		.container = -1,
		.group = -1,
		.device = -1,
		.iommufd = -1,
		.cdev = backend && !strcmp(backend, "cdev"),
	};

	if (!find_group(vfio))
		return false;
	return vfio->cdev ? vfio_open_cdev(vfio) :
	       open_files(vfio) && check_viable(vfio) && set_container(vfio);
}

bool vfio_open_device(struct vfio_handle *vfio)
{
	if (vfio->cdev)
		return vfio_bind_cdev(vfio);
	vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, vfio->address);
	return vfio->device >= 0 || vfio_failed("open device", vfio->address);
}

bool vfio_map(struct vfio_handle *vfio, void *memory, size_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map dma = {
		.argsz = sizeof(dma),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	if (vfio->cdev)
		return vfio_map_cdev(vfio, memory, size, iova);
	return !ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &dma);
}

void vfio_close(struct vfio_handle *vfio)
{
	if (vfio->device >= 0)
		close(vfio->device);
	if (vfio->group >= 0)
		close(vfio->group);
	if (vfio->container >= 0)
		close(vfio->container);
	if (vfio->iommufd >= 0)
		close(vfio->iommufd);
}
