// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In an initramfs the root file system is not mounted yet, and what carries it
 * has no user. There a rule takes only what can't carry it: by its class, for
 * lack of a driver in this initramfs, or because root= names another kind of
 * device. The rest is left to the run after the root file system is mounted.
 */
#include <errno.h>

#include "policy/boot.h"
#include "policy/policy.h"

#define ANY ((uint32_t)-1)

/* Nothing that can be mounted is on such a device, nor comes through it. */
static bool is_inert(uint32_t base, uint32_t sub)
{
	switch (base) {
	case 0x03: /* display */
	case 0x04: /* multimedia */
	case 0x07: /* communication: serial ports, modems */
	case 0x09: /* input */
	case 0x0a: /* docking stations */
	case 0x0b: /* processors */
	case 0x10: /* encryption */
	case 0x11: /* signal processing */
	case 0x12: /* accelerators */
		return true;
	case 0x05: /* memory, of which NVDIMM and CXL may hold a file system */
		return !sub;
	case 0x08: /* of the system; 05 and 80 are card readers, and Thunderbolt */
		return sub < 0x05 || sub == 0x06;
	}
	return false;
}

/* Network, wireless, InfiniBand */
static bool is_network(uint32_t base, uint32_t sub)
{
	return base == 0x02 || base == 0x0d || (base == 0x0c && sub == 0x06);
}

/* The kernel's names tell the kind; what comes over the network may have any. */
static bool name_excludes(const struct boot *boot, const struct match_id *id)
{
	uint32_t base = id->field[MATCH_BASE_CLASS], sub = id->field[MATCH_SUB_CLASS];
	bool virtio = id->field[MATCH_VENDOR] == 0x1af4;
	const char *root = boot->root ? boot->root : "";

	if (starts_with(root, "/dev/nfs") || starts_with(root, "nfs:") ||
	    starts_with(root, "nfs4:"))
		return base == 0x01 || (base == 0x08 && sub == 0x05);
	if (boot->network)
		return false;
	if (starts_with(root, "/dev/vd"))
		return !virtio;
	if (starts_with(root, "/dev/sd"))
		return base == 0x01 && sub == 0x08;
	/* USB 4 has PCI devices behind it, the others have none. */
	if (starts_with(root, "/dev/nvme"))
		return virtio || (base == 0x0c && sub == 0x03 &&
				  id->field[MATCH_INTERFACE] < 0x40);
	return false;
}

/* If that can't be told, there may be one. */
static bool has_driver(struct flavour_ctx *ctx, const struct match_id *id)
{
	struct flavour_candidates *drivers;
	bool has;

	if (candidates_for(ctx, id, UNIVERSE_NATIVE, &drivers))
		return true;
	has = drivers->count;
	flavour_candidates_free(drivers);
	return has;
}

static bool class_could_hold(const struct boot *boot, uint32_t base, uint32_t sub)
{
	if (is_network(base, sub))
		return boot->network;
	return !is_inert(base, sub);
}

static bool could_hold(const struct boot *boot, struct flavour_device *dev)
{
	const struct match_id *id = device_match_id(dev);

	if (!id)
		return true;
	return class_could_hold(boot, id->field[MATCH_BASE_CLASS], id->field[MATCH_SUB_CLASS]) &&
	       !name_excludes(boot, id) && has_driver(boot->ctx, id);
}

static void refuse(struct flavour_plan *plan, const struct boot *boot)
{
	plan->result = fail(&plan->err, EBUSY, "%s may carry the root file system (root=%s), which "
			    "is not mounted yet. It is left alone in the initramfs; the policy is "
			    "applied again when the root file system is there.",
			    plan->dev->address, boot->root ? boot->root : "?");
}

/* Refuses the plans that could take the root file system away before it is mounted. */
int policy_check_root(const struct flavour_policy *policy, struct flavour_plan *const *plans,
		      size_t count)
{
	struct boot boot;
	size_t i;
	int error;

	if (!count)
		return 0;
	error = boot_read(&boot, policy->ctx);
	for (i = 0; !error && boot.pending && i < count; i++) {
		struct flavour_plan *plan = plans[i];

		if (!plan->result && !plan->noop && plan->flavour != FLAVOUR_NATIVE &&
		    could_hold(&boot, plan->dev))
			refuse(plan, &boot);
	}
	boot_clear(&boot);
	return error ? ctx_oom(policy->ctx) : 0;
}

/* The class that a rule names, as far as it does. */
static void rule_class(const struct flavour_rule *rule, uint32_t *base, uint32_t *sub)
{
	size_t i;

	*base = *sub = ANY;
	for (i = 0; i < rule->count; i++) {
		const struct rule_term *term = &rule->terms[i];

		if (term->key != RULE_CLASS || term->literal < 2)
			continue;
		scan_hex(term->glob, 2, base);
		if (term->literal >= 4)
			scan_hex(term->glob + 2, 2, sub);
	}
}

/*
 * A rule of the kernel module's takes what comes later: the disks behind a VMD
 * whose driver is being loaded. Of those only the class in the rule is known.
 */
bool policy_rule_waits(const struct boot *boot, const struct flavour_rule *rule)
{
	uint32_t base, sub;

	if (!boot->pending || rule->flavour == FLAVOUR_NATIVE)
		return false;
	rule_class(rule, &base, &sub);
	return class_could_hold(boot, base, sub);
}
