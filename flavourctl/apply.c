// SPDX-License-Identifier: GPL-2.0-or-later
/* apply: the policy as rules of the kernel module, and on the devices that are there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"

struct apply {
	struct ctl *ctl;
	struct flavour_policy *policy;
	struct flavour_devices *devices;	/* those in question */
	struct flavour_policy_plans *plans;
	size_t count;				/* of @plans */
	int rules;				/* for the kernel; -1: none are made */
	bool installed;				/* and they were not there already */
	bool failed;				/* to install them */
};

static bool by_kernel(const struct apply *apply)
{
	return flavour_ctx_backend(apply->ctl->ctx) == FLAVOUR_BACKEND_KERNEL;
}

/* --device takes what udev has: /devices/pci0000:00/0000:00:02.0, also with /sys before. */
static int find_device(struct apply *apply)
{
	const char *text = apply->ctl->opt.device, *slash = strrchr(text, '/');
	struct flavour_device *dev;
	int error = flavour_device_new(apply->ctl->ctx, slash ? slash + 1 : text, &dev);

	if (error) {
		complain_ctx(apply->ctl);
		return error == -EINVAL ? CTL_USAGE : CTL_NO_DEVICE;
	}
	error = flavour_devices_new_empty(apply->ctl->ctx, &apply->devices);
	if (!error && flavour_devices_add(apply->devices, dev) < 0)
		error = -ENOMEM;
	flavour_device_unref(dev);
	return error ? complain_oom() : CTL_DONE;
}

static int find_devices(struct apply *apply)
{
	if (apply->ctl->opt.device)
		return find_device(apply);
	return flavour_devices_new(apply->ctl->ctx, &apply->devices) ?
		complain_ctx(apply->ctl) : CTL_DONE;
}

/* The kernel module has already applied its rules to a device that was just added. */
static int install(struct apply *apply)
{
	const struct ctl *ctl = apply->ctl;
	int done;

	if (ctl->opt.device || !by_kernel(apply))
		return CTL_DONE;
	if (!ctl->opt.dry_run)
		stop_hold(apply->ctl);
	apply->rules = flavour_policy_compile(apply->policy, apply->devices);
	if (apply->rules < 0)
		return complain_ctx(apply->ctl);
	done = ctl->opt.dry_run ? 0 : flavour_policy_install(apply->policy);
	/* If the rules can't be installed, the present devices are changed even so. */
	if (done < 0) {
		complain_ctx(apply->ctl);
		apply->failed = true;
		apply->rules = -1;
	}
	apply->installed = done > 0;
	return CTL_DONE;
}

static struct flavour_plan *plan_at(const struct apply *apply, size_t index)
{
	return flavour_policy_plans_get(apply->plans, index);
}

static int run(struct apply *apply)
{
	struct flavour_plan **able;
	unsigned int jobs = 0;
	size_t i, count = 0;
	int status;

	if (apply->ctl->opt.rules_only)
		return CTL_DONE;
	status = check_run_options(apply->ctl, &jobs);
	if (status)
		return status;
	if (flavour_policy_plans_new(apply->policy, apply->devices, &apply->plans))
		return complain_ctx(apply->ctl);
	apply->count = flavour_policy_plans_count(apply->plans);
	able = calloc(apply->count + 1, sizeof(*able));
	if (!able)
		return complain_oom();
	for (i = 0; i < apply->count; i++)
		if (!flavour_plan_result(plan_at(apply, i)) && !flavour_plan_noop(plan_at(apply, i)))
			able[count++] = plan_at(apply, i);
	if (!apply->ctl->opt.dry_run)
		run_plans(apply->ctl, able, count, jobs);
	free(able);
	return CTL_DONE;
}

static const char *result_word(const struct apply *apply, const struct flavour_plan *plan)
{
	if (flavour_plan_result(plan))
		return "skipped";
	if (flavour_plan_noop(plan))
		return "unchanged";
	return apply->ctl->opt.dry_run ? "would" : "done";
}

static struct json_object *plan_json(const struct apply *apply, const struct flavour_plan *plan)
{
	struct flavour_device *dev = flavour_plan_device(plan);
	const struct flavour_rule *rule = flavour_plan_rule(plan);
	struct json_object *object = json_new_object();
	const char *message = flavour_plan_message(plan);

	json_add(object, "address", json_text(flavour_device_address(dev)));
	json_add(object, "flavour", json_text(flavour_name(flavour_plan_flavour(plan))));
	json_add(object, "result", json_text(result_word(apply, plan)));
	json_add(object, "message", json_text(*message ? message : NULL));
	json_add(object, "driver", json_text(flavour_device_driver(dev)));
	json_add(object, "file", json_text(flavour_rule_file(rule)));
	json_add(object, "line", json_object_new_int((int)flavour_rule_line(rule)));
	json_add(object, "driverctl", json_text(flavour_device_driverctl(dev)));
	return object;
}

static struct json_object *rule_json(const struct flavour_rule *rule, const char *match)
{
	struct json_object *object = json_new_object();

	json_add(object, "flavour", json_text(flavour_name(flavour_rule_flavour(rule))));
	json_add(object, "match", json_text(match));
	json_add(object, "file", json_text(flavour_rule_file(rule)));
	json_add(object, "line", json_object_new_int((int)flavour_rule_line(rule)));
	return object;
}

static int report_json(const struct apply *apply)
{
	struct json_object *object = json_new_object(), *rules = json_new_array();
	struct json_object *devices = json_new_array(), *errors = json_new_array();
	const struct flavour_rule *rule;
	const char *text;
	size_t i;

	for (i = 0; (text = flavour_policy_error(apply->policy, i)); i++)
		json_object_array_add(errors, json_text(text));
	for (i = 0; (text = flavour_policy_compiled(apply->policy, i, &rule)); i++)
		json_object_array_add(rules, rule_json(rule, text));
	for (i = 0; i < apply->count; i++)
		json_object_array_add(devices, plan_json(apply, plan_at(apply, i)));
	json_add(object, "backend", json_text(by_kernel(apply) ? "kernel" : "override"));
	json_add(object, "errors", errors);
	json_add(object, "kernel_rules", rules);
	json_add(object, "devices", devices);
	return print_json("apply", object);
}

static void print_plan(const struct apply *apply, const struct flavour_plan *plan)
{
	const struct flavour_rule *rule = flavour_plan_rule(plan);
	struct flavour_device *dev = flavour_plan_device(plan);
	const char *driver = flavour_device_driver(dev);

	if (flavour_plan_result(plan)) {
		complain("%s: skipped: %s (%s:%u: %s)", flavour_device_address(dev),
			 flavour_plan_message(plan), flavour_rule_file(rule),
			 flavour_rule_line(rule), flavour_rule_text(rule));
		return;
	}
	if (apply->ctl->opt.quiet)
		return;
	printf("%s: %s%s", flavour_device_address(dev),
	       apply->ctl->opt.dry_run && !flavour_plan_noop(plan) ? "would be " : "",
	       flavour_name(flavour_plan_flavour(plan)));
	if (flavour_plan_noop(plan) || !apply->ctl->opt.dry_run)
		printf("%s, %s%s", flavour_plan_noop(plan) ? " already" : "",
		       driver ? "driver " : "no driver", driver ? driver : "");
	printf(" (%s:%u)\n", flavour_rule_file(rule), flavour_rule_line(rule));
}

/* driverctl and the policy would each rebind the device at every boot. */
static void tell_driverctl(const struct flavour_plan *plan)
{
	const struct flavour_rule *rule = flavour_plan_rule(plan);
	struct flavour_device *dev = flavour_plan_device(plan);
	const char *driver = flavour_device_driverctl(dev);

	if (driver)
		complain("%s: /etc/driverctl.d binds it to %s at each boot, too, and whichever runs "
			 "last wins. Run driverctl unset-override %s, or remove %s:%u.",
			 flavour_device_address(dev), driver, flavour_device_address(dev),
			 flavour_rule_file(rule), flavour_rule_line(rule));
}

static void print_rules(const struct apply *apply)
{
	const struct flavour_rule *rule;
	const char *match;
	size_t i;

	if (apply->ctl->opt.dry_run)
		for (i = 0; (match = flavour_policy_compiled(apply->policy, i, &rule)); i++)
			printf("rule: %s %s (%s:%u)\n", flavour_name(flavour_rule_flavour(rule)),
			       match, flavour_rule_file(rule), flavour_rule_line(rule));
	else if (apply->rules >= 0)
		printf("%d rule%s for devices that appear later%s\n", apply->rules,
		       apply->rules == 1 ? "" : "s",
		       apply->installed ? "" : ", unchanged");
	else if (!apply->ctl->opt.device && !by_kernel(apply) &&
		 flavour_policy_rule_count(apply->policy))
		puts("The kernel module driver_flavour is not loaded: devices that appear later are "
		     "left to the udev rule.");
}

static void report_text(const struct apply *apply)
{
	const char *error;
	size_t i;

	for (i = 0; (error = flavour_policy_error(apply->policy, i)); i++)
		complain("%s", error);
	if (!apply->ctl->opt.quiet)
		print_rules(apply);
	for (i = 0; i < apply->count; i++) {
		print_plan(apply, plan_at(apply, i));
		tell_driverctl(plan_at(apply, i));
	}
}

/* A line that is wrong, or a device that is not as the policy has it. */
static int exit_code(const struct apply *apply)
{
	size_t i;

	if (apply->failed || flavour_policy_error_count(apply->policy))
		return CTL_PARTLY;
	for (i = 0; i < apply->count; i++)
		if (flavour_plan_result(plan_at(apply, i)))
			return CTL_PARTLY;
	return CTL_DONE;
}

static void free_apply(struct apply *apply)
{
	flavour_policy_plans_free(apply->plans);
	flavour_devices_free(apply->devices);
	flavour_policy_free(apply->policy);
}

int verb_apply(struct ctl *ctl, int argc, char **argv)
{
	struct apply apply = { .ctl = ctl, .rules = -1 };
	int status = check_root(ctl);

	if (!status && flavour_policy_read(ctl->ctx, &apply.policy) < 0)
		status = complain_ctx(ctl);
	if (!status)
		status = find_devices(&apply);
	if (!status)
		status = install(&apply);
	if (!status)
		status = run(&apply);
	if (!status && ctl->opt.json)
		status = report_json(&apply);
	else if (!status)
		report_text(&apply);
	status = status ? status : exit_code(&apply);
	free_apply(&apply);
	return status;
}
