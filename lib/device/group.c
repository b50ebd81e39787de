// SPDX-License-Identifier: LGPL-2.1-or-later
/* IOMMU groups: user space gets all of one, or nothing. */
#include <string.h>

#include "device/device.h"

struct flavour_group {
	struct flavour_ctx *ctx;
	int number;
	char *type;
	struct flavour_devices *members;
};

struct flavour_groups {
	struct flavour_group **v;
	size_t count;
};

/* As vfio_dev_viable() has it: drivers that never do DMA for the kernel. */
bool group_member_blocks(struct flavour_device *member)
{
	static const char *const harmless[] = { "pci-stub", "pcieport", "pci_stub" };
	const char *driver = flavour_device_driver(member);
	size_t i;

	if (!driver || device_has_vfio_driver(member))
		return false;
	for (i = 0; i < ARRAY_LEN(harmless); i++)
		if (!strcmp(driver, harmless[i]))
			return false;
	return true;
}

static int add_members(struct flavour_devices *devices, const struct flavour_devices *all,
		       int group)
{
	int added = 0, error;
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct flavour_device *dev = all->v[i].dev;

		if (flavour_device_group(dev) != group || flavour_device_is_bridge(dev))
			continue;
		error = flavour_devices_add(devices, dev);
		if (error < 0)
			return error;
		added += error;
	}
	return added;
}

API int flavour_devices_add_groups(struct flavour_devices *devices,
				   const struct flavour_devices *all)
{
	size_t i, count = devices->count;
	int added = 0, error = 0;
	int *groups = calloc(count + 1, sizeof(*groups));

	if (!groups)
		return ctx_oom(devices->ctx);
	/* The set is sorted: adding to it moves those not looked at yet. */
	for (i = 0; i < count; i++)
		groups[i] = flavour_device_group(devices->v[i].dev);
	for (i = 0; error >= 0 && i < count; i++) {
		if (groups[i] < 0)
			continue;
		error = add_members(devices, all, groups[i]);
		added += error;
	}
	free(groups);
	return error < 0 ? error : added;
}

static struct flavour_group *group_get(struct flavour_groups *groups, struct flavour_ctx *ctx,
				       int number)
{
	struct flavour_group **grown, *group;
	size_t i;

	/* Neighbours share groups: the last ones are the likely ones. */
	for (i = groups->count; i > 0; i--)
		if (groups->v[i - 1]->number == number)
			return groups->v[i - 1];
	grown = reallocarray(groups->v, groups->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	groups->v = grown;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->ctx = ctx;
	group->number = number;
	if (flavour_devices_new_empty(ctx, &group->members)) {
		free(group);
		return NULL;
	}
	grown[groups->count++] = group;
	return group;
}

static int cmp_groups(const void *a, const void *b)
{
	int x = (*(struct flavour_group *const *)a)->number;
	int y = (*(struct flavour_group *const *)b)->number;

	return x < y ? -1 : x > y;
}

static int collect(const struct flavour_devices *devices, struct flavour_groups *groups)
{
	struct flavour_group *group;
	size_t i;
	int number;

	for (i = 0; i < devices->count; i++) {
		number = flavour_device_group(devices->v[i].dev);
		if (number < 0)
			continue;
		group = group_get(groups, devices->ctx, number);
		if (!group || flavour_devices_add(group->members, devices->v[i].dev) < 0)
			return ctx_oom(devices->ctx);
	}
	if (groups->count)
		qsort(groups->v, groups->count, sizeof(*groups->v), cmp_groups);
	return 0;
}

API int flavour_groups_new(const struct flavour_devices *devices,
			   struct flavour_groups **ret_groups)
{
	struct flavour_groups *groups = calloc(1, sizeof(*groups));
	int error;

	if (!groups)
		return ctx_oom(devices->ctx);
	error = collect(devices, groups);
	if (error)
		flavour_groups_free(groups);
	else
		*ret_groups = groups;
	return error;
}

API size_t flavour_groups_count(const struct flavour_groups *groups)
{
	return groups->count;
}

API struct flavour_group *flavour_groups_get(const struct flavour_groups *groups, size_t index)
{
	return index < groups->count ? groups->v[index] : NULL;
}

API void flavour_groups_free(struct flavour_groups *groups)
{
	size_t i;

	if (!groups)
		return;
	for (i = 0; i < groups->count; i++) {
		flavour_devices_free(groups->v[i]->members);
		free(groups->v[i]->type);
		free(groups->v[i]);
	}
	free(groups->v);
	free(groups);
}

API int flavour_group_number(const struct flavour_group *group)
{
	return group->number;
}

API const char *flavour_group_type(struct flavour_group *group)
{
	AUTOFREE char *path = NULL;

	if (!group->type) {
		path = ctx_path(group->ctx, FLAVOUR_ROOT_SYSFS, "kernel/iommu_groups/%d/type",
				group->number);
		group->type = read_attr(path);
	}
	return group->type;
}

API const struct flavour_devices *flavour_group_devices(const struct flavour_group *group)
{
	return group->members;
}

API struct flavour_device *flavour_group_blocker(const struct flavour_group *group)
{
	size_t i;

	for (i = 0; i < group->members->count; i++)
		if (group_member_blocks(group->members->v[i].dev))
			return group->members->v[i].dev;
	return NULL;
}
