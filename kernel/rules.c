// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules in configfs: the flavour of devices that are not there yet.
 *
 *	/sys/kernel/config/driver_flavour/BUS/NAME/{match,flavour,active,hits}
 *
 * In the order of their names, the first active rule that matches decides. That
 * happens in the bus's notifier, before any driver sees the device. A native
 * rule is an exception from those behind it.
 */
#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/glob.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bus.h"
#include "pending.h"
#include "rules.h"
#include "say.h"
#include "terms.h"
#include "trace.h"

#define MAX_TERMS 8

/**
 * struct rule - a rule
 * @item: its directory
 * @bus: whose devices it is for
 * @list: among the rules, in the order of their names
 * @match: as it was written, without the newline; NULL if it was not
 * @words: the same, cut up by flavour_terms_parse()
 * @terms: what a device has to match
 * @n_terms: how many
 * @flavour: what the rule gives
 * @active: whether it counts
 * @hits: the devices that it has decided on
 *
 * All but @item, @bus and @hits by rules_lock.
 */
struct rule {
	struct config_item item;
	const struct flavour_bus *bus;
	struct list_head list;
	char *match;
	char *words;
	struct term terms[MAX_TERMS];
	int n_terms;
	enum flavour flavour;
	bool active;
	atomic_t hits;
};

/*
 * Held for reading while a device is added, under locks of the driver core: the
 * holder must not wait for anything.
 */
static DECLARE_RWSEM(rules_lock);
static LIST_HEAD(rules);

static struct rule *to_rule(struct config_item *item)
{
	return container_of(item, struct rule, item);
}

static bool term_fits(const struct term *term, const struct flavour_facts *facts)
{
	const char *fact = facts->fact[term->key];

	return fact && !strncmp(term->glob, fact, term->literal) &&
		glob_match(term->glob + term->literal, fact + term->literal);
}

static bool rule_fits(const struct rule *rule, const struct flavour_facts *facts)
{
	int i;

	for (i = 0; i < rule->n_terms; i++)
		if (!term_fits(&rule->terms[i], facts))
			return false;
	return true;
}

static enum flavour decide(struct device *dev, const struct flavour_bus *bus,
			   const struct flavour_facts *facts)
{
	enum flavour flavour = FLAVOUR_NATIVE;
	struct rule *rule;

	down_read(&rules_lock);
	list_for_each_entry(rule, &rules, list) {
		if (rule->bus != bus || !rule->active || !rule_fits(rule, facts))
			continue;
		flavour = rule->flavour;
		atomic_inc(&rule->hits);
		trace_flavour_rule(dev, config_item_name(&rule->item), flavour_words[flavour]);
		break;
	}
	up_read(&rules_lock);
	return flavour;
}

/**
 * flavour_rules_apply - give a device that is just being added the flavour of its rule
 * @dev: the device, not locked
 */
void flavour_rules_apply(struct device *dev)
{
	const struct flavour_bus *bus = flavour_bus_of(dev);
	struct flavour_facts facts;
	enum flavour want;
	int ret;

	if (list_empty(&rules) || !bus->describe(dev, &facts))
		return;
	want = decide(dev, bus, &facts);
	if (want == FLAVOUR_NATIVE)
		return;
	ret = flavour_pending_hold(dev, want);
	if (ret)
		dev_err(dev, "a rule says %s, but it can't be held: %pe\n",
			flavour_words[want], ERR_PTR(ret));
}

static ssize_t rule_match_show(struct config_item *item, char *page)
{
	struct rule *rule = to_rule(item);
	ssize_t len;

	down_read(&rules_lock);
	len = sysfs_emit(page, "%s\n", rule->match ?: "");
	up_read(&rules_lock);
	return len;
}

static const char *list_keys(const char * const *keys, char *text, size_t size)
{
	size_t len = 0;

	for (; *keys; keys++)
		len += scnprintf(text + len, size - len, "%s%s=", len ? ", " : "", *keys);
	return text;
}

static void say_wrong(struct rule *rule, bool many, const char *wrong)
{
	const char *name = config_item_name(&rule->item);
	int len = say_len(name);
	char keys[80];

	if (many)
		say(pr_warn, "rule %*pE: more than %d terms, at '%*pE'\n", len, name,
		    MAX_TERMS, say_len(wrong), wrong);
	else if (wrong)
		say(pr_warn, "rule %*pE: '%*pE' is no %s and a glob\n", len, name,
		    say_len(wrong), wrong, list_keys(rule->bus->keys, keys, sizeof(keys)));
	else
		say(pr_warn, "rule %*pE: match has no terms\n", len, name);
}

/* Read @text, for @rule, into @parsed, which is nobody else's. Says what is wrong. */
static int parse_match(struct rule *parsed, struct rule *rule, const char *text,
		       size_t len)
{
	const char *name = config_item_name(&rule->item), *wrong;
	int ret;

	parsed->match = kmemdup_nul(text, len, GFP_KERNEL);
	parsed->words = kmemdup_nul(text, len, GFP_KERNEL);
	if (!parsed->match || !parsed->words)
		return -ENOMEM;
	if (memchr(text, '\0', len) || memchr(text, '\n', len)) {
		say(pr_warn, "rule %*pE: match is more than one line\n", say_len(name), name);
		return -EINVAL;
	}
	ret = flavour_terms_parse(parsed->words, rule->bus->keys, parsed->terms, MAX_TERMS,
				  &wrong);
	if (ret > 0) {
		parsed->n_terms = ret;
		return 0;
	}
	say_wrong(rule, ret == -E2BIG, wrong);
	return -EINVAL;
}

static int replace_match(struct rule *rule, struct rule *parsed)
{
	int ret = 0;

	down_write(&rules_lock);
	if (rule->active) {
		ret = -EBUSY;
	} else {
		swap(rule->match, parsed->match);
		swap(rule->words, parsed->words);
		memcpy(rule->terms, parsed->terms, sizeof(rule->terms));
		rule->n_terms = parsed->n_terms;
	}
	up_write(&rules_lock);
	return ret;
}

static ssize_t rule_match_store(struct config_item *item, const char *page, size_t count)
{
	struct rule *parsed = kzalloc(sizeof(*parsed), GFP_KERNEL), *rule = to_rule(item);
	size_t len = count;
	int ret;

	if (!parsed)
		return -ENOMEM;
	if (len && page[len - 1] == '\n')
		len--;
	ret = parse_match(parsed, rule, page, len);
	if (!ret)
		ret = replace_match(rule, parsed);
	kfree(parsed->match);
	kfree(parsed->words);
	kfree(parsed);
	return ret ?: count;
}
CONFIGFS_ATTR(rule_, match);

static ssize_t rule_flavour_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n", flavour_words[READ_ONCE(to_rule(item)->flavour)]);
}

static ssize_t rule_flavour_store(struct config_item *item, const char *page, size_t count)
{
	struct rule *rule = to_rule(item);
	enum flavour flavour;
	int ret = flavour_parse(page, count, &flavour);

	if (ret)
		return ret;
	down_write(&rules_lock);
	if (rule->active)
		ret = -EBUSY;
	else
		WRITE_ONCE(rule->flavour, flavour);
	up_write(&rules_lock);
	return ret ?: count;
}
CONFIGFS_ATTR(rule_, flavour);

static ssize_t rule_active_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_rule(item)->active));
}

static ssize_t rule_active_store(struct config_item *item, const char *page, size_t count)
{
	struct rule *rule = to_rule(item);
	bool active;
	int ret = kstrtobool(page, &active);

	if (ret)
		return ret;
	down_write(&rules_lock);
	if (active && !rule->n_terms)
		ret = -EINVAL;
	else
		WRITE_ONCE(rule->active, active);
	up_write(&rules_lock);
	if (ret)
		say(pr_warn, "rule %*pE: write its match first\n",
		    say_len(config_item_name(item)), config_item_name(item));
	return ret ?: count;
}
CONFIGFS_ATTR(rule_, active);

static ssize_t rule_hits_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", atomic_read(&to_rule(item)->hits));
}
CONFIGFS_ATTR_RO(rule_, hits);

static struct configfs_attribute *rule_attrs[] = {
	&rule_attr_match,
	&rule_attr_flavour,
	&rule_attr_active,
	&rule_attr_hits,
	NULL
};

static void rule_release(struct config_item *item)
{
	struct rule *rule = to_rule(item);

	kfree(rule->match);
	kfree(rule->words);
	kfree(rule);
}

static struct configfs_item_operations rule_ops = {
	.release = rule_release,
};

static const struct config_item_type rule_type = {
	.ct_owner    = THIS_MODULE,
	.ct_item_ops = &rule_ops,
	.ct_attrs    = rule_attrs,
};

static void insert_by_name(struct rule *rule)
{
	struct rule *other;

	list_for_each_entry(other, &rules, list)
		if (strcmp(config_item_name(&rule->item), config_item_name(&other->item)) < 0)
			break;
	list_add_tail(&rule->list, &other->list);
}

static struct config_group groups[FLAVOUR_BUSES]; /* one for each bus */

static struct config_item *rule_make(struct config_group *group, const char *name)
{
	struct rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);

	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->bus = flavour_buses[group - groups];
	rule->flavour = FLAVOUR_VFIO;
	config_item_init_type_name(&rule->item, name, &rule_type);
	/* A long name is allocated, which may fail. */
	if (!config_item_name(&rule->item)) {
		kfree(rule);
		return ERR_PTR(-ENOMEM);
	}
	down_write(&rules_lock);
	insert_by_name(rule);
	up_write(&rules_lock);
	return &rule->item;
}

static void rule_drop(struct config_group *group, struct config_item *item)
{
	down_write(&rules_lock);
	list_del(&to_rule(item)->list);
	up_write(&rules_lock);
	config_item_put(item);
}

static struct configfs_group_operations group_ops = {
	.make_item = rule_make,
	.drop_item = rule_drop,
};

static const struct config_item_type group_type = {
	.ct_owner     = THIS_MODULE,
	.ct_group_ops = &group_ops,
};

static const struct config_item_type subsystem_type = {
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group.cg_item = {
		.ci_namebuf = "driver_flavour",
		.ci_type    = &subsystem_type,
	},
};

/**
 * flavour_rules_init - let rules be made
 *
 * Return: 0 or a negative errno.
 */
int flavour_rules_init(void)
{
	int i;

	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	for (i = 0; i < FLAVOUR_BUSES; i++) {
		config_group_init_type_name(&groups[i], flavour_buses[i]->type->name, &group_type);
		configfs_add_default_group(&groups[i], &subsystem.su_group);
	}
	return configfs_register_subsystem(&subsystem);
}

/**
 * flavour_rules_exit - the end of flavour_rules_init(); there are no rules any more
 */
void flavour_rules_exit(void)
{
	configfs_unregister_subsystem(&subsystem);
	mutex_destroy(&subsystem.su_mutex);
}
