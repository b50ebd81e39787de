// SPDX-License-Identifier: GPL-2.0-or-later
/* Shows that a device can be used through VFIO: its IDs and its regions. */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfio-open.h"

static const char *const region_names[VFIO_PCI_NUM_REGIONS] = {
	"bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "rom", "config", "vga",
};

static bool get_region(struct vfio_handle *vfio, unsigned int index,
		       struct vfio_region_info *region)
{
	*region = (struct vfio_region_info){ .argsz = sizeof(*region), .index = index };
	return !ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, region);
}

static bool print_ids(struct vfio_handle *vfio)
{
	struct vfio_region_info config;
	uint16_t ids[2];
	ssize_t len;

	if (!get_region(vfio, VFIO_PCI_CONFIG_REGION_INDEX, &config))
		return vfio_failed("find the config space of", vfio->address);

	len = pread(vfio->device, ids, sizeof(ids), config.offset);
	if (len != sizeof(ids)) {
		if (len >= 0)
			errno = EIO;
		return vfio_failed("read the config space of", vfio->address);
	}

	printf("device %s %04x:%04x group %d\n", vfio->address,
	       le16toh(ids[0]), le16toh(ids[1]), vfio->number);
	return true;
}

static bool print_region(struct vfio_handle *vfio, unsigned int index)
{
	const char *name = index < VFIO_PCI_NUM_REGIONS ? region_names[index] : "own";
	struct vfio_region_info region;

	if (get_region(vfio, index, &region)) {
		printf("region %u %s size %llu\n", index, name, (unsigned long long)region.size);
		return true;
	}

	/* What a device without VGA answers for the region that every device numbers. */
	if (index == VFIO_PCI_VGA_REGION_INDEX && errno == EINVAL)
		return true;

	return vfio_failed("read the regions of", vfio->address);
}

static bool print_regions(struct vfio_handle *vfio)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (ioctl(vfio->device, VFIO_DEVICE_GET_INFO, &info))
		return vfio_failed("read the VFIO information of", vfio->address);

	printf("regions %u\n", info.num_regions);
	for (unsigned int i = 0; i < info.num_regions; i++)
		if (!print_region(vfio, i))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct vfio_handle vfio;
	bool done;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: vfio-info DEV\n");
		return 2;
	}

	done = vfio_open_group(&vfio, argv[1]) && vfio_open_device(&vfio) &&
	       print_ids(&vfio) && print_regions(&vfio);
	vfio_close(&vfio);
	return !done;
}
