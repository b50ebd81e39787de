/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules for devices: read, edited, checked, handed to the kernel module, planned.
 *
 * May use: base, module, device, use, plan
 * Used by: doctor.c
 */
#ifndef FLAVOUR_POLICY_H
#define FLAVOUR_POLICY_H

#include "plan/plan.h"

enum rule_key {
	RULE_ADDRESS, RULE_ID, RULE_CLASS, RULE_MODALIAS, RULE_PHYSFN, RULE_DSN, RULE_PATH,
	RULE_KEYS
};

struct rule_term {
	enum rule_key key;
	char *glob;
	size_t literal;		/* how long it is without a wildcard */
	bool short_form;	/* an id= without the subsystem, a class= without the interface */
};

struct flavour_rule {
	enum flavour flavour;
	struct rule_term *terms;
	size_t count;
	char *text, *file;
	unsigned int line;
};

/* Where in a line a rule is wrong, from 1, and why. */
struct rule_error {
	unsigned int column;
	char text[160];
};

int rule_parse(const char *line, size_t size, struct flavour_rule **rule,
	       struct rule_error *error);
void rule_free(struct flavour_rule *rule);

/* What rules ask of a device, read at most once for all of them. */
struct rule_facts {
	struct flavour_device *dev;
	bool have_id, have_dsn;
	char id[12], full_id[24], class_code[8], sub_class[8], dsn[20], dashed_dsn[32];
};

void facts_init(struct rule_facts *facts, struct flavour_device *dev);
bool rule_fits(const struct flavour_rule *rule, struct rule_facts *facts);
bool rule_needs_device(const struct flavour_rule *rule);

/* One rule of the kernel module's. */
struct kernel_rule {
	const struct flavour_rule *rule;	/* what it was made of */
	char *match;
};

struct flavour_policy {
	struct flavour_ctx *ctx;
	struct flavour_rule **v;
	size_t count, room;
	struct strv errors;
	struct kernel_rule *compiled;		/* compile.c */
	size_t compiled_count, compiled_room;
};

const struct flavour_rule *policy_match(const struct flavour_policy *policy,
					struct rule_facts *facts);
int policy_parse_rule(struct flavour_ctx *ctx, const char *text, struct flavour_rule **rule);
bool policy_is_file_name(struct flavour_ctx *ctx, const char *name);
int policy_check_root(const struct flavour_policy *policy, struct flavour_plan *const *plans,
		      size_t count);

struct flavour_policy_plans {
	struct flavour_plan **v;
	size_t count;
	struct flavour_devices *together;	/* which all of them look at */
};

void policy_forget_compiled(struct flavour_policy *policy);

/* Returns what to close() afterwards. */
int policy_lock(struct flavour_ctx *ctx);

#endif
