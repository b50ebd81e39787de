// SPDX-License-Identifier: GPL-2.0-or-later
/* list: a line a device. */
#include "device_columns.h"

static int add_all(struct records *records, struct ctl *ctl, const struct flavour_devices *devices)
{
	size_t i;
	int status = CTL_DONE;

	for (i = 0; !status && i < flavour_devices_count(devices); i++)
		status = records_add(records, ctl, flavour_devices_get(devices, i));
	return status;
}

int verb_list(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_devices *devices = NULL;
	struct records records;
	int status = records_init(&records, ctl, "devices", device_columns, device_column_count);

	if (!status)
		status = records_as_table(&records, ctl);
	if (!status)
		status = ctl_select_or_all(ctl, argc, argv, &devices);
	if (!status)
		status = add_all(&records, ctl, devices);
	if (!status)
		status = records_print(&records, ctl);
	records_free(&records);
	flavour_devices_free(devices);
	return status;
}
