// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sets of devices, in the order of their addresses. */
#include <errno.h>
#include <string.h>

#include "device/device.h"

static uint64_t sort_key(const char *text)
{
	struct address a = { 0 };

	address_parse(text, &a);
	return (uint64_t)a.domain << 16 | a.bus << 8 | a.device << 3 | a.function;
}

static int cmp_devices(const void *a, const void *b)
{
	uint64_t x = ((const struct slot *)a)->key;
	uint64_t y = ((const struct slot *)b)->key;

	return x < y ? -1 : x > y;
}

static int set_grow(struct flavour_devices *set)
{
	size_t room = set->room ? set->room * 2 : 16;
	struct slot *v;

	if (set->count < set->room)
		return 0;
	v = reallocarray(set->v, room, sizeof(*v));
	if (!v)
		return ctx_oom(set->ctx);
	set->v = v;
	set->room = room;
	return 0;
}

API int flavour_devices_new_empty(struct flavour_ctx *ctx, struct flavour_devices **ret_devices)
{
	struct flavour_devices *set = calloc(1, sizeof(*set));

	if (set)
		set->kept = calloc(1, sizeof(*set->kept));
	if (!set || !set->kept) {
		free(set);
		return ctx_oom(ctx);
	}
	set->ctx = ctx;
	*ret_devices = set;
	return 0;
}

static int append_device(struct flavour_devices *set, const char *address)
{
	struct flavour_device *dev;
	struct address parsed;
	int error = 0;

	if (!address_parse(address, &parsed))
		return 0;
	error = set_grow(set);
	if (!error)
		error = device_alloc(set->ctx, address, &dev);
	if (error)
		return error;
	dev->enumerated = true;
	set->v[set->count++] = (struct slot){ sort_key(address), dev };
	return 0;
}

static bool no_class(struct flavour_ctx *ctx, const char *class)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "class/%s", class);
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	bool none = (!error || error == -ENOENT) && !names.count;

	strv_clear(&names);
	return none;
}

/* What need not be asked of each device, when it is so for none. */
static void look_around(struct flavour_ctx *ctx)
{
	/* Linux 6.0 and before have no vfio-dev, neither as a class nor in a device. */
	ctx->no_vfio_devs = no_class(ctx, "vfio-dev") && no_class(ctx, "vfio");
	ctx->vfio_devs_tell = ctx_vfio_devs_tell(ctx);
	ctx->no_kernel_module = !ctx_has_kernel_module(ctx);
}

static int append_devices(struct flavour_devices *set, const struct strv *names)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < names->count; i++)
		error = append_device(set, names->v[i]);
	if (!error && set->count)
		qsort(set->v, set->count, sizeof(*set->v), cmp_devices);
	return error;
}

API int flavour_devices_new(struct flavour_ctx *ctx, struct flavour_devices **ret_devices)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "bus/pci/devices");
	struct flavour_devices *set = NULL;
	struct strv names = { 0 };
	int error = list_dir_unsorted(path, &names);

	ctx_use(ctx);
	if (error && error != -ENOENT) {
		strv_clear(&names);
		return fail(&ctx->err, -error, "%s can't be read: %s.", path, strerror(-error));
	}
	look_around(ctx);
	error = flavour_devices_new_empty(ctx, &set);
	if (!error)
		error = append_devices(set, &names);
	strv_clear(&names);
	if (error)
		flavour_devices_free(set);
	else
		*ret_devices = set;
	return error;
}

/* The first place whose key is not lower than @key. */
static size_t lower_bound(const struct flavour_devices *set, uint64_t key)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->v[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

API int flavour_devices_add(struct flavour_devices *devices, struct flavour_device *dev)
{
	uint64_t key = sort_key(dev->address);
	size_t at = lower_bound(devices, key);
	int error;

	if (at < devices->count && devices->v[at].key == key)
		return 0;
	error = set_grow(devices);
	if (error)
		return error;
	memmove(devices->v + at + 1, devices->v + at,
		(devices->count - at) * sizeof(*devices->v));
	devices->v[at] = (struct slot){ key, flavour_device_ref(dev) };
	devices->count++;
	return 1;
}

API size_t flavour_devices_count(const struct flavour_devices *devices)
{
	return devices->count;
}

API struct flavour_device *flavour_devices_get(const struct flavour_devices *devices,
					       size_t index)
{
	return index < devices->count ? devices->v[index].dev : NULL;
}

API struct flavour_device *flavour_devices_find(const struct flavour_devices *devices,
						const char *address)
{
	struct address parsed;
	uint64_t key;
	size_t at;

	if (!address_parse(address, &parsed))
		return NULL;
	key = sort_key(address);
	at = lower_bound(devices, key);
	return at < devices->count && devices->v[at].key == key ? devices->v[at].dev : NULL;
}

/*
 * Does @real, a resolved path, lie below one of them? NULL is none. The devices are
 * the caller's, and workers ask: only their addresses are looked at.
 */
bool devices_have_below(const struct flavour_devices *devices, const char *real)
{
	AUTOFREE char *copy = devices ? format("%s", real) : NULL;
	char *save = NULL, *part = copy ? strtok_r(copy, "/", &save) : NULL;

	for (; part; part = strtok_r(NULL, "/", &save))
		if (flavour_devices_find(devices, part))
			return true;
	return false;
}

API void flavour_devices_free(struct flavour_devices *devices)
{
	size_t i;

	if (!devices)
		return;
	for (i = 0; i < devices->count; i++)
		flavour_device_unref(devices->v[i].dev);
	if (devices->kept->data)
		devices->kept->free(devices->kept->data);
	free(devices->kept);
	free(devices->v);
	free(devices);
}
