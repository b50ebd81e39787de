// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What uses the disks of a device: followed from a disk to its partitions, and
 * from each to what is built on it (dm, md, LVM, loop), up to mounts and swap.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "use/mounts.h"

#define MAX_DEPTH 16

struct walk {
	struct flavour_ctx *ctx;
	struct flavour_uses *uses;
	struct mounts mounts;
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

/* A missing directory is empty; one that can't be read is an error. */
static int list_present(const char *dir, struct strv *names)
{
	int error = list_dir(dir, names);

	return error == -ENOENT ? 0 : error;
}

static bool is_node_of(const char *source, const char *name, const char *dm_name)
{
	if (starts_with(source, "/dev/mapper/"))
		return dm_name && !strcmp(source + strlen("/dev/mapper/"), dm_name);
	return starts_with(source, "/dev/") && !strcmp(source + strlen("/dev/"), name);
}

/* Of what is absent nothing can be in use; of what can't be examined anything may be. */
static bool get_stat(const char *path, struct stat *st)
{
	if (!stat(path, st))
		return true;
	look_failed(errno);
	return false;
}

static bool node_has_number(const char *node, const char *number)
{
	char text[32];
	struct stat st;

	if (!starts_with(node, "/dev/") || !get_stat(node, &st) || !S_ISBLK(st.st_mode))
		return false;
	snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return !strcmp(text, number);
}

/* btrfs has an anonymous number for its mounts, and names one of its devices as their source. */
static int list_btrfs(const struct walk *walk, const char *name, struct strv *members)
{
	AUTOFREE char *dir = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "fs/btrfs");
	struct strv all = { 0 };
	int error = list_present(dir, &all);
	size_t i;

	for (i = 0; !error && i < all.count; i++) {
		AUTOFREE char *devices = format("%s/%s/devices", dir, all.v[i]);
		AUTOFREE char *own = format("%s/%s", devices, name);

		if (path_exists(own))
			error = list_present(devices, members);
	}
	strv_clear(&all);
	return error;
}

static bool is_member(const struct mount_line *line, const struct strv *members)
{
	size_t i;

	for (i = 0; !strcmp(line->type, "btrfs") && i < members->count; i++)
		if (is_node_of(line->source, members->v[i], NULL))
			return true;
	return false;
}

struct block {
	const char *name, *dm_name;
	char *number;
	struct strv btrfs;	/* the members of the file system that it is a member of */
	struct strv numbers;	/* of the file systems on it */
};

static bool mount_is_of(const struct block *block, const struct mount_line *line)
{
	if (block->number && (!strcmp(line->id, block->number) ||
			      node_has_number(line->source, block->number)))
		return true;
	return is_node_of(line->source, block->name, block->dm_name) ||
	       is_member(line, &block->btrfs);
}

/* Most other namespaces have copies of our mounts, which need not be reported again. */
static void check_mounts(struct walk *walk, struct block *block)
{
	const char *what = block->dm_name ? block->dm_name : block->name;
	struct mount_cursor cursor = { 0 };
	struct mount_line line;

	while (!walk->error && mounts_next(&walk->mounts, &cursor, &line)) {
		if (!mount_is_of(block, &line) || (line.pid && block->numbers.count))
			continue;
		walk->error = mounts_add_use(&walk->mounts, walk->uses, walk->disk, what, &line);
		if (!walk->error)
			walk->error = strv_add(&block->numbers, line.id);
	}
}

/* A file's number is that of the file system it is on. */
static bool swap_is_on(const struct block *block, const char *source)
{
	char text[32];
	struct stat st;

	if (is_node_of(source, block->name, block->dm_name) ||
	    (block->number && node_has_number(source, block->number)))
		return true;
	if (*source != '/' || !get_stat(source, &st) || !S_ISREG(st.st_mode))
		return false;
	snprintf(text, sizeof(text), "%u:%u", major(st.st_dev), minor(st.st_dev));
	return strv_has(&block->numbers, text) || (block->number && !strcmp(text, block->number));
}

static void check_swap(struct walk *walk, const struct block *block)
{
	const char *text = walk->mounts.swaps ? walk->mounts.swaps : "";
	char source[512];

	while (*text && !walk->error) {
		AUTOFREE char *line = next_line(&text);

		if (!line || sscanf(line, "%511s", source) != 1)
			continue;
		unescape(source);
		if (swap_is_on(block, source))
			walk->error = uses_add(walk->uses, FLAVOUR_USE_SWAP, walk->disk, 0,
					       "%s holds swap in use. Turn it off first "
					       "(swapoff %s).",
					       block->dm_name ? block->dm_name : block->name,
					       source);
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
	if (starts_with(holder, "loop"))
		return format(" (losetup -d /dev/%s)", holder);
	return starts_with(holder, "md") ? format(" (mdadm --stop /dev/%s)", holder) : strdup("");
}

/* A holder without a mount is a use as well: an LVM volume in use by a guest, say. */
static void add_holder(struct walk *walk, const char *name, const char *holder, unsigned int depth)
{
	AUTOFREE char *dm_name = block_attr(walk, holder, "dm/name");
	AUTOFREE char *dm_uuid = block_attr(walk, holder, "dm/uuid");
	AUTOFREE char *stop = stop_command(holder, dm_name, dm_uuid);
	const char *shown = dm_name ? dm_name : holder;

	walk->error = uses_add(walk->uses, FLAVOUR_USE_HOLDER, walk->disk, 0,
			       "%s is part of %s. Stop %s first%s.", name, shown, shown,
			       stop ? stop : "");
	if (!walk->error)
		walk_block(walk, holder, depth + 1);
}

static void walk_holders(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = block_path(walk, name, "holders");
	struct strv holders = { 0 };
	size_t i;

	walk->error = list_present(dir, &holders);
	for (i = 0; !walk->error && i < holders.count; i++)
		add_holder(walk, name, holders.v[i], depth);
	strv_clear(&holders);
}

/*
 * The name that it was opened by may be of another namespace; the kernel knows
 * the device number.
 */
static int ask_loop(const struct walk *walk, const char *loop, char *number, size_t size)
{
	AUTOFREE char *node = ctx_path(walk->ctx, FLAVOUR_ROOT_DEV, "%s", loop);
	int error = 0, fd = node ? open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	struct loop_info64 info = { 0 };

	if (fd < 0)
		return node ? -errno : -ENOMEM;
	if (ioctl(fd, LOOP_GET_STATUS64, &info))
		error = errno == ENXIO ? 0 : -errno;
	close(fd);
	snprintf(number, size, "%u:%u", major(info.lo_rdevice), minor(info.lo_rdevice));
	return error;
}

/* A loop device over a disk is no holder of it. */
static bool loop_is_on(struct walk *walk, const char *loop, const char *name)
{
	AUTOFREE char *file = block_attr(walk, loop, "loop/backing_file");
	AUTOFREE char *number = block_attr(walk, name, "dev");
	char backing[32];

	if (!file)
		return false;
	if (is_node_of(file, name, NULL))
		return true;
	if (!number || ctx_is_moved(walk->ctx, FLAVOUR_ROOT_DEV))
		return false;
	walk->error = ask_loop(walk, loop, backing, sizeof(backing));
	return !walk->error && !strcmp(backing, number);
}

static void walk_loops(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/block");
	struct strv names = { 0 };
	size_t i;

	walk->error = list_present(dir, &names);
	for (i = 0; !walk->error && i < names.count; i++)
		if (starts_with(names.v[i], "loop") && loop_is_on(walk, names.v[i], name))
			add_holder(walk, name, names.v[i], depth);
	strv_clear(&names);
}

static void walk_partitions(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = block_path(walk, name, "");
	struct strv entries = { 0 };
	size_t i;

	walk->error = list_present(dir, &entries);
	for (i = 0; !walk->error && i < entries.count; i++) {
		AUTOFREE char *path = format("%s%s/partition", dir, entries.v[i]);

		if (path_exists(path))
			walk_block(walk, entries.v[i], depth + 1);
	}
	strv_clear(&entries);
}

static void check_block(struct walk *walk, const char *name)
{
	AUTOFREE char *dm_name = block_attr(walk, name, "dm/name");
	struct block block = { .name = name, .dm_name = dm_name };

	block.number = block_attr(walk, name, "dev");
	walk->error = list_btrfs(walk, name, &block.btrfs);
	check_mounts(walk, &block);
	check_swap(walk, &block);
	if (!walk->error)
		check_zfs(walk, name);
	free(block.number);
	strv_clear(&block.btrfs);
	strv_clear(&block.numbers);
}

static void walk_block(struct walk *walk, const char *name, unsigned int depth)
{
	if (depth > MAX_DEPTH || walk->error || strv_has(&walk->seen, name))
		return;
	walk->error = strv_add(&walk->seen, name);
	if (!walk->error)
		check_block(walk, name);
	if (!walk->error)
		walk_holders(walk, name, depth);
	if (!walk->error)
		walk_loops(walk, name, depth);
	if (!walk->error)
		walk_partitions(walk, name, depth);
}

/* An exclusive open asks the kernel itself, for users that none of the above finds. */
static int ask_exclusive(const struct walk *walk, const char *name)
{
	AUTOFREE char *node = ctx_path(walk->ctx, FLAVOUR_ROOT_DEV, "%s", name);
	int fd, error;

	/* On a moved root there are no nodes. */
	if (ctx_is_moved(walk->ctx, FLAVOUR_ROOT_DEV))
		return 0;
	fd = node ? open(node, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC) : -1;
	error = node ? errno : ENOMEM;
	if (fd >= 0)
		close(fd);
	return fd >= 0 || error == ENOMEDIUM ? 0 : -error;
}

/* Open the whole disk: this also fails if a partition is in use. */
static void check_exclusive(struct walk *walk, const char *disk)
{
	int error = ask_exclusive(walk, disk);

	if (error == -EBUSY)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_EXCLUSIVE, disk, 0,
				       "/dev/%s is open exclusively: by a file system in another "
				       "mount namespace, a volume manager, or a guest. "
				       "Find it with lsof or lsblk.", disk);
	else if (error)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_UNKNOWN, disk, 0,
				       "Whether /dev/%s is in use is unknown: %s. It counts "
				       "as in use. Run this as root, with the host's /dev.", disk,
				       strerror(-error));
}

static void walk_disk(struct walk *walk, const char *disk)
{
	size_t before = walk->uses->count;

	walk->disk = disk;
	walk_block(walk, disk, 0);
	if (!walk->error && walk->uses->count == before)
		check_exclusive(walk, disk);
}

static bool is_virtio(struct flavour_device *dev)
{
	const struct match_id *id = device_match_id(dev);

	return id && id->field[MATCH_VENDOR] == 0x1af4;
}

int uses_add_disks(struct flavour_uses *uses, struct flavour_device *dev)
{
	struct walk walk = { .ctx = dev->ctx, .uses = uses };
	const struct strv *disks = device_disks(dev);
	size_t i;

	if (!disks->count && !is_virtio(dev))
		return 0;
	mounts_read(&walk.mounts, dev->ctx);
	for (i = 0; i < disks->count && !walk.error; i++)
		walk_disk(&walk, disks->v[i]);
	if (!walk.error && is_virtio(dev))
		walk.error = uses_add_shares(uses, dev, &walk.mounts);
	if (!walk.error && walk.mounts.error)
		walk.error = uses_add(uses, FLAVOUR_USE_UNKNOWN, dev->address, 0,
				      "Not all mounts can be read: %s. One may be of %s, so it "
				      "counts as in use. Run this as root, with the host's /proc.",
				      strerror(-walk.mounts.error), dev->address);
	strv_clear(&walk.seen);
	mounts_clear(&walk.mounts);
	return walk.error;
}
