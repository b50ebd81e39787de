// SPDX-License-Identifier: LGPL-2.1-or-later
/* What uses a device, and would break if the device were taken away. */
#include <errno.h>
#include <string.h>

#include "use/use.h"

static int add_vfs(struct flavour_uses *uses, struct flavour_device *dev)
{
	unsigned int vfs = flavour_device_num_vfs(dev);

	if (!vfs)
		return 0;
	return uses_add(uses, FLAVOUR_USE_VFS, dev->address, 0,
			"%s has %u VFs, which would go with it. Disable them first "
			"(echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs), or use the VFs "
			"(vfs-of:%s).", dev->address, vfs, dev->address, dev->address);
}

static int add_member(struct flavour_uses *uses, struct flavour_device *dev, const char *address)
{
	struct flavour_device *member;
	int error = device_alloc(dev->ctx, address, &member);

	if (error)
		return error;
	if (!flavour_device_is_bridge(member) && group_member_blocks(member))
		error = uses_add(uses, FLAVOUR_USE_GROUP, address, 0,
				 "%s is in the same IOMMU group (%d) and bound to %s, so user "
				 "space can't have %s. Take the group along, or give %s the "
				 "flavour vfio or none, too.", address, flavour_device_group(dev),
				 flavour_device_driver(member), dev->address, address);
	flavour_device_unref(member);
	return error;
}

static int add_group(struct flavour_uses *uses, struct flavour_device *dev,
		     const struct flavour_devices *together)
{
	AUTOFREE char *dir = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS,
				      "kernel/iommu_groups/%d/devices", flavour_device_group(dev));
	struct strv names = { 0 };
	int error = 0;
	size_t i;

	if (flavour_device_group(dev) >= 0)
		list_dir(dir, &names);
	for (i = 0; !error && i < names.count; i++)
		if (strcmp(names.v[i], dev->address) &&
		    !(together && flavour_devices_find(together, names.v[i])))
			error = add_member(uses, dev, names.v[i]);
	strv_clear(&names);
	return error;
}

/* Something could not be read: that may be what uses the device. */
static int add_unseen(struct flavour_uses *uses, struct flavour_device *dev)
{
	if (!look_error())
		return 0;
	return uses_add(uses, FLAVOUR_USE_UNKNOWN, dev->address, 0,
			"Not everything that may use %s can be examined (%s), so it counts as in "
			"use. Run this as root, with /proc and /sys mounted.", dev->address,
			strerror(-look_error()));
}

struct looks *looks_new(void)
{
	struct looks *looks = calloc(1, sizeof(*looks));

	if (!looks)
		return NULL;
	pthread_mutex_init(&looks->lock, NULL);
	pthread_cond_init(&looks->ended_one, NULL);
	return looks;
}

void looks_free(struct looks *looks)
{
	if (!looks)
		return;
	openers_clear(&looks->openers);
	pthread_cond_destroy(&looks->ended_one);
	pthread_mutex_destroy(&looks->lock);
	free(looks);
}

/*
 * Returns a look that began after this call, made by any of the workers. Returns
 * with the lock taken.
 */
static struct openers *look_now(struct flavour_ctx *ctx)
{
	struct looks *looks = ctx->looks;
	unsigned long wanted;

	pthread_mutex_lock(&looks->lock);
	wanted = looks->begun + 1;
	while (looks->ended < wanted) {
		struct openers fresh = { 0 };

		if (looks->begun != looks->ended) {
			pthread_cond_wait(&looks->ended_one, &looks->lock);
			continue;
		}
		looks->begun++;
		pthread_mutex_unlock(&looks->lock);
		openers_look(&fresh, ctx);
		pthread_mutex_lock(&looks->lock);
		openers_clear(&looks->openers);
		looks->openers = fresh;
		looks->ended = looks->begun;
		pthread_cond_broadcast(&looks->ended_one);
	}
	return &looks->openers;
}

static int add_openers(struct flavour_uses *uses, struct flavour_device *dev,
		       struct openers *openers)
{
	int error;

	if (openers)
		return uses_add_openers(uses, dev, openers);
	error = uses_add_openers(uses, dev, look_now(dev->ctx));
	pthread_mutex_unlock(&dev->ctx->looks->lock);
	return error;
}

static int add_all(struct flavour_uses *uses, struct flavour_device *dev,
		   const struct flavour_devices *together, struct openers *openers)
{
	int error = add_vfs(uses, dev);

	if (!error)
		error = uses_add_disks(uses, dev);
	if (!error)
		error = uses_add_netifs(uses, dev);
	if (!error)
		error = uses_add_display(uses, dev, together);
	if (!error)
		error = uses_add_keyboard(uses, dev, together);
	if (!error)
		error = add_openers(uses, dev, openers);
	if (!error)
		error = add_group(uses, dev, together);
	return error ? error : add_unseen(uses, dev);
}

static void free_openers(void *data)
{
	openers_clear(data);
	free(data);
}

/* One look for all plans that are made together; NULL if there is no memory for it. */
struct openers *openers_of(const struct flavour_devices *together)
{
	struct kept *kept = together->kept;

	if (!kept->data)
		*kept = (struct kept){ calloc(1, sizeof(struct openers)), free_openers };
	return kept->data;
}

/*
 * Who uses @dev, of which nothing was read before the caller's look_start(). Without
 * @openers the processes are looked at now.
 */
int uses_of(struct flavour_device *dev, const struct flavour_devices *together,
	    struct openers *openers, struct flavour_uses **ret_uses)
{
	struct flavour_uses *uses = calloc(1, sizeof(*uses));
	int error;

	if (!uses)
		return -ENOMEM;
	error = add_all(uses, dev, together, openers);
	if (error)
		flavour_uses_free(uses);
	else
		*ret_uses = uses;
	return error;
}

/*
 * Use a fresh object: an attribute that the caller's object has cached may have
 * failed to be read.
 */
API int flavour_uses_new(struct flavour_device *dev, struct flavour_uses **ret_uses)
{
	struct openers openers = { 0 };
	struct flavour_device *own;
	int error;

	look_start();
	error = device_alloc(dev->ctx, dev->address, &own);
	if (error)
		return error;
	error = uses_of(own, NULL, &openers, ret_uses);
	openers_clear(&openers);
	flavour_device_unref(own);
	return error ? fail(&dev->ctx->err, -error, "Whether %s is in use is unknown: %s.",
			    dev->address, strerror(-error)) : 0;
}
