// SPDX-License-Identifier: GPL-2.0-or-later
/* An explanation as sentences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

static const struct column plain, size = { .flags = COLUMN_SIZE };

static const char *text_of(struct json_object *json, const char *key)
{
	return json_object_get_string(json_object_object_get(json, key));
}

static void print_lines(struct json_object *array, const char *before)
{
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++)
		printf("%s%s\n", before,
		       json_object_get_string(json_object_array_get_idx(array, i)));
}

static void print_head(struct json_object *e)
{
	printf("%s  %s: %s [%s]\n", text_of(e, "address"), text_of(e, "class"),
	       text_of(e, "name"), text_of(e, "id"));
	printf("  flavour  %s\n", text_of(e, "flavour"));
	printf("  driver   %s\n", text_of(e, "driver") ? text_of(e, "driver") : "none bound");
	if (text_of(e, "override"))
		printf("  override %s\n", text_of(e, "override"));
	if (text_of(e, "problem"))
		printf("  problem  %s\n", text_of(e, "problem"));
}

static void print_group(struct json_object *e)
{
	struct json_object *others = json_object_object_get(e, "group_others");
	size_t i, count = json_object_array_length(others);

	if (!text_of(e, "group")) {
		puts("  group    in no IOMMU group");
		return;
	}
	printf("  group    %s, %s", text_of(e, "group"), count ? "with" : "alone in it");
	for (i = 0; i < count; i++) {
		struct json_object *other = json_object_array_get_idx(others, i);
		const char *driver = text_of(other, "driver");

		printf("%s %s", i ? "," : "", text_of(other, "address"));
		if (driver)
			printf(" (%s)", driver);
	}
	putchar('\n');
}

static void print_candidate(struct json_object *candidate)
{
	char *closure = value_text(&plain, json_object_object_get(candidate, "closure"));
	char *bytes = value_text(&size, json_object_object_get(candidate, "load_size"));
	const char *state = text_of(candidate, "state");

	printf("  %s. %s (%s", text_of(candidate, "rank"), text_of(candidate, "module"), state);
	if (!strcmp(state, "installed") && closure && bytes)
		printf(", would load %s%s%s", bytes, strcmp(closure, "-") ? ", needs " : "",
		       strcmp(closure, "-") ? closure : "");
	printf(")\n     %s\n     %s\n", text_of(candidate, "alias"),
	       text_of(candidate, "reason"));
	free(closure);
	free(bytes);
}

static void print_candidates(struct json_object *e)
{
	struct json_object *list = json_object_object_get(e, "candidates");
	size_t i;

	puts(json_object_array_length(list) ? "VFIO candidates, best first:" :
	     "No installed module has a VFIO entry for it.");
	for (i = 0; i < json_object_array_length(list); i++)
		print_candidate(json_object_array_get_idx(list, i));
}

static void print_uses(struct json_object *e)
{
	struct json_object *uses = json_object_object_get(e, "uses");
	size_t i;

	if (json_object_array_length(uses))
		puts("In use:");
	for (i = 0; i < json_object_array_length(uses); i++)
		printf("  %s\n", text_of(json_object_array_get_idx(uses, i), "text"));
}

static void print_machine(struct json_object *e)
{
	struct json_object *checks = json_object_object_get(e, "machine");
	size_t i;

	if (json_object_array_length(checks))
		puts("The machine:");
	for (i = 0; i < json_object_array_length(checks); i++) {
		struct json_object *check = json_object_array_get_idx(checks, i);

		printf("  %s\n", text_of(check, "text"));
		if (text_of(check, "advice"))
			printf("  %s\n", text_of(check, "advice"));
	}
}

static void print_plan(struct json_object *e)
{
	struct json_object *steps = json_object_object_get(e, "steps");
	size_t uses = json_object_array_length(json_object_object_get(e, "uses"));

	if (json_object_get_boolean(json_object_object_get(e, "is_vfio"))) {
		puts(text_of(e, "command") ? "It is bound to VFIO, but not to the best driver." :
		     "It is already bound to VFIO.");
	} else if (uses && text_of(e, "error") && !strcmp(text_of(e, "error"), "EBUSY")) {
		puts("Cannot be claimed: the device is in use (see above).");
	} else if (text_of(e, "message")) {
		printf("Cannot be claimed:\n  %s\n", text_of(e, "message"));
	}
	if (json_object_array_length(steps)) {
		puts("Claiming it would:");
		print_lines(steps, "  ");
	}
	if (text_of(e, "command"))
		printf("The command:\n  %s\n", text_of(e, "command"));
}

void explain_text(struct json_object *explained)
{
	print_head(explained);
	print_group(explained);
	print_candidates(explained);
	print_uses(explained);
	print_machine(explained);
	print_plan(explained);
}
