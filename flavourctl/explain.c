// SPDX-License-Identifier: GPL-2.0-or-later
/* explain: who may drive a device, who would win and why, what is in the way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "doctor.h"
#include "explain.h"
#include "names.h"

static struct json_object *closure_json(struct flavour_module *module)
{
	struct json_object *array = json_new_array();
	size_t i, count = flavour_module_closure_count(module);

	for (i = 0; i < count; i++)
		json_object_array_add(array, json_text(flavour_module_closure(module, i)));
	return array;
}

static struct json_object *candidate_json(struct flavour_candidate *candidate, size_t rank)
{
	static const char *const verdicts[] = {
		[FLAVOUR_VERDICT_OK] = "ok",
		[FLAVOUR_VERDICT_PINNED] = "pinned",
		[FLAVOUR_VERDICT_BLACKLISTED] = "blacklisted",
		[FLAVOUR_VERDICT_UNPINNED] = "unpinned",
	};
	static const char *const states[] = {
		[FLAVOUR_MODULE_INSTALLED] = "installed",
		[FLAVOUR_MODULE_LOADED] = "loaded",
		[FLAVOUR_MODULE_BUILTIN] = "builtin",
	};
	struct flavour_module *module = flavour_candidate_module(candidate);
	struct json_object *json = json_new_object();

	json_add(json, "rank", json_object_new_int64((int64_t)rank));
	json_add(json, "module", json_text(flavour_module_name(module)));
	json_add(json, "state", json_text(states[flavour_module_state(module)]));
	json_add(json, "alias", json_text(flavour_candidate_alias(candidate)));
	json_add(json, "wildcards",
		 json_object_new_int64((int64_t)flavour_candidate_wildcards(candidate)));
	json_add(json, "verdict", json_text(verdicts[flavour_candidate_verdict(candidate)]));
	json_add(json, "reason", json_text(flavour_candidate_reason(candidate)));
	json_add(json, "load_size",
		 json_object_new_int64((int64_t)flavour_module_load_size(module)));
	json_add(json, "closure", closure_json(module));
	return json;
}

static struct json_object *candidates_json(struct flavour_device *dev)
{
	struct json_object *array = json_new_array();
	struct flavour_candidates *candidates;
	size_t i;

	if (flavour_candidates_new(dev, FLAVOUR_VFIO, &candidates))
		return array;
	for (i = 0; i < flavour_candidates_count(candidates); i++)
		json_object_array_add(array, candidate_json(
			flavour_candidates_get(candidates, i), i + 1));
	flavour_candidates_free(candidates);
	return array;
}

static struct json_object *use_json(const struct flavour_use *use)
{
	static const char *const kinds[] = {
		[FLAVOUR_USE_MOUNT] = "mount",		[FLAVOUR_USE_SWAP] = "swap",
		[FLAVOUR_USE_HOLDER] = "holder",	[FLAVOUR_USE_ZFS] = "zfs",
		[FLAVOUR_USE_EXCLUSIVE] = "exclusive",	[FLAVOUR_USE_ADDRESS] = "address",
		[FLAVOUR_USE_ROUTE] = "route",		[FLAVOUR_USE_MASTER] = "master",
		[FLAVOUR_USE_DISPLAY] = "display",	[FLAVOUR_USE_VFS] = "vfs",
		[FLAVOUR_USE_VFIO] = "vfio",		[FLAVOUR_USE_GROUP] = "group",
		[FLAVOUR_USE_OPEN] = "open",		[FLAVOUR_USE_KEYBOARD] = "keyboard",
		[FLAVOUR_USE_UNKNOWN] = "unknown",
	};
	struct json_object *json = json_new_object();

	json_add(json, "kind", json_text(kinds[flavour_use_kind(use)]));
	json_add(json, "subject", json_text(flavour_use_subject(use)));
	json_add(json, "pid", flavour_use_pid(use) ? json_object_new_int(flavour_use_pid(use)) :
		 NULL);
	json_add(json, "text", json_text(flavour_use_text(use)));
	return json;
}

static struct json_object *uses_json(struct flavour_device *dev)
{
	struct json_object *array = json_new_array();
	struct flavour_uses *uses;
	size_t i;

	if (flavour_uses_new(dev, &uses))
		return array;
	for (i = 0; i < flavour_uses_count(uses); i++)
		json_object_array_add(array, use_json(flavour_uses_get(uses, i)));
	flavour_uses_free(uses);
	return array;
}

/*
 * The options with which the plan would work; NULL if there are none. A device in
 * use has to be freed first: no command that would take it anyway is suggested.
 */
static const char *help_of(const struct flavour_plan *plan)
{
	if (flavour_plan_noop(plan) || !flavour_plan_result(plan))
		return "";
	return advise(plan).enough ? "--group " : NULL;
}

static struct json_object *command_json(struct ctl *ctl, struct flavour_plan *plan)
{
	const char *options = help_of(plan), *driver = ctl->opt.driver;
	char *text;

	if (flavour_plan_noop(plan) && options)
		options = has_better_driver(flavour_plan_device(plan)) ? "--best " : NULL;
	if (!options || asprintf(&text, "flavourctl set vfio %s%s%s%s%s", options,
				 driver ? "--driver " : "", driver ? driver : "", driver ? " " : "",
				 flavour_device_address(flavour_plan_device(plan))) < 0)
		return NULL;
	return json_take(text);
}

static struct json_object *steps_json(struct flavour_plan *plan)
{
	struct json_object *array = json_new_array();
	const char *step;
	size_t i;

	for (i = 0; (step = flavour_plan_step(plan, i)); i++)
		json_object_array_add(array, json_text(step));
	return array;
}

static void add_plan(struct json_object *json, struct ctl *ctl, struct flavour_device *dev)
{
	unsigned int flags = (ctl->opt.force ? FLAVOUR_PLAN_FORCE : 0) |
			     (ctl->opt.no_table ? FLAVOUR_PLAN_NO_TABLE : 0);
	struct flavour_plan *plan;
	int result;

	if (flavour_plan_new(dev, FLAVOUR_VFIO, ctl->opt.driver, flags, NULL, &plan)) {
		json_add(json, "error", json_text("EINVAL"));
		json_add(json, "message", json_text(flavour_ctx_message(ctl->ctx)));
		return;
	}
	result = flavour_plan_result(plan);
	json_add(json, "is_vfio", json_object_new_boolean(flavour_plan_noop(plan)));
	json_add(json, "error", result ? json_text(strerrorname_np(-result)) : NULL);
	json_add(json, "message", result ? json_text(flavour_plan_message(plan)) : NULL);
	json_add(json, "steps", steps_json(plan));
	json_add(json, "command", command_json(ctl, plan));
	flavour_plan_free(plan);
}

static struct json_object *group_json(struct ctl *ctl, struct flavour_device *dev)
{
	struct flavour_group *group = ctl_group(ctl, flavour_device_group(dev));
	const struct flavour_devices *members = group ? flavour_group_devices(group) : NULL;
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; members && i < flavour_devices_count(members); i++) {
		struct flavour_device *member = flavour_devices_get(members, i);
		struct json_object *json;

		if (member == dev)
			continue;
		json = json_new_object();
		json_add(json, "address", json_text(flavour_device_address(member)));
		json_add(json, "driver", json_text(flavour_device_driver(member)));
		json_object_array_add(array, json);
	}
	return array;
}

/* What is wrong with the machine concerns every device. */
static struct json_object *machine_json(struct ctl *ctl)
{
	static const char *const names[] = { "iommu", "interrupt_remapping", "vfio_iommu",
					     "lockdown" };
	struct json_object *array = json_new_array();
	const struct flavour_check *check;
	struct flavour_checks *checks;
	size_t i, j;

	if (flavour_checks_new(ctl->all, &checks))
		return array;
	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		for (j = 0; j < ARRAY_LEN(names); j++)
			if (flavour_check_health(check) != FLAVOUR_HEALTH_OK &&
			    !strcmp(flavour_check_name(check), names[j]))
				json_object_array_add(array, check_json(check));
	flavour_checks_free(checks);
	return array;
}

static struct json_object *explain_json(struct ctl *ctl, struct flavour_device *dev,
					struct json_object *machine)
{
	struct json_object *json = json_new_object();
	struct flavour_pci_id id = { 0 };
	char *problem = device_problem(ctl, dev);
	char text[12];

	flavour_device_id(dev, &id);
	snprintf(text, sizeof(text), "%04x:%04x", id.vendor & 0xffff, id.device & 0xffff);
	json_add(json, "address", json_text(flavour_device_address(dev)));
	json_add(json, "name", json_text(name_of_device(ctl, &id)));
	json_add(json, "class", json_text(name_of_class(ctl, &id)));
	json_add(json, "id", json_text(text));
	json_add(json, "modalias", json_text(flavour_device_modalias(dev)));
	json_add(json, "flavour", json_text(flavour_name(flavour_device_flavour(dev))));
	json_add(json, "driver", json_text(flavour_device_driver(dev)));
	json_add(json, "override", json_text(flavour_device_override(dev)));
	json_add(json, "problem", json_take(problem));
	json_add(json, "group", json_number_or_null(flavour_device_group(dev)));
	json_add(json, "group_others", group_json(ctl, dev));
	json_add(json, "candidates", candidates_json(dev));
	json_add(json, "uses", uses_json(dev));
	json_add(json, "machine", json_object_get(machine));
	add_plan(json, ctl, dev);
	return json;
}

static int explain_all(struct ctl *ctl, const struct flavour_devices *devices)
{
	struct json_object *array = json_new_array(), *machine = machine_json(ctl);
	size_t i;

	for (i = 0; i < flavour_devices_count(devices); i++)
		json_object_array_add(array, explain_json(ctl, flavour_devices_get(devices, i),
							  machine));
	json_object_put(machine);
	if (ctl->opt.json)
		return print_json("devices", array);
	for (i = 0; i < json_object_array_length(array); i++) {
		if (i)
			putchar('\n');
		explain_text(json_object_array_get_idx(array, i));
	}
	json_object_put(array);
	return CTL_DONE;
}

int verb_explain(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_devices *devices = NULL;
	int status = ctl_select(ctl, argc, argv, &devices);

	if (!status)
		status = explain_all(ctl, devices);
	flavour_devices_free(devices);
	return status;
}
