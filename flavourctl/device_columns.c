// SPDX-License-Identifier: GPL-2.0-or-later
/* All that can be said of a device: the columns of list and show. */
#include <stdio.h>

#include "device_columns.h"
#include "names.h"

#define TEXT_COLUMN(what)							\
	static struct json_object *get_##what(struct ctl *ctl, void *row)	\
	{									\
		return json_text(flavour_device_##what(row));			\
	}

#define COUNT_COLUMN(what)							\
	static struct json_object *get_##what(struct ctl *ctl, void *row)	\
	{									\
		return json_number_or_null((long long)flavour_device_##what(row)); \
	}

#define ID_COLUMN(what, text)							\
	static struct json_object *get_##what(struct ctl *ctl, void *row)	\
	{									\
		struct flavour_pci_id id;					\
										\
		return flavour_device_id(row, &id) ? NULL : text;		\
	}

static struct json_object *hex_pair(unsigned int a, unsigned int b)
{
	char text[20];

	snprintf(text, sizeof(text), "%04x:%04x", a, b);
	return json_text(text);
}

static struct json_object *hex_class(unsigned int class_code)
{
	char text[12];

	snprintf(text, sizeof(text), "%06x", class_code);
	return json_text(text);
}

static struct json_object *get_address(struct ctl *ctl, void *row)
{
	return json_text(flavour_device_address(row));
}

static struct json_object *get_flavour(struct ctl *ctl, void *row)
{
	return json_text(flavour_name(flavour_device_flavour(row)));
}

static struct json_object *get_problem(struct ctl *ctl, void *row)
{
	return json_take(device_problem(ctl, row));
}

static struct json_object *get_interfaces(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	size_t i, count = flavour_device_netif_count(row);

	for (i = 0; i < count; i++)
		json_object_array_add(array, json_text(flavour_device_netif(row, i)));
	return array;
}

static struct json_object *get_disks(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	size_t i, count = flavour_device_disk_count(row);

	for (i = 0; i < count; i++)
		json_object_array_add(array, json_text(flavour_device_disk(row, i)));
	return array;
}

static struct json_object *get_bridge(struct ctl *ctl, void *row)
{
	return json_object_new_boolean(flavour_device_is_bridge(row));
}

static struct json_object *get_dsn(struct ctl *ctl, void *row)
{
	char text[20];
	uint64_t dsn;

	if (flavour_device_dsn(row, &dsn))
		return NULL;
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)dsn);
	return json_text(text);
}

ID_COLUMN(class, json_text(name_of_class(ctl, &id)))
ID_COLUMN(name, json_text(name_of_device(ctl, &id)))
ID_COLUMN(id, hex_pair(id.vendor, id.device))
ID_COLUMN(subsystem, hex_pair(id.subvendor, id.subdevice))
ID_COLUMN(class_code, hex_class(id.class_code))
TEXT_COLUMN(driver)
TEXT_COLUMN(override)
TEXT_COLUMN(modalias)
TEXT_COLUMN(parent)
TEXT_COLUMN(physfn)
TEXT_COLUMN(reset_methods)
TEXT_COLUMN(vfio_group_node)
TEXT_COLUMN(vfio_node)
TEXT_COLUMN(path)
TEXT_COLUMN(firmware_path)
TEXT_COLUMN(slot)
COUNT_COLUMN(group)
COUNT_COLUMN(revision)
COUNT_COLUMN(numa_node)
COUNT_COLUMN(num_vfs)
COUNT_COLUMN(total_vfs)

const struct column device_columns[] = {
	{ "address", COLUMN_SHOWN, get_address },
	{ "class", COLUMN_SHOWN, get_class, 16 },
	{ "name", COLUMN_SHOWN | COLUMN_TRUNC, get_name },
	{ "id", 0, get_id },
	{ "subsystem", 0, get_subsystem },
	{ "class_code", 0, get_class_code },
	{ "revision", COLUMN_RIGHT, get_revision },
	{ "modalias", 0, get_modalias },
	{ "flavour", COLUMN_SHOWN, get_flavour },
	{ "driver", COLUMN_SHOWN, get_driver },
	{ "override", 0, get_override },
	{ "group", COLUMN_SHOWN | COLUMN_RIGHT, get_group },
	{ "problem", COLUMN_SHOWN, get_problem, 24 },
	{ "vfio_group_node", 0, get_vfio_group_node },
	{ "vfio_node", 0, get_vfio_node },
	{ "interfaces", 0, get_interfaces },
	{ "disks", 0, get_disks },
	{ "bridge", 0, get_bridge },
	{ "parent", 0, get_parent },
	{ "physfn", 0, get_physfn },
	{ "num_vfs", COLUMN_RIGHT, get_num_vfs },
	{ "total_vfs", COLUMN_RIGHT, get_total_vfs },
	{ "numa_node", COLUMN_RIGHT, get_numa_node },
	{ "reset_methods", 0, get_reset_methods },
	{ "dsn", 0, get_dsn },
	{ "path", 0, get_path },
	{ "firmware_path", 0, get_firmware_path },
	{ "slot", 0, get_slot },
};

const size_t device_column_count = ARRAY_LEN(device_columns);
