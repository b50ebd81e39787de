// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is wrong with a policy: on this machine, or whatever the machine. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "policy/policy.h"

struct flavour_finding {
	enum flavour_finding_kinds kind;
	const struct flavour_rule *rule;	/* NULL if the line is not a rule */
	char *text;
};

struct flavour_findings {
	struct flavour_finding *v;
	size_t count;
};

struct checker {
	struct flavour_policy *policy;
	const struct flavour_devices *devices;
	struct flavour_findings *findings;
	struct flavour_policy_plans *plans;
	/*
	 * One element for each rule: how many devices it matches; for how many it
	 * is the first match; an earlier rule that took one of the others.
	 */
	size_t *matched, *decided;
	const struct flavour_rule **overruled_by;
};

static int add(struct checker *c, enum flavour_finding_kinds kind, const struct flavour_rule *rule,
	       char *text)
{
	struct flavour_findings *f = c->findings;
	struct flavour_finding *grown = reallocarray(f->v, f->count + 1, sizeof(*grown));

	if (grown)
		f->v = grown;
	if (!grown || !text) {
		free(text);
		return -ENOMEM;
	}
	f->v[f->count++] = (struct flavour_finding){ kind, rule, text };
	return 0;
}

static char *at(const struct flavour_rule *rule, char *text)
{
	char *full = text ? format("%s:%u: %s", flavour_rule_file(rule), rule->line, text) : NULL;

	free(text);
	return full;
}

/* Does @wide match everything that @narrow matches? A false negative is allowed. */
static bool glob_covers(const struct rule_term *wide, const struct rule_term *narrow)
{
	size_t len = wide->literal < narrow->literal ? wide->literal : narrow->literal;

	if (strncasecmp(wide->glob, narrow->glob, len))
		return false;
	if (!strcasecmp(wide->glob, narrow->glob))
		return true;
	len = strlen(wide->glob);
	if (!narrow->glob[narrow->literal])
		return wide->literal < len &&
		       !fnmatch(wide->glob, narrow->glob, FNM_NOESCAPE | FNM_CASEFOLD);
	/* "abc*" covers "abcd*e" */
	return len && wide->literal == len - 1 && wide->glob[len - 1] == '*' &&
	       narrow->literal >= wide->literal &&
	       !strncasecmp(wide->glob, narrow->glob, wide->literal);
}

static bool term_covers(const struct rule_term *wide, const struct rule_term *narrow)
{
	size_t len = strlen(wide->glob);
	const char *colon;

	if (wide->key == RULE_ADDRESS && !strcmp(wide->glob, "*"))
		return true;
	if (wide->key != narrow->key)
		return false;
	if (glob_covers(wide, narrow))
		return true;
	if (wide->literal != len || strncasecmp(wide->glob, narrow->glob, len))
		return false;
	/* 15b3:101e covers 15b3:101e:…, and class 0200 covers 020000 */
	colon = strchr(wide->glob, ':');
	if (wide->key == RULE_ID)
		return colon && !strchr(colon + 1, ':') && narrow->glob[len] == ':';
	return wide->key == RULE_CLASS && len == 4;
}

static bool rule_covers(const struct flavour_rule *wide, const struct flavour_rule *narrow)
{
	size_t i, j;

	for (i = 0; i < wide->count; i++) {
		for (j = 0; j < narrow->count; j++)
			if (term_covers(&wide->terms[i], &narrow->terms[j]))
				break;
		if (j == narrow->count)
			return false;
	}
	return true;
}

static const struct flavour_rule *covered_by(const struct flavour_policy *policy, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (rule_covers(policy->v[i], policy->v[index]))
			return policy->v[i];
	return NULL;
}

static void count_device(struct checker *c, struct flavour_device *dev)
{
	const struct flavour_rule *first = NULL;
	struct rule_facts facts;
	size_t i;

	facts_init(&facts, dev);
	for (i = 0; i < c->policy->count; i++) {
		if (!rule_fits(c->policy->v[i], &facts))
			continue;
		c->matched[i]++;
		if (!first) {
			first = c->policy->v[i];
			c->decided[i]++;
		} else if (!c->overruled_by[i]) {
			c->overruled_by[i] = first;
		}
	}
}

static int check_rule(struct checker *c, size_t i)
{
	const struct flavour_rule *rule = c->policy->v[i], *other = covered_by(c->policy, i);

	if (other)
		return add(c, FLAVOUR_FINDING_SHADOWED, rule,
			   at(rule, format("It never applies: %s:%u (%s) comes first, and matches "
					   "all that it does. Remove one, or change their order.",
					   flavour_rule_file(other), other->line, other->text)));
	other = c->overruled_by[i];
	if (c->matched[i] && !c->decided[i])
		return add(c, FLAVOUR_FINDING_OVERRULED, rule,
			   at(rule, format("An earlier rule matches each device that it matches "
					   "now: %s:%u (%s), for example.", flavour_rule_file(other),
					   other->line, other->text)));
	if (!c->matched[i])
		return add(c, FLAVOUR_FINDING_NO_DEVICE, rule,
			   at(rule, format("It matches no device that is present now.")));
	return 0;
}

static bool takes_vital(const struct flavour_plan *plan)
{
	const struct flavour_uses *uses = flavour_plan_uses(plan);
	size_t i;

	for (i = 0; i < flavour_uses_count(uses); i++)
		if (flavour_use_is_vital(flavour_uses_get(uses, i)))
			return true;
	return false;
}

static int check_plan(struct checker *c, const struct flavour_plan *plan)
{
	bool vital = takes_vital(plan);

	if (!plan->result)
		return 0;
	return add(c, vital ? FLAVOUR_FINDING_VITAL : FLAVOUR_FINDING_SKIPPED, plan->rule,
		   at(plan->rule, format("It %s %s: %s", vital ? "would take" : "skips",
					 plan->dev->address, plan->err.text)));
}

static int check_lines(struct checker *c)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < c->policy->errors.count; i++)
		error = add(c, FLAVOUR_FINDING_WRONG, NULL, strdup(c->policy->errors.v[i]));
	return error;
}

static int check_all(struct checker *c)
{
	int error = check_lines(c);
	size_t i;

	for (i = 0; i < c->devices->count; i++)
		if (!flavour_device_is_bridge(c->devices->v[i].dev))
			count_device(c, c->devices->v[i].dev);
	for (i = 0; !error && i < c->plans->count; i++)
		error = check_plan(c, c->plans->v[i]);
	for (i = 0; !error && i < c->policy->count; i++)
		error = check_rule(c, i);
	return error;
}

static int check(struct checker *c)
{
	size_t count = c->policy->count + 1;
	int error = -ENOMEM;

	c->matched = calloc(count, sizeof(*c->matched));
	c->decided = calloc(count, sizeof(*c->decided));
	c->overruled_by = calloc(count, sizeof(*c->overruled_by));
	if (c->matched && c->decided && c->overruled_by)
		error = flavour_policy_plans_new(c->policy, c->devices, &c->plans);
	if (!error)
		error = check_all(c);
	flavour_policy_plans_free(c->plans);
	free(c->matched);
	free(c->decided);
	free(c->overruled_by);
	return error;
}

API int flavour_findings_new(struct flavour_policy *policy, const struct flavour_devices *devices,
			     struct flavour_findings **ret_findings)
{
	struct checker c = { .policy = policy, .devices = devices };
	int error;

	c.findings = calloc(1, sizeof(*c.findings));
	if (!c.findings)
		return ctx_oom(policy->ctx);
	error = check(&c);
	if (!error) {
		*ret_findings = c.findings;
		return 0;
	}
	flavour_findings_free(c.findings);
	return error == -ENOMEM ? ctx_oom(policy->ctx) : error;
}

API size_t flavour_findings_count(const struct flavour_findings *findings)
{
	return findings->count;
}

API const struct flavour_finding *flavour_findings_get(const struct flavour_findings *findings,
						       size_t index)
{
	return index < findings->count ? &findings->v[index] : NULL;
}

API void flavour_findings_free(struct flavour_findings *findings)
{
	size_t i;

	if (!findings)
		return;
	for (i = 0; i < findings->count; i++)
		free(findings->v[i].text);
	free(findings->v);
	free(findings);
}

API enum flavour_finding_kinds flavour_finding_kind(const struct flavour_finding *finding)
{
	return finding->kind;
}

API const struct flavour_rule *flavour_finding_rule(const struct flavour_finding *finding)
{
	return finding->rule;
}

API const char *flavour_finding_text(const struct flavour_finding *finding)
{
	return finding->text;
}
