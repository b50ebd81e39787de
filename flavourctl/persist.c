// SPDX-License-Identifier: GPL-2.0-or-later
/* --persist: a rule in the policy for a device that was just changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"

/*
 * By its path and its ID: after buses are renumbered, the rule must not match
 * another device.
 */
char *persist_rule(struct flavour_device *dev, enum flavour flavour)
{
	const char *path = flavour_device_path(dev);
	struct flavour_pci_id id;
	char *rule;

	if (!path || flavour_device_id(dev, &id) ||
	    asprintf(&rule, "%s path=%s id=%04x:%04x", flavour_name(flavour), path, id.vendor,
		     id.device) < 0)
		return NULL;
	return rule;
}

static int remove_rule(struct change *change, struct flavour_device *dev, enum flavour flavour)
{
	char *rule = persist_rule(dev, flavour);
	int error = rule ? flavour_policy_file_remove(change->ctl->ctx, PERSIST_FILE, rule) : 0;

	free(rule);
	return error < 0 ? error : 0;
}

static int add_rule(struct change *change, struct flavour_device *dev)
{
	char *rule = persist_rule(dev, change->flavour);
	int error = rule ? flavour_policy_file_add(change->ctl->ctx, PERSIST_FILE, rule) : 0;

	free(rule);
	return error < 0 ? error : 0;
}

/* A rule of the administrator's may come before ours. */
static void check_overruled(struct change *change, struct change_item *item)
{
	struct flavour_device *dev = flavour_plan_device(item->plan);
	const struct flavour_rule *rule;
	struct flavour_policy *policy;
	enum flavour says;

	if (flavour_policy_read(change->ctl->ctx, &policy) < 0)
		return;
	rule = flavour_policy_match(policy, dev);
	says = rule ? flavour_rule_flavour(rule) : FLAVOUR_NATIVE;
	if (says != change->flavour &&
	    asprintf(&item->persist_error, "It is done, but after a reboot it would be %s: %s:%u "
		     "matches first. Correct that line.", flavour_name(says),
		     flavour_rule_file(rule), flavour_rule_line(rule)) < 0)
		item->persist_error = NULL;
	flavour_policy_free(policy);
}

/* So may driverctl's. */
static void check_driverctl(struct change_item *item)
{
	struct flavour_device *dev = flavour_plan_device(item->plan);
	const char *driver = flavour_device_driverctl(dev);

	if (!item->persist_error && driver &&
	    asprintf(&item->persist_error, "It is done, but /etc/driverctl.d binds it to %s at each "
		     "boot, too, and whichever runs last wins. Run driverctl unset-override %s.",
		     driver, flavour_device_address(dev)) < 0)
		item->persist_error = NULL;
}

void change_persist(struct change *change, struct change_item *item)
{
	struct flavour_device *dev = flavour_plan_device(item->plan);
	enum flavour flavour;
	int error = 0;

	for (flavour = FLAVOUR_NATIVE; !error && flavour <= FLAVOUR_NONE; flavour++)
		if (change->forget || flavour != change->flavour)
			error = remove_rule(change, dev, flavour);
	if (!error && !change->forget)
		error = add_rule(change, dev);
	if (error) {
		item->persist_error = strdup(flavour_ctx_message(change->ctl->ctx));
		return;
	}
	item->persisted = true;
	check_overruled(change, item);
	check_driverctl(item);
}
