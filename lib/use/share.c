// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Directories of a host's that are shared over virtio: such a mount is of no
 * disk, but a guest whose root it is would not survive the claim.
 */
#include <errno.h>
#include <string.h>

#include "use/mounts.h"

struct share {
	struct flavour_ctx *ctx;
	struct flavour_uses *uses;
	const struct mounts *mounts;
	const char *type;
	char *tag;		/* "" if any will do */
};

/* The mount tag that a device below this one has, if it is for that. */
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

/* As with disks, the copies that other namespaces have of our mounts go without saying. */
static int check_mounts(const struct share *share)
{
	struct mount_cursor cursor = { 0 };
	struct mount_line line;
	bool found = false;
	int error = 0;

	while (!error && mounts_next(share->mounts, &cursor, &line)) {
		AUTOFREE char *what = NULL;

		if (strcmp(line.type, share->type) || (line.pid && found) ||
		    (*share->tag && strcmp(share->tag, line.source)))
			continue;
		found = true;
		what = format("The share %s", line.source);
		error = what ? mounts_add_use(share->mounts, share->uses, line.source, what,
					      &line) : -ENOMEM;
	}
	return error;
}

static size_t count_9p_mounts(const struct mounts *mounts)
{
	struct mount_cursor cursor = { 0 };
	struct mount_line line;
	struct strv seen = { 0 };
	size_t count;

	while (mounts_next(mounts, &cursor, &line))
		if (!strcmp(line.type, "9p") && !strv_has(&seen, line.id))
			strv_add(&seen, line.id);
	count = seen.count;
	strv_clear(&seen);
	return count;
}

/* A layer below another file system is not in the list of mounts, but the kernel counts it. */
static int check_hidden_9p(const struct share *share)
{
	AUTOFREE char *dir = ctx_path(share->ctx, FLAVOUR_ROOT_SYSFS, "class/bdi");
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	size_t i, count = 0;

	for (i = 0; i < names.count; i++)
		count += starts_with(names.v[i], "9p-");
	strv_clear(&names);
	if ((!error || error == -ENOENT) && count <= count_9p_mounts(share->mounts))
		return 0;
	return uses_add(share->uses, FLAVOUR_USE_MOUNT, share->tag, 0,
			"A 9p share is mounted out of sight, below an overlay or in a mount "
			"namespace without processes, and it may be %s. Unmount it first: "
			"unbinding would wait for that.", share->tag);
}

int uses_add_shares(struct flavour_uses *uses, struct flavour_device *dev,
		    const struct mounts *mounts)
{
	struct share share = { .ctx = dev->ctx, .uses = uses, .mounts = mounts };
	AUTOFREE char *dir = device_attr_path(dev, "");
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	size_t i;

	for (i = 0; !error && i < names.count; i++) {
		AUTOFREE char *tag = starts_with(names.v[i], "virtio") ?
				     share_tag(dev, names.v[i], &share.type) : NULL;
		size_t before = uses->count;

		share.tag = tag;
		if (tag)
			error = check_mounts(&share);
		if (!error && tag && !strcmp(share.type, "9p") && uses->count == before)
			error = check_hidden_9p(&share);
	}
	strv_clear(&names);
	return error;
}
