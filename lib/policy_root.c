// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In an initramfs the root file system is not mounted yet, and its disk has no
 * user. Then root= of the kernel command line has to tell: by a node that is
 * there already, or else by the kind of controller it must be on. The last one
 * of that kind is not taken.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "set.h"

static char *read_proc(const struct flavour_ctx *ctx, const char *name)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%s", name);

	return read_text(path, NULL);
}

/* The last line for "/" is what holds: is it the initramfs? */
static bool is_pending(const struct flavour_ctx *ctx)
{
	AUTOFREE char *mounts = read_proc(ctx, "self/mountinfo");
	char *save = NULL, *line = mounts ? strtok_r(mounts, "\n", &save) : NULL;
	char where[8], type[16];
	bool pending = false;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		const char *tail = strstr(line, " - ");

		if (!tail || sscanf(line, "%*s %*s %*s %*s %7s", where) != 1 || strcmp(where, "/"))
			continue;
		pending = sscanf(tail, " - %15s", type) == 1 &&
			  (!strcmp(type, "rootfs") || !strcmp(type, "tmpfs") ||
			   !strcmp(type, "ramfs"));
	}
	return pending;
}

/* As the kernel has it, the last root= counts. NULL if there is none. */
static char *root_argument(const struct flavour_ctx *ctx)
{
	AUTOFREE char *text = read_proc(ctx, "cmdline");
	char *save = NULL, *word = text ? strtok_r(text, " \n", &save) : NULL;
	const char *root = NULL;

	for (; word; word = strtok_r(NULL, " \n", &save))
		if (starts_with(word, "root="))
			root = word + strlen("root=");
	return root && *root ? strdup(root) : NULL;
}

static char *to_node(const char *root)
{
	static const char *const tags[][2] = {
		{ "UUID=", "uuid" }, { "LABEL=", "label" }, { "PARTUUID=", "partuuid" },
		{ "PARTLABEL=", "partlabel" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (starts_with(root, tags[i][0]))
			return format("/dev/disk/by-%s/%s", tags[i][1],
				      root + strlen(tags[i][0]));
	return strdup(root);
}

static bool is_storage(const uint32_t *field)
{
	return field[MATCH_BASE_CLASS] == 0x01 ||
	       (field[MATCH_BASE_CLASS] == 0x08 && field[MATCH_SUB_CLASS] == 0x05);
}

/* Is it of the kind that root= needs? */
static bool could_hold(const char *root, struct flavour_device *dev)
{
	const struct match_id *id = device_match_id(dev);

	if (!id)
		return false;
	if (starts_with(root, "/dev/nvme"))
		return id->field[MATCH_BASE_CLASS] == 0x01 && id->field[MATCH_SUB_CLASS] == 0x08;
	if (starts_with(root, "/dev/vd"))
		return id->field[MATCH_VENDOR] == 0x1af4 && is_storage(id->field);
	if (starts_with(root, "/dev/mmcblk"))
		return id->field[MATCH_BASE_CLASS] == 0x08 && id->field[MATCH_SUB_CLASS] == 0x05;
	if (starts_with(root, "/dev/nfs") || starts_with(root, "nfs:"))
		return id->field[MATCH_BASE_CLASS] == 0x02;
	return is_storage(id->field);
}

static bool policy_takes(const struct flavour_policy *policy, struct flavour_device *dev)
{
	const struct flavour_rule *rule = flavour_policy_match(policy, dev);

	return rule && rule->flavour != FLAVOUR_NATIVE;
}

static bool another_is_left(const struct flavour_policy *policy, const struct flavour_devices *all,
			    const char *root)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (could_hold(root, all->v[i].dev) && !policy_takes(policy, all->v[i].dev))
			return true;
	return false;
}

static void refuse(struct flavour_plan *plan, const char *why, const char *root)
{
	plan->result = fail(&plan->err, EBUSY, "%s %s (root=%s), which is not mounted yet. Take "
			    "%s out of the rule, or put a native rule for it before.",
			    plan->dev->address, why, root, plan->dev->address);
}

static void check_plans(const struct flavour_policy *policy, const struct flavour_devices *all,
			const char *root, struct flavour_plan *const *plans, size_t count)
{
	AUTOFREE char *node = to_node(root);
	struct flavour_devices *known = NULL;
	bool left = false;
	size_t i;

	if (!node || !starts_with(node, "/dev/") || flavour_devices_select(all, node, &known)) {
		known = NULL;
		left = another_is_left(policy, all, root);
	}
	for (i = 0; i < count; i++) {
		struct flavour_plan *plan = plans[i];

		if (plan->result || plan->noop || plan->flavour == FLAVOUR_NATIVE)
			continue;
		if (known && flavour_devices_find(known, plan->dev->address))
			refuse(plan, "holds the root file system", root);
		else if (!known && !left && could_hold(root, plan->dev))
			refuse(plan, "is one of the last that could hold the root file system",
			       root);
	}
	flavour_devices_free(known);
}

/* Refuses the plans that would take the root file system away before it is mounted. */
int policy_check_root(const struct flavour_policy *policy, struct flavour_plan *const *plans,
		      size_t count)
{
	AUTOFREE char *root = NULL;
	struct flavour_devices *all;
	int error;

	if (!count || !is_pending(policy->ctx))
		return 0;
	root = root_argument(policy->ctx);
	if (!root)
		return 0;
	error = flavour_devices_new(policy->ctx, &all);
	if (error)
		return error;
	check_plans(policy, all, root, plans, count);
	flavour_devices_free(all);
	return 0;
}
