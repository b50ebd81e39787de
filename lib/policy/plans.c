// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the policy would do to the devices that are there. */
#include <errno.h>

#include "policy/policy.h"

struct planner {
	struct flavour_policy *policy;
	const struct flavour_devices *devices;
	const struct flavour_rule **rules;	/* one a device, or NULL */
	struct flavour_policy_plans *plans;
};

static const struct flavour_rule *rule_of(const struct flavour_policy *policy,
					  struct flavour_device *dev)
{
	const struct flavour_rule *rule = flavour_policy_match(policy, dev);

	return rule && !flavour_device_is_bridge(dev) ? rule : NULL;
}

static bool takes_away(const struct flavour_rule *rule)
{
	return rule && rule->flavour != FLAVOUR_NATIVE;
}

/* Of its group, what is not among the devices asked for, but in the policy. */
static int add_member(struct planner *p, const char *address)
{
	struct flavour_device *member;
	int error;

	if (flavour_devices_find(p->devices, address))
		return 0;
	error = device_alloc(p->policy->ctx, address, &member);
	if (error)
		return error;
	if (takes_away(rule_of(p->policy, member)))
		error = flavour_devices_add(p->plans->together, member);
	flavour_device_unref(member);
	return error < 0 ? error : 0;
}

static int add_with_group(struct planner *p, struct flavour_device *dev)
{
	AUTOFREE char *dir = ctx_path(p->policy->ctx, FLAVOUR_ROOT_SYSFS,
				      "kernel/iommu_groups/%d/devices", flavour_device_group(dev));
	struct strv names = { 0 };
	int error = flavour_devices_add(p->plans->together, dev);
	size_t i;

	if (flavour_device_group(dev) >= 0)
		list_dir(dir, &names);
	for (i = 0; error >= 0 && i < names.count; i++)
		error = add_member(p, names.v[i]);
	strv_clear(&names);
	return error < 0 ? error : 0;
}

static int match_all(struct planner *p)
{
	int error = flavour_devices_new_empty(p->policy->ctx, &p->plans->together);
	size_t i;

	for (i = 0; !error && i < p->devices->count; i++) {
		p->rules[i] = rule_of(p->policy, p->devices->v[i].dev);
		if (takes_away(p->rules[i]))
			error = add_with_group(p, p->devices->v[i].dev);
	}
	return error;
}

static int plan_one(struct planner *p, struct flavour_device *dev, const struct flavour_rule *rule)
{
	struct flavour_plan *plan;
	int error;

	if (!rule || (rule->flavour == FLAVOUR_NATIVE &&
		      flavour_device_flavour(dev) == FLAVOUR_NATIVE))
		return 0;
	error = flavour_plan_new(dev, rule->flavour, NULL,
				 FLAVOUR_PLAN_POLICY | FLAVOUR_PLAN_NO_STEPS, p->plans->together,
				 &plan);
	if (error)
		return error;
	plan->rule = rule;
	p->plans->v[p->plans->count++] = plan;
	return 0;
}

static int make_plans(struct planner *p)
{
	int error = match_all(p);
	size_t i;

	p->plans->v = calloc(p->devices->count + 1, sizeof(*p->plans->v));
	if (!error && !p->plans->v)
		error = ctx_oom(p->policy->ctx);
	for (i = 0; !error && i < p->devices->count; i++)
		error = plan_one(p, p->devices->v[i].dev, p->rules[i]);
	return error ? error : policy_check_root(p->policy, p->plans->v, p->plans->count);
}

API int flavour_policy_plans_new(struct flavour_policy *policy,
				 const struct flavour_devices *devices,
				 struct flavour_policy_plans **ret_plans)
{
	struct planner p = { .policy = policy, .devices = devices };
	int error = -ENOMEM;

	p.rules = calloc(devices->count + 1, sizeof(*p.rules));
	p.plans = calloc(1, sizeof(*p.plans));
	if (p.rules && p.plans)
		error = make_plans(&p);
	else
		ctx_oom(policy->ctx);
	free(p.rules);
	if (error)
		flavour_policy_plans_free(p.plans);
	else
		*ret_plans = p.plans;
	return error;
}

API size_t flavour_policy_plans_count(const struct flavour_policy_plans *plans)
{
	return plans->count;
}

API struct flavour_plan *flavour_policy_plans_get(const struct flavour_policy_plans *plans,
						  size_t index)
{
	return index < plans->count ? plans->v[index] : NULL;
}

API void flavour_policy_plans_free(struct flavour_policy_plans *plans)
{
	size_t i;

	if (!plans)
		return;
	for (i = 0; i < plans->count; i++)
		flavour_plan_free(plans->v[i]);
	free(plans->v);
	flavour_devices_free(plans->together);
	free(plans);
}
