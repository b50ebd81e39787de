// SPDX-License-Identifier: LGPL-2.1-or-later
/* The devices a person means. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "device/device.h"

static const char *short_form(const char *address)
{
	return starts_with(address, "0000:") ? address + strlen("0000:") : address;
}

static int select_glob(const struct flavour_devices *all, const char *glob,
		       struct flavour_devices *found)
{
	int error = 0;
	size_t i;

	for (i = 0; error >= 0 && i < all->count; i++) {
		const char *address = all->v[i].dev->address;

		if (!fnmatch(glob, address, FNM_CASEFOLD) ||
		    !fnmatch(glob, short_form(address), FNM_CASEFOLD))
			error = flavour_devices_add(found, all->v[i].dev);
	}
	return error;
}

static bool full_address(const char *text, char *address)
{
	AUTOFREE char *longer = format("0000:%s", text);
	struct address parsed;

	if (!address_parse(text, &parsed) && (!longer || !address_parse(longer, &parsed)))
		return false;
	address_format(&parsed, address);
	return true;
}

static int select_address(const struct flavour_devices *all, const char *address,
			  struct flavour_devices *found)
{
	struct flavour_device *dev = flavour_devices_find(all, address);

	return dev ? flavour_devices_add(found, dev) : 0;
}

static int select_vfs(const struct flavour_devices *all, const char *text,
		      struct flavour_devices *found)
{
	char address[ADDRESS_SIZE];
	struct flavour_device *pf;
	const char *vf;
	unsigned int i;
	int error = 0;

	if (!full_address(text, address))
		return fail(&all->ctx->err, EINVAL, "\"vfs-of:\" needs the address of a PF, such "
			    "as vfs-of:0000:01:00.0; \"%s\" is not one.", text);
	pf = flavour_devices_find(all, address);
	for (i = 0; pf && error >= 0 && (vf = flavour_device_vf(pf, i)); i++)
		error = select_address(all, vf, found);
	return error;
}

/* VENDOR:DEVICE or VENDOR:DEVICE:SUBVENDOR:SUBDEVICE, of four digits each. */
static unsigned int parse_id(const char *text, uint32_t *part)
{
	unsigned int parts = 0;
	const char *end;

	while (parts < 4) {
		end = scan_hex(text, 4, &part[parts]);
		if (!end || end - text != 4 || (*end && *end != ':'))
			return 0;
		parts++;
		if (!*end)
			return parts == 2 || parts == 4 ? parts : 0;
		text = end + 1;
	}
	return 0;
}

static int select_id(const struct flavour_devices *all, const uint32_t *part, unsigned int parts,
		     struct flavour_devices *found)
{
	int error = 0;
	size_t i;

	for (i = 0; error >= 0 && i < all->count; i++) {
		const struct match_id *id = device_match_id(all->v[i].dev);

		if (id && !memcmp(id->field, part, parts * sizeof(*part)))
			error = flavour_devices_add(found, all->v[i].dev);
	}
	return error;
}

/* The innermost PCI device on the way to something below it. */
static struct flavour_device *owner_of(const struct flavour_devices *all, const char *class,
				       const char *name)
{
	AUTOFREE char *link = ctx_path(all->ctx, FLAVOUR_ROOT_SYSFS, "class/%s/%s", class, name);
	AUTOFREE char *real = link ? realpath(link, NULL) : NULL;
	struct flavour_device *dev = NULL;
	char *slash;

	while (real && !dev && (slash = strrchr(real, '/'))) {
		dev = flavour_devices_find(all, slash + 1);
		*slash = '\0';
	}
	return dev;
}

static bool in_class(const struct flavour_devices *all, const char *class, const char *name)
{
	AUTOFREE char *path = ctx_path(all->ctx, FLAVOUR_ROOT_SYSFS, "class/%s/%s", class, name);

	return path_exists(path);
}

static int select_netif(const struct flavour_devices *all, const char *name,
			struct flavour_devices *found)
{
	struct flavour_device *dev;

	if (!in_class(all, "net", name))
		return fail(&all->ctx->err, ENODEV,
			    "\"%s\" is not a network interface, address, ID or glob. "
			    "Devices are named as 0000:01:00.0, 01:00.0, 15b3:101e, eth2, "
			    "/dev/nvme0n1, vfs-of:01:00.0 or 0000:3b:*.", name);
	dev = owner_of(all, "net", name);
	if (!dev)
		return fail(&all->ctx->err, ENODEV, "The interface %s is not on a PCI device.",
			    name);
	return flavour_devices_add(found, dev);
}

/* Of multipath disks, only the controllers know. */
static int select_by_disk(const struct flavour_devices *all, const char *disk,
			  struct flavour_devices *found)
{
	int error = 0;
	size_t i;

	for (i = 0; error >= 0 && i < all->count; i++) {
		const struct match_id *id = device_match_id(all->v[i].dev);

		if (id && id->field[MATCH_BASE_CLASS] == 0x01 &&
		    strv_has(device_disks(all->v[i].dev), disk))
			error = flavour_devices_add(found, all->v[i].dev);
	}
	return error;
}

/* A partition's directory lies in that of its disk. */
static char *whole_disk(const struct flavour_devices *all, const char *name)
{
	AUTOFREE char *link = ctx_path(all->ctx, FLAVOUR_ROOT_SYSFS, "class/block/%s", name);
	AUTOFREE char *real = link ? realpath(link, NULL) : NULL;
	AUTOFREE char *partition = real ? format("%s/partition", real) : NULL;
	char *slash;

	if (!path_exists(partition))
		return strdup(name);
	slash = strrchr(real, '/');
	*slash = '\0';
	slash = strrchr(real, '/');
	return strdup(slash ? slash + 1 : real);
}

static int select_block(const struct flavour_devices *all, const char *name, unsigned int depth,
			struct flavour_devices *found)
{
	AUTOFREE char *slaves = ctx_path(all->ctx, FLAVOUR_ROOT_SYSFS, "class/block/%s/slaves",
					 name);
	struct flavour_device *dev = owner_of(all, "block", name);
	AUTOFREE char *disk = whole_disk(all, name);
	struct strv names = { 0 };
	int error = 0;
	size_t i;

	if (dev)
		return flavour_devices_add(found, dev);
	list_dir(slaves, &names);
	for (i = 0; depth && error >= 0 && i < names.count; i++)
		error = select_block(all, names.v[i], depth - 1, found);
	if (error >= 0 && !names.count && disk)
		error = select_by_disk(all, disk, found);
	strv_clear(&names);
	return error;
}

static int select_node(const struct flavour_devices *all, const char *path,
		       struct flavour_devices *found)
{
	AUTOFREE char *moved = starts_with(path, "/dev/") ?
		ctx_path(all->ctx, FLAVOUR_ROOT_DEV, "%s", path + strlen("/dev/")) : strdup(path);
	AUTOFREE char *real = moved ? realpath(moved, NULL) : NULL;
	const char *slash = strrchr(real ? real : path, '/');

	if (!slash[1] || !in_class(all, "block", slash + 1))
		return fail(&all->ctx->err, ENODEV, "\"%s\" is not a block device.", path);
	return select_block(all, slash + 1, 8, found);
}

static bool is_netif_name(const char *text)
{
	size_t len = strlen(text);

	return len && len < 16 && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@")] == '\0' &&
	       strcmp(text, ".") && strcmp(text, "..");
}

static int dispatch(const struct flavour_devices *all, const char *text,
		    struct flavour_devices *found)
{
	char address[ADDRESS_SIZE];
	uint32_t part[4];
	unsigned int parts;

	if (starts_with(text, "vfs-of:"))
		return select_vfs(all, text + strlen("vfs-of:"), found);
	if (*text == '/')
		return select_node(all, text, found);
	if (strpbrk(text, "*?["))
		return select_glob(all, text, found);
	if (full_address(text, address))
		return select_address(all, address, found);
	parts = parse_id(text, part);
	if (parts)
		return select_id(all, part, parts, found);
	if (is_netif_name(text))
		return select_netif(all, text, found);
	return fail(&all->ctx->err, EINVAL, "\"%.80s\" names no device. Write an address "
		    "(0000:01:00.0, 01:00.0), an ID (15b3:101e), an interface (eth2), a block "
		    "device (/dev/nvme0n1), vfs-of:01:00.0 or a glob (0000:3b:*).", text);
}

API int flavour_devices_select(const struct flavour_devices *all, const char *text,
			       struct flavour_devices **ret_found)
{
	struct flavour_devices *found;
	int error = flavour_devices_new_empty(all->ctx, &found);

	if (error)
		return error;
	error = dispatch(all, text, found);
	if (error >= 0 && !found->count)
		error = fail(&all->ctx->err, ENODEV, starts_with(text, "vfs-of:") ?
			     "\"%.80s\": there is no such device, or it has no VFs." :
			     "No device matches \"%.80s\".", text);
	if (error < 0) {
		flavour_devices_free(found);
		return error;
	}
	*ret_found = found;
	return 0;
}
