// SPDX-License-Identifier: GPL-2.0-or-later
/* show: all about some devices, a line a fact. */
#include <stdio.h>
#include <stdlib.h>

#include "device_columns.h"

/* What a device has not got is not worth a line to a person. */
static bool is_empty(struct json_object *value)
{
	return !value || (json_object_is_type(value, json_type_array) &&
			  !json_object_array_length(value));
}

static void print_facts(const struct records *records, struct json_object *record)
{
	size_t i;

	for (i = 0; i < records->chosen_count; i++) {
		const struct column *column = records->chosen[i];
		struct json_object *value = json_object_object_get(record, column->name);
		char *text = is_empty(value) ? NULL : value_text(column, value);

		if (text)
			printf("%-16s %s\n", column->name, text);
		free(text);
	}
}

static int print_all(const struct records *records, struct ctl *ctl)
{
	size_t i;

	if (ctl->opt.json)
		return print_json(records->name, json_object_get(records->rows));
	for (i = 0; i < json_object_array_length(records->rows); i++) {
		if (i)
			putchar('\n');
		print_facts(records, json_object_array_get_idx(records->rows, i));
	}
	return CTL_DONE;
}

int verb_show(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_devices *devices = NULL;
	struct records records;
	int status = records_init(&records, ctl, "devices", device_columns, device_column_count);
	size_t i;

	if (!ctl->opt.columns)
		records_choose_all(&records);
	if (!status)
		status = ctl_select(ctl, argc, argv, &devices);
	for (i = 0; !status && i < flavour_devices_count(devices); i++)
		status = records_add(&records, ctl, flavour_devices_get(devices, i));
	if (!status)
		status = print_all(&records, ctl);
	records_free(&records);
	flavour_devices_free(devices);
	return status;
}
