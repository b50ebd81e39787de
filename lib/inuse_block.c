// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who uses the disks of a device: followed from a disk to its partitions, and
 * from each to what is built on it (dm, md, LVM), up to mounts and swap.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

#define MAX_DEPTH 16

struct walk {
	struct flavour_ctx *ctx;
	struct flavour_uses *uses;
	char *mounts, *swaps;
	struct strv seen;
	const char *disk;
	int error;
};

static char *block_path(const struct walk *walk, const char *name, const char *attr)
{
	return ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/block/%s/%s", name, attr);
}

static char *block_attr(const struct walk *walk, const char *name, const char *attr)
{
	AUTOFREE char *path = block_path(walk, name, attr);

	return read_attr(path);
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && isdigit((unsigned char)s[2]) &&
		    isdigit((unsigned char)s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool is_node_of(const char *source, const char *name, const char *dm_name)
{
	if (starts_with(source, "/dev/mapper/"))
		return dm_name && !strcmp(source + strlen("/dev/mapper/"), dm_name);
	return starts_with(source, "/dev/") && !strcmp(source + strlen("/dev/"), name);
}

/* btrfs mounts have a device number of their own: there the source must tell. */
static bool mount_is_of(const char *line, const char *number, const char *name,
			const char *dm_name, char *where)
{
	char id[32], source[512];
	const char *tail = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %31s %*s %511s", id, where) != 2)
		return false;
	if (number && !strcmp(id, number))
		return true;
	return tail && sscanf(tail, " - %*s %511s", source) == 1 &&
	       is_node_of(source, name, dm_name);
}

static char *next_line(const char **text)
{
	const char *end = strchrnul(*text, '\n');
	char *line = format("%.*s", (int)(end - *text), *text);

	*text = *end ? end + 1 : end;
	return line;
}

static void check_mounts(struct walk *walk, const char *name, const char *dm_name)
{
	AUTOFREE char *number = block_attr(walk, name, "dev");
	const char *text = walk->mounts ? walk->mounts : "";
	char where[512];

	while (*text && !walk->error) {
		AUTOFREE char *line = next_line(&text);

		if (!line || !mount_is_of(line, number, name, dm_name, where))
			continue;
		unescape(where);
		walk->error = uses_add(walk->uses, FLAVOUR_USE_MOUNT, walk->disk, 0,
				       "%s is mounted at %s. Unmount it first (umount %s).",
				       dm_name ? dm_name : name, where, where);
		if (!walk->error)
			uses_mark_vital(walk->uses, where);
	}
}

static void check_swap(struct walk *walk, const char *name, const char *dm_name)
{
	const char *text = walk->swaps ? walk->swaps : "";
	char source[512];

	while (*text && !walk->error) {
		AUTOFREE char *line = next_line(&text);

		if (!line || sscanf(line, "%511s", source) != 1)
			continue;
		unescape(source);
		if (is_node_of(source, name, dm_name))
			walk->error = uses_add(walk->uses, FLAVOUR_USE_SWAP, walk->disk, 0,
					       "%s holds swap in use. Turn it off first "
					       "(swapoff %s).", dm_name ? dm_name : name, source);
	}
}

static char *udev_property(const char *record, const char *key)
{
	const char *at = record ? strstr(record, key) : NULL;

	if (!at || (at != record && at[-1] != '\n'))
		return NULL;
	at += strlen(key);
	return format("%.*s", (int)strcspn(at, "\n"), at);
}

/* udev knows a ZFS member and its pool; /proc/spl knows the pools imported. */
static void check_zfs(struct walk *walk, const char *name)
{
	AUTOFREE char *number = block_attr(walk, name, "dev");
	AUTOFREE char *path = number ? ctx_path(walk->ctx, FLAVOUR_ROOT_RUN, "udev/data/b%s",
						number) : NULL;
	AUTOFREE char *record = read_text(path, NULL);
	AUTOFREE char *type = udev_property(record, "E:ID_FS_TYPE=");
	AUTOFREE char *pool = udev_property(record, "E:ID_FS_LABEL=");
	AUTOFREE char *state = NULL;

	if (!type || !pool || strcmp(type, "zfs_member") || strchr(pool, '/'))
		return;
	state = ctx_path(walk->ctx, FLAVOUR_ROOT_PROC, "spl/kstat/zfs/%s", pool);
	if (path_exists(state))
		walk->error = uses_add(walk->uses, FLAVOUR_USE_ZFS, walk->disk, 0,
				       "%s is in the imported ZFS pool %s. Export it first "
				       "(zpool export %s).", name, pool, pool);
}

static void walk_block(struct walk *walk, const char *name, unsigned int depth);

/* How to stop a holder, to be freed: makers of device-mapper devices mark them as their own. */
static char *stop_command(const char *holder, const char *dm_name, const char *dm_uuid)
{
	static const char *const makers[][2] = {
		{ "LVM-", "lvchange -an /dev/mapper/" },
		{ "CRYPT-", "cryptsetup close " },
		{ "mpath-", "multipath -f " },
	};
	size_t i;

	for (i = 0; dm_name && dm_uuid && i < ARRAY_LEN(makers); i++)
		if (starts_with(dm_uuid, makers[i][0]))
			return format(" (%s%s)", makers[i][1], dm_name);
	if (dm_name)
		return format(" (dmsetup remove %s)", dm_name);
	return starts_with(holder, "md") ? format(" (mdadm --stop /dev/%s)", holder) : strdup("");
}

/* A holder without a mount is a use as well: an LVM volume in use by a guest, say. */
static void walk_holders(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = block_path(walk, name, "holders");
	struct strv holders = { 0 };
	size_t i;

	list_dir(dir, &holders);
	for (i = 0; !walk->error && i < holders.count; i++) {
		AUTOFREE char *dm_name = block_attr(walk, holders.v[i], "dm/name");
		AUTOFREE char *dm_uuid = block_attr(walk, holders.v[i], "dm/uuid");
		AUTOFREE char *stop = stop_command(holders.v[i], dm_name, dm_uuid);
		const char *holder = dm_name ? dm_name : holders.v[i];

		walk->error = uses_add(walk->uses, FLAVOUR_USE_HOLDER, walk->disk, 0,
				       "%s is part of %s. Stop %s first%s.", name, holder,
				       holder, stop ? stop : "");
		if (!walk->error)
			walk_block(walk, holders.v[i], depth + 1);
	}
	strv_clear(&holders);
}

static void walk_partitions(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = block_path(walk, name, "");
	struct strv entries = { 0 };
	size_t i;

	list_dir(dir, &entries);
	for (i = 0; !walk->error && i < entries.count; i++) {
		AUTOFREE char *path = format("%s%s/partition", dir, entries.v[i]);

		if (path_exists(path))
			walk_block(walk, entries.v[i], depth + 1);
	}
	strv_clear(&entries);
}

static void walk_block(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dm_name = block_attr(walk, name, "dm/name");

	if (depth > MAX_DEPTH || walk->error || strv_has(&walk->seen, name))
		return;
	walk->error = strv_add(&walk->seen, name);
	if (!walk->error)
		check_mounts(walk, name, dm_name);
	if (!walk->error)
		check_swap(walk, name, dm_name);
	if (!walk->error)
		check_zfs(walk, name);
	walk_holders(walk, name, depth);
	walk_partitions(walk, name, depth);
}

/* The kernel's own answer, for users that none of the above knows. */
static bool is_exclusive(const struct walk *walk, const char *name)
{
	AUTOFREE char *node = ctx_path(walk->ctx, FLAVOUR_ROOT_DEV, "%s", name);
	int fd, error = 0;
	struct stat st;

	if (!node || stat(node, &st) || !S_ISBLK(st.st_mode))
		return false;
	fd = open(node, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		error = errno;
	else
		close(fd);
	return error == EBUSY;
}

static void walk_disk(struct walk *walk, const char *disk)
{
	size_t before = walk->uses->count;

	walk->disk = disk;
	walk_block(walk, disk, 0);
	if (!walk->error && walk->uses->count == before && is_exclusive(walk, disk))
		walk->error = uses_add(walk->uses, FLAVOUR_USE_EXCLUSIVE, disk, 0,
				       "Somebody has /dev/%s open exclusively: a file system in "
				       "another mount namespace, a volume manager, a guest. Find "
				       "it with lsof or lsblk.", disk);
}

/* The mount tag of a host's directory that is shared over virtio; "" if any will do. */
static char *share_tag(const struct flavour_device *dev, const char *child, const char **type)
{
	AUTOFREE char *tag = format("%s/mount_tag", child);
	AUTOFREE char *driver = format("%s/driver", child);
	AUTOFREE char *tag_path = tag ? device_attr_path(dev, tag) : NULL;
	AUTOFREE char *driver_path = driver ? device_attr_path(dev, driver) : NULL;
	AUTOFREE char *name = link_base(driver_path);

	*type = "9p";
	if (path_exists(tag_path))
		return read_attr(tag_path);
	*type = "virtiofs";
	return name && !strcmp(name, "virtiofs") ? format("%s", "") : NULL;
}

/* Such a mount is of no disk: a guest whose root it is would not survive the claim. */
static void check_share(struct walk *walk, const char *tag, const char *type)
{
	const char *text = walk->mounts ? walk->mounts : "";
	char where[512], fs[64], source[512];

	while (*text && !walk->error) {
		AUTOFREE char *line = next_line(&text);
		const char *tail = line ? strstr(line, " - ") : NULL;

		if (!tail || sscanf(tail, " - %63s %511s", fs, source) != 2 || strcmp(fs, type) ||
		    (*tag && strcmp(tag, source)) ||
		    sscanf(line, "%*s %*s %*s %*s %511s", where) != 1)
			continue;
		unescape(where);
		walk->error = uses_add(walk->uses, FLAVOUR_USE_MOUNT, source, 0,
				       "The share %s is mounted at %s. Unmount it first "
				       "(umount %s).", source, where, where);
		if (!walk->error)
			uses_mark_vital(walk->uses, where);
	}
}

static size_t count_9p_mounts(const struct walk *walk)
{
	const char *text = walk->mounts ? walk->mounts : "";
	struct strv seen = { 0 };
	size_t count;
	char id[32];

	while (*text) {
		AUTOFREE char *line = next_line(&text);

		if (line && strstr(line, " - 9p ") && sscanf(line, "%*s %*s %31s", id) == 1 &&
		    !strv_has(&seen, id))
			strv_add(&seen, id);
	}
	count = seen.count;
	strv_clear(&seen);
	return count;
}

/* A layer below another file system is not in the list of mounts, but the kernel counts it. */
static void check_hidden_9p(struct walk *walk, const char *tag)
{
	AUTOFREE char *dir = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/bdi");
	struct strv names = { 0 };
	size_t i, count = 0;

	list_dir(dir, &names);
	for (i = 0; i < names.count; i++)
		count += starts_with(names.v[i], "9p-");
	strv_clear(&names);
	if (!walk->error && count > count_9p_mounts(walk))
		walk->error = uses_add(walk->uses, FLAVOUR_USE_MOUNT, tag, 0,
				       "A 9p share is mounted out of sight, below an overlay or in "
				       "another mount namespace, and it may be %s. Unmount it "
				       "first: unbinding would wait for that.", tag);
}

static void walk_shares(struct walk *walk, struct flavour_device *dev)
{
	AUTOFREE char *dir = device_attr_path(dev, "");
	struct strv names = { 0 };
	const char *type;
	size_t i;

	list_dir(dir, &names);
	for (i = 0; !walk->error && i < names.count; i++) {
		AUTOFREE char *tag = starts_with(names.v[i], "virtio") ?
				     share_tag(dev, names.v[i], &type) : NULL;
		size_t before = walk->uses->count;

		if (tag)
			check_share(walk, tag, type);
		if (tag && !strcmp(type, "9p") && walk->uses->count == before)
			check_hidden_9p(walk, tag);
	}
	strv_clear(&names);
}

static bool is_virtio(struct flavour_device *dev)
{
	const struct match_id *id = device_match_id(dev);

	return id && id->field[MATCH_VENDOR] == 0x1af4;
}

int uses_add_disks(struct flavour_uses *uses, struct flavour_device *dev)
{
	struct walk walk = { .ctx = dev->ctx, .uses = uses };
	const char *const *disk = flavour_device_disks(dev);
	AUTOFREE char *mounts = NULL;
	AUTOFREE char *swaps = NULL;

	if (!*disk && !is_virtio(dev))
		return 0;
	mounts = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC, "self/mountinfo");
	swaps = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC, "swaps");
	walk.mounts = read_text(mounts, NULL);
	walk.swaps = read_text(swaps, NULL);
	for (; *disk && !walk.error; disk++)
		walk_disk(&walk, *disk);
	if (is_virtio(dev))
		walk_shares(&walk, dev);
	strv_clear(&walk.seen);
	free(walk.mounts);
	free(walk.swaps);
	return walk.error;
}
