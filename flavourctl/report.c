// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of a change: sentences for a person, or JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "change.h"

static struct flavour_device *device_of(const struct change_item *item)
{
	return flavour_plan_device(item->plan);
}

static const char *message_of(const struct change_item *item)
{
	if (item->skipped)
		return "Not done: another device of its IOMMU group was refused.";
	return flavour_plan_message(item->plan);
}

static const char *node_of(const struct change_item *item)
{
	struct flavour_device *dev = device_of(item);
	const char *node = flavour_device_vfio_group_node(dev);

	return node ? node : flavour_device_vfio_node(dev);
}

static struct json_object *steps_of(const struct change_item *item)
{
	struct json_object *steps = json_new_array();
	const char *step;
	size_t i;

	for (i = 0; (step = flavour_plan_step(item->plan, i)); i++)
		json_object_array_add(steps, json_object_new_string(step));
	return steps;
}

static struct json_object *hints_of(const struct change *change, const struct change_item *item)
{
	struct json_object *hints;

	if (!change->ctl->opt.hints || !node_of(item))
		return NULL;
	hints = json_new_object();
	json_add(hints, "qemu", json_take(hint_qemu(device_of(item))));
	json_add(hints, "qemu_iommufd", json_take(hint_qemu_iommufd(device_of(item))));
	json_add(hints, "libvirt", json_take(hint_libvirt(device_of(item))));
	return hints;
}

static struct json_object *item_json(const struct change *change, const struct change_item *item)
{
	struct json_object *json = json_new_object();
	int result = change_result(item);
	bool changed = !result && !change->ctl->opt.dry_run && !flavour_plan_noop(item->plan);

	json_add(json, "address", json_text(flavour_device_address(device_of(item))));
	json_add(json, "wanted", json_text(flavour_name(change->flavour)));
	json_add(json, "flavour", json_text(flavour_name(flavour_device_flavour(device_of(item)))));
	json_add(json, "driver", json_text(flavour_device_driver(device_of(item))));
	json_add(json, "former_driver", json_text(flavour_plan_former_driver(item->plan)));
	json_add(json, "vfio_group_node", json_text(flavour_device_vfio_group_node(device_of(item))));
	json_add(json, "vfio_node", json_text(flavour_device_vfio_node(device_of(item))));
	json_add(json, "ok", json_object_new_boolean(!result));
	json_add(json, "changed", json_object_new_boolean(changed));
	json_add(json, "error", result ? json_text(strerrorname_np(-result)) : NULL);
	json_add(json, "message", result ? json_text(message_of(item)) : NULL);
	json_add(json, "steps", steps_of(item));
	json_add(json, "duration_ns",
		 json_object_new_int64((int64_t)flavour_plan_duration(item->plan)));
	json_add(json, "persisted", json_object_new_boolean(item->persisted));
	json_add(json, "hints", hints_of(change, item));
	return json;
}

static int report_json(const struct change *change)
{
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; i < change->count; i++)
		json_object_array_add(array, item_json(change, &change->items[i]));
	return print_json("devices", array);
}

static void complain_item(const struct change_item *item)
{
	const char *address = flavour_device_address(device_of(item));
	const char *message = message_of(item);

	if (!strncmp(message, address, strlen(address)))
		complain("%s", message);
	else
		complain("%s: %s", address, message);
}

static void print_hints(const struct change_item *item)
{
	char *qemu = hint_qemu(device_of(item));
	char *iommufd = hint_qemu_iommufd(device_of(item));
	char *libvirt = hint_libvirt(device_of(item));

	if (qemu)
		printf("  QEMU: %s\n", qemu);
	if (iommufd)
		printf("  QEMU 9.0 or newer: %s\n", iommufd);
	if (libvirt)
		printf("  libvirt:\n%s\n", libvirt);
	free(qemu);
	free(iommufd);
	free(libvirt);
}

static void print_steps(const struct change *change, const struct change_item *item)
{
	const char *address = flavour_device_address(device_of(item)), *step;
	char *rule = change->ctl->opt.persist ? persist_rule(device_of(item), change->flavour) :
		NULL;
	size_t i;

	if (flavour_plan_noop(item->plan))
		printf("%s: is already %s\n", address, flavour_name(change->flavour));
	else
		printf("%s: would be done:\n", address);
	for (i = 0; (step = flavour_plan_step(item->plan, i)); i++)
		printf("  %s\n", step);
	if (rule && change->forget)
		printf("  remove the rules of %s from %s\n", address, PERSIST_FILE);
	else if (rule)
		printf("  add \"%s\" to %s\n", rule, PERSIST_FILE);
	free(rule);
}

static void print_item(const struct change *change, const struct change_item *item)
{
	struct flavour_device *dev = device_of(item);
	const char *driver = flavour_device_driver(dev);
	const char *former = flavour_plan_former_driver(item->plan), *node = node_of(item);

	printf("%s: %s%s, %s%s", flavour_device_address(dev), flavour_name(change->flavour),
	       flavour_plan_noop(item->plan) ? " already" : "", driver ? "driver " : "no driver",
	       driver ? driver : "");
	if (former && !flavour_plan_noop(item->plan) && (!driver || strcmp(former, driver)))
		printf(" (was %s)", former);
	if (node)
		printf(", %s", node);
	putchar('\n');
	if (node && change->ctl->opt.hints)
		print_hints(item);
}

static void complain_help(const struct change *change)
{
	bool group = false;
	size_t i;

	for (i = 0; i < change->count; i++)
		group |= !change->items[i].skipped && advise(change->items[i].plan).group;
	if (group && !change->ctl->opt.group)
		complain("--group includes the rest of the IOMMU group.");
}

static void report_text(const struct change *change)
{
	const struct options *opt = &change->ctl->opt;
	size_t i;

	for (i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		if (change_result(item))
			complain_item(item);
		else if (opt->dry_run)
			print_steps(change, item);
		else if (!opt->quiet)
			print_item(change, item);
	}
	complain_help(change);
}

static int exit_code(const struct change *change)
{
	size_t i, failed = 0;

	for (i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		if (item->persist_error)
			complain("%s: %s", flavour_device_address(device_of(item)),
				 item->persist_error);
		failed += change_result(item) || item->persist_error;
	}
	if (!failed)
		return CTL_DONE;
	return failed == change->count ? CTL_FAILED : CTL_PARTLY;
}

int change_report(struct change *change)
{
	int status = CTL_DONE;

	if (change->ctl->opt.json)
		status = report_json(change);
	else
		report_text(change);
	return status ? status : exit_code(change);
}
