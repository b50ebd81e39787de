// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices that the operands mean. */
#include <errno.h>

#include "ctl.h"

int ctl_devices(struct ctl *ctl)
{
	if (!ctl->all && flavour_devices_new(ctl->ctx, &ctl->all))
		return complain_ctx(ctl);
	return CTL_DONE;
}

/* Groups come in the order of their numbers. */
struct flavour_group *ctl_group(struct ctl *ctl, int number)
{
	size_t low = 0, high, middle;
	struct flavour_group *group;

	if (!ctl->groups && flavour_groups_new(ctl->all, &ctl->groups))
		return NULL;
	high = flavour_groups_count(ctl->groups);
	while (low < high) {
		middle = low + (high - low) / 2;
		group = flavour_groups_get(ctl->groups, middle);
		if (flavour_group_number(group) == number)
			return group;
		if (flavour_group_number(group) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int merge(struct flavour_devices *into, const struct flavour_devices *from)
{
	size_t i;

	for (i = 0; i < flavour_devices_count(from); i++)
		if (flavour_devices_add(into, flavour_devices_get(from, i)) < 0)
			return complain_oom();
	return CTL_DONE;
}

static int select_one(struct ctl *ctl, const char *text, struct flavour_devices *found)
{
	struct flavour_devices *some;
	int error = flavour_devices_select(ctl->all, text, &some);

	if (!error) {
		error = merge(found, some);
		flavour_devices_free(some);
		return error;
	}
	complain_ctx(ctl);
	if (error == -ENODEV)
		return CTL_NO_DEVICE;
	return error == -EINVAL ? CTL_USAGE : CTL_FAILED;
}

/* All operands are looked at, so that all that are wrong get named. */
int ctl_select(struct ctl *ctl, int argc, char **argv, struct flavour_devices **found)
{
	int status = ctl_devices(ctl), i;

	if (status)
		return status;
	if (flavour_devices_new_empty(ctl->ctx, found))
		return complain_ctx(ctl);
	for (i = 0; i < argc; i++) {
		int wrong = select_one(ctl, argv[i], *found);

		status = status ? status : wrong;
	}
	if (status) {
		flavour_devices_free(*found);
		*found = NULL;
	}
	return status;
}

int ctl_select_or_all(struct ctl *ctl, int argc, char **argv, struct flavour_devices **found)
{
	int status;

	if (argc)
		return ctl_select(ctl, argc, argv, found);
	status = ctl_devices(ctl);
	if (status)
		return status;
	if (flavour_devices_new_empty(ctl->ctx, found))
		return complain_ctx(ctl);
	return merge(*found, ctl->all);
}
