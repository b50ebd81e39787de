// SPDX-License-Identifier: LGPL-2.1-or-later
/* The whole policy in the kernel module's words, which know no dsn= and no path=. */
#include <errno.h>
#include <string.h>

#include "policy/boot.h"
#include "policy/policy.h"

/* What a rule of the kernel module takes. */
#define MAX_TERMS 8
#define MAX_SIZE 4000

struct compiler {
	struct flavour_policy *policy;
	struct rule_facts *facts;	/* of the devices that are no bridges */
	size_t count;
	const struct flavour_devices *devices;
};

void policy_forget_compiled(struct flavour_policy *policy)
{
	size_t i;

	for (i = 0; i < policy->compiled_count; i++)
		free(policy->compiled[i].match);
	free(policy->compiled);
	policy->compiled = NULL;
	policy->compiled_count = policy->compiled_room = 0;
}

static size_t count_words(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == ' ';
	return n;
}

/* Takes @match over. */
static int add_compiled(struct flavour_policy *policy, const struct flavour_rule *rule, char *match)
{
	size_t room = policy->compiled_room ? policy->compiled_room * 2 : 16;
	struct kernel_rule *grown;

	if (policy->compiled_count == policy->compiled_room) {
		grown = reallocarray(policy->compiled, room, sizeof(*grown));
		if (!grown) {
			free(match);
			return -ENOMEM;
		}
		policy->compiled = grown;
		policy->compiled_room = room;
	}
	policy->compiled[policy->compiled_count++] = (struct kernel_rule){ rule, match };
	return 0;
}

static int add_match(struct flavour_policy *policy, const struct flavour_rule *rule, char *match)
{
	if (count_words(match) <= MAX_TERMS && strlen(match) <= MAX_SIZE)
		return add_compiled(policy, rule, match);
	free(match);
	return strv_take(&policy->errors, format("%s:%u:1: The rule is too long for the kernel "
						 "module, which takes %d terms.",
						 flavour_rule_file(rule), rule->line, MAX_TERMS));
}

static int compile_for(struct flavour_policy *policy, const struct flavour_rule *rule,
		       struct flavour_device *dev)
{
	char *match;
	int error = flavour_rule_compile(rule, dev, &match);

	return error ? error : add_match(policy, rule, match);
}

static bool secondary_bus(struct flavour_device *bridge, uint32_t *bus)
{
	AUTOFREE char *text = device_attr(bridge, "secondary_bus_number");
	int number = to_int(text, -1);

	*bus = (uint32_t)number;
	return number > 0 && number < 256;
}

static struct flavour_device *find_path(const struct compiler *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->devices->count; i++) {
		struct flavour_device *dev = c->devices->v[i].dev;
		const char *other = flavour_device_path(dev);

		if (other && !strcasecmp(other, path))
			return dev;
	}
	return NULL;
}

/* The bus below the last part but one of "pci0000:00/1c.0/00.0", and its domain. */
static bool parent_bus(const struct compiler *c, const char *parent, struct address *address)
{
	struct flavour_device *bridge;
	const char *s;

	if (strchr(parent, '/')) {
		bridge = find_path(c, parent);
		return bridge && address_parse(bridge->address, address) &&
		       secondary_bus(bridge, &address->bus);
	}
	s = scan_hex(parent + strlen("pci"), 8, &address->domain);
	s = s && *s == ':' ? scan_hex(s + 1, 2, &address->bus) : NULL;
	return s && !*s;
}

/*
 * The address that a device will have that is not there yet: its place below a
 * bridge that is.
 */
static bool absent_address(const struct compiler *c, const struct rule_term *term,
			   struct address *address)
{
	AUTOFREE char *parent = NULL;
	const char *leaf, *s;

	if (term->key != RULE_PATH || term->glob[term->literal] || !starts_with(term->glob, "pci"))
		return false;
	leaf = strrchr(term->glob, '/');
	if (!leaf)
		return false;
	parent = strndup(term->glob, (size_t)(leaf - term->glob));
	if (!parent || !parent_bus(c, parent, address))
		return false;
	s = scan_hex(leaf + 1, 2, &address->device);
	s = s && *s == '.' ? scan_hex(s + 1, 1, &address->function) : NULL;
	return s && !*s && address->device < 32 && address->function < 8;
}

/* As if it were there: what the rule says of it besides goes into the match. */
static int compile_absent(const struct compiler *c, const struct flavour_rule *rule)
{
	struct flavour_device dev = { .ctx = c->policy->ctx };
	struct address address = { 0 };
	bool found = false;
	size_t i;

	for (i = 0; i < rule->count; i++) {
		/* Its serial number is not known. */
		if (rule->terms[i].key == RULE_DSN)
			return 0;
		found |= absent_address(c, &rule->terms[i], &address);
	}
	if (!found)
		return 0;
	address_format(&address, dev.address);
	if (flavour_devices_find(c->devices, dev.address))
		return 0;
	return compile_for(c->policy, rule, &dev);
}

static int compile_by_device(const struct compiler *c, const struct flavour_rule *rule)
{
	bool found = false;
	int error = 0;
	size_t i;

	for (i = 0; !error && i < c->count; i++) {
		if (!rule_fits(rule, &c->facts[i]))
			continue;
		found = true;
		error = compile_for(c->policy, rule, c->facts[i].dev);
	}
	return error || found ? error : compile_absent(c, rule);
}

static int compile_all(const struct compiler *c)
{
	struct flavour_policy *policy = c->policy;
	struct boot boot;
	int error = boot_read(&boot, policy->ctx);
	size_t i;

	for (i = 0; !error && i < policy->count; i++) {
		const struct flavour_rule *rule = policy->v[i];

		if (policy_rule_waits(&boot, rule))
			continue;
		error = rule_needs_device(rule) ? compile_by_device(c, rule) :
						  compile_for(policy, rule, NULL);
	}
	boot_clear(&boot);
	return error;
}

static bool any_needs_device(const struct flavour_policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (rule_needs_device(policy->v[i]))
			return true;
	return false;
}

API int flavour_policy_compile(struct flavour_policy *policy, const struct flavour_devices *devices)
{
	struct compiler c = { .policy = policy, .devices = devices };
	bool needed = any_needs_device(policy);
	size_t i;
	int error;

	policy_forget_compiled(policy);
	c.facts = calloc(devices->count + 1, sizeof(*c.facts));
	if (!c.facts)
		return ctx_oom(policy->ctx);
	for (i = 0; needed && i < devices->count; i++)
		if (!flavour_device_is_bridge(devices->v[i].dev))
			facts_init(&c.facts[c.count++], devices->v[i].dev);
	error = compile_all(&c);
	free(c.facts);
	return error ? ctx_oom(policy->ctx) : (int)policy->compiled_count;
}

API size_t flavour_policy_compiled_count(const struct flavour_policy *policy)
{
	return policy->compiled_count;
}

API const char *flavour_policy_compiled(const struct flavour_policy *policy, size_t index,
					const struct flavour_rule **ret_rule)
{
	if (index >= policy->compiled_count)
		return NULL;
	if (ret_rule)
		*ret_rule = policy->compiled[index].rule;
	return policy->compiled[index].match;
}
