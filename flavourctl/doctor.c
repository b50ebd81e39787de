// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: is the machine fit for it? */
#include <stdio.h>

#include "doctor.h"

static const char *word_of(const struct flavour_check *check)
{
	static const char *const words[] = {
		[FLAVOUR_HEALTH_OK] = "ok",
		[FLAVOUR_HEALTH_NOTE] = "note",
		[FLAVOUR_HEALTH_BAD] = "bad",
	};

	return words[flavour_check_health(check)];
}

static void print_check(const struct flavour_check *check)
{
	const char *advice = flavour_check_advice(check);

	printf("%-5s %s: %s\n", word_of(check), flavour_check_name(check),
	       flavour_check_text(check));
	if (advice)
		printf("      %s\n", advice);
}

struct json_object *check_json(const struct flavour_check *check)
{
	struct json_object *json = json_new_object();

	json_add(json, "name", json_text(flavour_check_name(check)));
	json_add(json, "health", json_text(word_of(check)));
	json_add(json, "text", json_text(flavour_check_text(check)));
	json_add(json, "advice", json_text(flavour_check_advice(check)));
	return json;
}

static int print_checks_json(const struct flavour_checks *checks)
{
	struct json_object *array = json_new_array();
	const struct flavour_check *check;
	size_t i;

	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		json_object_array_add(array, check_json(check));
	return print_json("checks", array);
}

static int print_checks(struct ctl *ctl, const struct flavour_checks *checks)
{
	const struct flavour_check *check;
	size_t i;

	if (ctl->opt.json)
		return print_checks_json(checks);
	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		if (!ctl->opt.quiet || flavour_check_health(check) == FLAVOUR_HEALTH_BAD)
			print_check(check);
	return CTL_DONE;
}

int verb_doctor(struct ctl *ctl, int argc, char **argv)
{
	const struct flavour_check *check;
	struct flavour_checks *checks;
	int status = ctl_devices(ctl);
	size_t i;

	if (status)
		return status;
	if (flavour_checks_new(ctl->all, &checks))
		return complain_ctx(ctl);
	status = print_checks(ctl, checks);
	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		if (flavour_check_health(check) == FLAVOUR_HEALTH_BAD)
			status = CTL_FAILED;
	flavour_checks_free(checks);
	return status;
}
