// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who uses a device, and would be hurt if it were taken away. */
#include <ctype.h>
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

/* A framebuffer of the firmware's belongs to no PCI device, so any will do. */
static bool has_framebuffer(const struct flavour_ctx *ctx)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "class/graphics");
	struct strv names = { 0 };
	bool found = false;
	size_t i;

	list_dir(dir, &names);
	for (i = 0; i < names.count; i++)
		found |= starts_with(names.v[i], "fb") && isdigit((unsigned char)names.v[i][2]);
	strv_clear(&names);
	return found;
}

static bool connector_is_on(const char *drm, const char *card, const char *connector)
{
	AUTOFREE char *path = format("%s/%s/%s/enabled", drm, card, connector);
	AUTOFREE char *enabled = read_attr(path);

	return enabled && !strcmp(enabled, "enabled");
}

static bool has_active_connector(const struct flavour_device *dev)
{
	AUTOFREE char *drm = device_attr_path(dev, "drm");
	struct strv cards = { 0 }, entries = { 0 };
	bool found = false;
	size_t i, j;

	list_dir(drm, &cards);
	for (i = 0; i < cards.count; i++) {
		AUTOFREE char *card = format("%s/%s", drm, cards.v[i]);

		list_dir(card, &entries);
		for (j = 0; j < entries.count; j++)
			found |= connector_is_on(drm, cards.v[i], entries.v[j]);
		strv_clear(&entries);
	}
	strv_clear(&cards);
	return found;
}

static int add_display(struct flavour_uses *uses, struct flavour_device *dev)
{
	AUTOFREE char *path = device_attr_path(dev, "boot_vga");

	if (read_attr_int(path, 0) != 1 || device_has_vfio_driver(dev))
		return 0;
	if (!has_framebuffer(dev->ctx) && !has_active_connector(dev))
		return 0;
	return uses_add(uses, FLAVOUR_USE_DISPLAY, dev->address, 0,
			"%s is the boot display and the console is on it. Use another display, "
			"or claim it before its driver loads, by a rule.", dev->address);
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

int uses_of(struct flavour_device *dev, const struct flavour_devices *together,
	    struct openers *openers, struct flavour_uses **uses)
{
	int error;

	*uses = calloc(1, sizeof(**uses));
	if (!*uses)
		return -ENOMEM;
	error = add_vfs(*uses, dev);
	if (!error && openers)
		error = uses_add_vfio(*uses, dev, openers);
	if (!error)
		error = uses_add_disks(*uses, dev);
	if (!error)
		error = uses_add_netifs(*uses, dev);
	if (!error)
		error = add_display(*uses, dev);
	if (!error)
		error = add_group(*uses, dev, together);
	if (error) {
		flavour_uses_free(*uses);
		*uses = NULL;
	}
	return error;
}

API int flavour_uses_new(struct flavour_device *dev, struct flavour_uses **uses)
{
	struct openers openers = { 0 };
	int error = uses_of(dev, NULL, &openers, uses);

	openers_clear(&openers);
	return error ? ctx_oom(dev->ctx) : 0;
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
