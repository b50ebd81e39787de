/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices, sets of them, and IOMMU groups: what sysfs says.
 *
 * May use: base, module
 * Used by: use, plan, policy, doctor.c
 */
#ifndef FLAVOUR_DEVICE_H
#define FLAVOUR_DEVICE_H

#include "base/base.h"
#include "bus/pci_match.h"

struct flavour_device {
	struct flavour_ctx *ctx;
	unsigned int refs;
	unsigned int have;
	char address[ADDRESS_SIZE];
	bool enumerated;	/* and not refreshed since: what the enumeration saw holds */
	struct match_id id;
	bool id_valid, bridge, leaving;
	bool locked;		/* by a driver that does not return: until it is refreshed */
	enum flavour flavour;
	int group;
	char *modalias, *driver, *override, *parent, *physfn, *reset_methods, *group_node;
	char *vfio_node, *path, *firmware_path, *slot, *vf, *real, *driverctl;
	struct strv netifs, disks;
};

/* One bit for each thing that is read of a device. */
enum have {
	HAVE_ID, HAVE_DRIVER, HAVE_OVERRIDE, HAVE_FLAVOUR, HAVE_GROUP, HAVE_BRIDGE, HAVE_PHYSFN,
	HAVE_RESET, HAVE_GROUP_NODE, HAVE_VFIO_NODE, HAVE_REAL, HAVE_PARENT, HAVE_PATH,
	HAVE_FIRMWARE, HAVE_SLOT, HAVE_NETIFS, HAVE_DISKS, HAVE_LEAVING,
	HAVE_DRIVERCTL,
};

bool device_first(struct flavour_device *dev, enum have what);
int device_alloc(struct flavour_ctx *ctx, const char *address,
		 struct flavour_device **ret_dev);
char *device_attr_path(const struct flavour_device *dev, const char *attr);
char *device_link(const struct flavour_device *dev, const char *attr);
bool device_has(const struct flavour_device *dev, const char *attr);
char *device_attr(const struct flavour_device *dev, const char *attr);
int device_attr_int(const struct flavour_device *dev, const char *attr, int otherwise);
const struct match_id *device_match_id(struct flavour_device *dev);
const char *device_real(struct flavour_device *dev);
bool device_has_below(struct flavour_device *dev, const char *real);
const struct strv *device_disks(struct flavour_device *dev);
bool device_has_vfio_driver(struct flavour_device *dev);
bool device_is_leaving(struct flavour_device *dev);
bool ctx_vfio_devs_tell(const struct flavour_ctx *ctx);

struct slot {
	uint64_t key;
	struct flavour_device *dev;
};

/* What a part above keeps with a set for as long as the set lives. */
struct kept {
	void *data;
	void (*free)(void *data);
};

struct flavour_devices {
	struct flavour_ctx *ctx;
	struct slot *v;
	size_t count, room;
	struct kept *kept;
};

bool devices_have_below(const struct flavour_devices *devices, const char *real);

bool group_member_blocks(struct flavour_device *member);

#endif
