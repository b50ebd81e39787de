// SPDX-License-Identifier: LGPL-2.1-or-later
/* What uses a device, and would break if the device were taken away. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

int uses_add(struct flavour_uses *uses, enum flavour_use_kind kind, const char *subject, int pid,
	     const char *fmt, ...)
{
	struct flavour_use **grown, *use = calloc(1, sizeof(*use));
	va_list args;

	grown = reallocarray(uses->v, uses->count + 1, sizeof(*grown));
	if (grown)
		uses->v = grown;
	if (!grown || !use)
		goto no_memory;
	use->kind = kind;
	use->pid = pid;
	use->subject = strdup(subject);
	va_start(args, fmt);
	if (vasprintf(&use->text, fmt, args) < 0)
		use->text = NULL;
	va_end(args);
	if (!use->subject || !use->text)
		goto no_memory;
	uses->v[uses->count++] = use;
	return 0;

no_memory:
	if (use) {
		free(use->subject);
		free(use->text);
	}
	free(use);
	return -ENOMEM;
}

/* The last one added, if what is mounted there is what the machine runs from. */
void uses_mark_vital(struct flavour_uses *uses, const char *where)
{
	if (uses->count && (!strcmp(where, "/") || !strcmp(where, "/usr")))
		uses->v[uses->count - 1]->vital = true;
}

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

/*
 * Returns a look that began after this call, made by any of the workers. Returns
 * with the lock taken.
 */
static struct openers *look_now(struct flavour_ctx *ctx)
{
	struct looks *looks = &ctx->looks;
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
	pthread_mutex_unlock(&dev->ctx->looks.lock);
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

/*
 * Who uses @dev, of which nothing was read before the caller's look_start(). Without
 * @openers the processes are looked at now.
 */
int uses_of(struct flavour_device *dev, const struct flavour_devices *together,
	    struct openers *openers, struct flavour_uses **uses)
{
	int error;

	*uses = calloc(1, sizeof(**uses));
	if (!*uses)
		return -ENOMEM;
	error = add_all(*uses, dev, together, openers);
	if (error) {
		flavour_uses_free(*uses);
		*uses = NULL;
	}
	return error;
}

/*
 * Use a fresh object: an attribute that the caller's object has cached may have
 * failed to be read.
 */
API int flavour_uses_new(struct flavour_device *dev, struct flavour_uses **uses)
{
	struct openers openers = { 0 };
	struct flavour_device *own;
	int error;

	*uses = NULL;
	look_start();
	error = device_alloc(dev->ctx, dev->address, &own);
	if (error)
		return error;
	error = uses_of(own, NULL, &openers, uses);
	openers_clear(&openers);
	flavour_device_unref(own);
	return error ? fail(&dev->ctx->err, -error, "Whether %s is in use is unknown: %s.",
			    dev->address, strerror(-error)) : 0;
}

API size_t flavour_uses_count(const struct flavour_uses *uses)
{
	return uses->count;
}

API const struct flavour_use *flavour_uses_get(const struct flavour_uses *uses, size_t index)
{
	return index < uses->count ? uses->v[index] : NULL;
}

API void flavour_uses_free(struct flavour_uses *uses)
{
	size_t i;

	if (!uses)
		return;
	for (i = 0; i < uses->count; i++) {
		free(uses->v[i]->text);
		free(uses->v[i]->subject);
		free(uses->v[i]);
	}
	free(uses->v);
	free(uses);
}

API enum flavour_use_kind flavour_use_kind(const struct flavour_use *use)
{
	return use->kind;
}

API const char *flavour_use_text(const struct flavour_use *use)
{
	return use->text;
}

API const char *flavour_use_subject(const struct flavour_use *use)
{
	return use->subject;
}

API bool flavour_use_is_vital(const struct flavour_use *use)
{
	return use->vital || use->kind == FLAVOUR_USE_ROUTE;
}

API int flavour_use_pid(const struct flavour_use *use)
{
	return use->pid;
}
