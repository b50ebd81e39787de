// SPDX-License-Identifier: LGPL-2.1-or-later
/* The policy parser: what it takes, it can write and read again. */
#include <string.h>

#include "fuzz.h"

static void check_round_trip(const struct flavour_rule *rule)
{
	const char *text = flavour_rule_text(rule);
	struct rule_error error;
	struct flavour_rule *again;

	if (rule_parse(text, strlen(text), &again, &error) || !again)
		abort();
	if (strcmp(flavour_rule_text(again), text))
		abort();
	rule_free(again);
}

static void check_compile(const struct flavour_rule *rule, struct flavour_device *dev)
{
	char *match = NULL;

	if (flavour_rule_compile(rule, dev, &match) || !match || strchr(match, '\n'))
		abort();
	free(match);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flavour_ctx *ctx = fuzz_ctx();
	struct flavour_policy *policy;
	struct flavour_device *dev;
	const struct flavour_rule *rule;
	size_t i;

	if (flavour_policy_new(ctx, &policy) || device_alloc(ctx, "0000:01:00.0", &dev))
		abort();
	flavour_policy_parse(policy, "fuzz", (const char *)data, size);
	for (i = 0; (rule = flavour_policy_rule(policy, i)); i++) {
		check_round_trip(rule);
		check_compile(rule, dev);
		flavour_rule_matches(rule, dev);
	}
	flavour_policy_free(policy);
	flavour_device_unref(dev);
	return 0;
}
