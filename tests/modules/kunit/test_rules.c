// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: made, written and met by a device through the functions that configfs
 * and the bus's notifier call. They are static, hence the #include.
 */
#include "../../../kernel/rules.c"
#include "device.h"
#include "toy.h"

#define MODALIAS "pci:v000015B3d0000101Esv000015B3sd00000016bc02sc00i00"

static struct rule *make(struct kunit *test, const char *name)
{
	struct config_item *item = rule_make(&groups[0], name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, item);
	return to_rule(item);
}

static int put(ssize_t (*store)(struct config_item *item, const char *page, size_t count),
	       struct rule *rule, const char *text)
{
	ssize_t ret = store(&rule->item, text, strlen(text));

	return ret == strlen(text) ? 0 : ret;
}

static struct rule *rule(struct kunit *test, const char *name, const char *flavour,
			 const char *match)
{
	struct rule *made = make(test, name);

	KUNIT_EXPECT_EQ(test, put(rule_match_store, made, match), 0);
	KUNIT_EXPECT_EQ(test, put(rule_flavour_store, made, flavour), 0);
	KUNIT_EXPECT_EQ(test, put(rule_active_store, made, "1\n"), 0);
	return made;
}

static void drop(struct rule *rule)
{
	rule_drop(&groups[0], &rule->item);
}

/* A device that comes; what a rule has decided on it, as the files tell it. */
static void expect(struct kunit *test, enum flavour flavour)
{
	flavour_rules_apply(toy);
	toy_expect(test, -1, flavour == FLAVOUR_NATIVE ? NULL : flavour_words[flavour], flavour);
	toy_ops.override_set(toy, NULL);
	flavour_device_removed(toy);
}

static void expect_hits(struct kunit *test, struct rule *rule, const char *want)
{
	char *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	rule_hits_show(&rule->item, page);
	KUNIT_EXPECT_STREQ(test, page, want);
}

static const struct {
	const char *match;
	bool fits;
} samples[] = {
	{ "address=0000:3b:00.2", true },
	{ "address=0000:3b:*", true },
	{ "address=0000:3b:00.[0-9]\n", true },
	{ "address=????:3b:0?.?", true },
	{ "address=*", true },
	{ "address=0000:3b:00.20", false },
	{ "address=0000:3b:00.", false },
	{ "address=0000:3c:*", false },
	{ "modalias=" MODALIAS, true },
	{ "modalias=pci:v000015B3d*", true },
	{ "modalias=pci:v*sc00i00", true },
	{ "modalias=pci:v000015b3d*", false },
	{ "modalias=vfio_pci:*", false },
	{ "physfn=0000:3b:00.0", true },
	{ "physfn=0000:3b:00.1", false },
	{ "address=0000:3b:* modalias=*bc02* physfn=*", true },
	{ "address=0000:3b:* modalias=*bc03* physfn=*", false },
	{ "address=0000:3b:* address=*.2", true },
	{ "address=0000:3b:* address=*.3", false },
};

static void rules_match(struct kunit *test)
{
	struct rule *a;
	int i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		a = rule(test, "a", "vfio", samples[i].match);
		kunit_info(test, "%s", samples[i].match);
		expect(test, samples[i].fits ? FLAVOUR_VFIO : FLAVOUR_NATIVE);
		expect_hits(test, a, samples[i].fits ? "1\n" : "0\n");
		drop(a);
	}
}

/* Who is no VF has no PF, whatever the glob. */
static void rules_without_physfn(struct kunit *test)
{
	struct rule *a = rule(test, "a", "none", "physfn=*");

	toy_facts.fact[TOY_PHYSFN] = NULL;
	expect(test, FLAVOUR_NATIVE);
	drop(a);
}

static void rules_refuse_malformed(struct kunit *test)
{
	static const char * const malformed[] = {
		"", "\n", " \t ", "address", "address=", "Address=x", "class=02", "=x",
		"address=a\naddress=b",
		"physfn=1 physfn=2 physfn=3 physfn=4 physfn=5 physfn=6 physfn=7 physfn=8 physfn=9",
		"address=0000:* what=ever",
	};
	struct rule *a = make(test, "a");
	int i;

	KUNIT_EXPECT_EQ(test, put(rule_active_store, a, "1"), -EINVAL);
	KUNIT_EXPECT_EQ(test, put(rule_match_store, a, "address=0000:3b:*"), 0);
	for (i = 0; i < ARRAY_SIZE(malformed); i++)
		KUNIT_EXPECT_EQ_MSG(test, put(rule_match_store, a, malformed[i]), -EINVAL,
				    "'%s'", malformed[i]);
	KUNIT_EXPECT_EQ(test, rule_match_store(&a->item, "address=\0", 9), -EINVAL);
	KUNIT_EXPECT_EQ(test, put(rule_flavour_store, a, "fast"), -EINVAL);
	KUNIT_EXPECT_EQ(test, put(rule_active_store, a, "2"), -EINVAL);
	expect(test, FLAVOUR_NATIVE);
	/* What it said before holds. */
	KUNIT_EXPECT_EQ(test, put(rule_active_store, a, "1"), 0);
	KUNIT_EXPECT_STREQ(test, a->match, "address=0000:3b:*");
	expect(test, FLAVOUR_VFIO);
	drop(a);
}

static void rules_active_are_not_changed(struct kunit *test)
{
	struct rule *a = rule(test, "a", "none", "address=*");

	KUNIT_EXPECT_EQ(test, put(rule_match_store, a, "address=nothing"), -EBUSY);
	KUNIT_EXPECT_EQ(test, put(rule_flavour_store, a, "vfio"), -EBUSY);
	expect(test, FLAVOUR_NONE);
	KUNIT_EXPECT_EQ(test, put(rule_active_store, a, "0"), 0);
	KUNIT_EXPECT_EQ(test, put(rule_flavour_store, a, "vfio"), 0);
	expect(test, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, put(rule_active_store, a, "1"), 0);
	expect(test, FLAVOUR_VFIO);
	expect_hits(test, a, "2\n");
	drop(a);
}

/* The names decide, in whatever order the rules were made. */
static void rules_go_by_name(struct kunit *test)
{
	struct rule *last = rule(test, "90-rest", "vfio", "address=0000:*");
	struct rule *other = rule(test, "20-other", "vfio", "address=0000:3c:*");
	struct rule *first = rule(test, "10-except", "native", "address=0000:3b:00.2");
	struct rule *second = rule(test, "10-first", "none", "address=0000:3b:*");

	expect(test, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, put(rule_active_store, first, "0"), 0);
	expect(test, FLAVOUR_NONE);
	drop(second);
	expect(test, FLAVOUR_VFIO);
	expect_hits(test, first, "1\n");
	expect_hits(test, other, "0\n");
	expect_hits(test, last, "1\n");
	drop(first);
	drop(other);
	drop(last);
}

static void rules_stay_in_order(struct kunit *test)
{
	struct rule *made[64], *at;
	const char *before = "";
	char name[8];
	int i;

	/* 37 and 64 have no common divisor: each number comes once. */
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		snprintf(name, sizeof(name), "%d", i * 37 % 64);
		made[i] = make(test, name);
	}
	list_for_each_entry(at, &rules, list) {
		KUNIT_EXPECT_LT(test, strcmp(before, config_item_name(&at->item)), 0);
		before = config_item_name(&at->item);
	}
	for (i = 0; i < ARRAY_SIZE(made); i++)
		drop(made[i]);
	KUNIT_EXPECT_TRUE(test, list_empty(&rules));
}

/* Neither a device that is none of theirs, nor one that can't be held. */
static void rules_leave_alone(struct kunit *test)
{
	struct rule *a = rule(test, "a", "vfio", "address=*");

	toy_fail_override = 1;
	expect(test, FLAVOUR_NATIVE);
	expect_hits(test, a, "1\n");
	toy_facts.fact[TOY_ADDRESS] = NULL;
	expect(test, FLAVOUR_NATIVE);
	expect_hits(test, a, "1\n");
	drop(a);
}

static int rules_test_init(struct kunit *test)
{
	int ret = toy_init(test);

	if (ret)
		return ret;
	device_release_driver(toy);
	toy_facts = (struct flavour_facts){ .fact = {
		[TOY_ADDRESS]  = "0000:3b:00.2",
		[TOY_MODALIAS] = MODALIAS,
		[TOY_PHYSFN]   = "0000:3b:00.0",
	} };
	return 0;
}

static struct kunit_case rules_cases[] = {
	KUNIT_CASE(rules_match),
	KUNIT_CASE(rules_without_physfn),
	KUNIT_CASE(rules_refuse_malformed),
	KUNIT_CASE(rules_active_are_not_changed),
	KUNIT_CASE(rules_go_by_name),
	KUNIT_CASE(rules_stay_in_order),
	KUNIT_CASE(rules_leave_alone),
	{}
};

static struct kunit_suite rules_suite = {
	.name = "flavour_rules",
	.init = rules_test_init,
	.exit = toy_exit,
	.test_cases = rules_cases,
};

kunit_test_suites(&rules_suite);
