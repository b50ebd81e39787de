// SPDX-License-Identifier: GPL-2.0-or-later
/* groups: the IOMMU groups, and because of whom one can't be used. */
#include <stdio.h>

#include "table.h"

static struct json_object *get_group(struct ctl *ctl, void *row)
{
	return json_object_new_int(flavour_group_number(row));
}

static struct json_object *get_type(struct ctl *ctl, void *row)
{
	return json_text(flavour_group_type(row));
}

static struct json_object *get_viable(struct ctl *ctl, void *row)
{
	return json_object_new_boolean(!flavour_group_blocker(row));
}

static struct json_object *get_blocker(struct ctl *ctl, void *row)
{
	struct flavour_device *blocker = flavour_group_blocker(row);

	return json_text(blocker ? flavour_device_address(blocker) : NULL);
}

static struct json_object *get_because(struct ctl *ctl, void *row)
{
	struct flavour_device *blocker = flavour_group_blocker(row);
	char *text;

	if (!blocker || asprintf(&text, "%s has %s", flavour_device_address(blocker),
				 flavour_device_driver(blocker)) < 0)
		return NULL;
	return json_take(text);
}

static struct json_object *get_devices(struct ctl *ctl, void *row)
{
	const struct flavour_devices *members = flavour_group_devices(row);
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; i < flavour_devices_count(members); i++)
		json_object_array_add(array, json_text(flavour_device_address(
			flavour_devices_get(members, i))));
	return array;
}

static const struct column columns[] = {
	{ "group", COLUMN_SHOWN | COLUMN_RIGHT, get_group },
	{ "type", COLUMN_SHOWN, get_type },
	{ "viable", COLUMN_SHOWN, get_viable },
	{ "blocker", 0, get_blocker },
	{ "because", COLUMN_SHOWN, get_because },
	{ "devices", COLUMN_SHOWN | COLUMN_LINES, get_devices },
};

static bool has_any(struct flavour_group *group, const struct flavour_devices *devices)
{
	const struct flavour_devices *members = flavour_group_devices(group);
	size_t i;

	for (i = 0; i < flavour_devices_count(members); i++)
		if (flavour_devices_find(devices, flavour_device_address(
				flavour_devices_get(members, i))))
			return true;
	return false;
}

static int add_groups(struct records *records, struct ctl *ctl,
		      const struct flavour_devices *devices)
{
	struct flavour_groups *groups;
	int status = CTL_DONE;
	size_t i;

	if (flavour_groups_new(ctl->all, &groups))
		return complain_ctx(ctl);
	for (i = 0; !status && i < flavour_groups_count(groups); i++)
		if (has_any(flavour_groups_get(groups, i), devices))
			status = records_add(records, ctl, flavour_groups_get(groups, i));
	if (!flavour_groups_count(groups))
		complain("There are no IOMMU groups. Turn the IOMMU (VT-d, AMD-Vi, SMMU) on in "
			 "the firmware and, on Intel, boot with intel_iommu=on.");
	flavour_groups_free(groups);
	return status;
}

int verb_groups(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_devices *devices = NULL;
	struct records records;
	int status = records_init(&records, ctl, "groups", columns, ARRAY_LEN(columns));

	if (!status)
		status = records_as_table(&records, ctl);
	if (!status)
		status = ctl_select_or_all(ctl, argc, argv, &devices);
	if (!status)
		status = add_groups(&records, ctl, devices);
	if (!status)
		status = records_print(&records, ctl);
	records_free(&records);
	flavour_devices_free(devices);
	return status;
}
