// SPDX-License-Identifier: LGPL-2.1-or-later
/* The policy in configfs, which is a folder here: mkdirat() and unlinkat() are the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define RULES "sys/kernel/config/driver_flavour/pci"
#define TWO_RULES "vfio address=0000:01:*\nnone address=0000:02:*\n"
#define TWO_MADE "a00001 vfio 1 address=0000:01:*; a00002 none 1 address=0000:02:*; "

static struct fake *kernel;
/* Names of rules: one can't be removed, one is not though it seems so, one is never active. */
static const char *stuck, *undead, *deaf;

static void rule_file(const char *name, const char *attr, const char *text)
{
	AUTOFREE char *path = format(RULES "/%s/%s", name, attr);

	fake_file(kernel, path, text);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	AUTOFREE char *path = format("%s/" RULES "/%s", kernel->dir, name);
	AUTOFREE char *active = format(RULES "/%s/active", name);

	if (mkdir(path, mode))
		return -1;
	rule_file(name, "match", "");
	rule_file(name, "flavour", "vfio\n");
	if (deaf && !strcmp(name, deaf))
		fake_link(kernel, active, "/dev/null");
	else
		rule_file(name, "active", "0\n");
	return 0;
}

int unlinkat(int dir, const char *name, int flags)
{
	static const char *const attrs[] = { "match", "flavour", "active" };
	AUTOFREE char *path = format("%s/" RULES "/%s", kernel->dir, name);
	size_t i;

	if (stuck && !strcmp(name, stuck)) {
		errno = EBUSY;
		return -1;
	}
	if (undead && !strcmp(name, undead))
		return 0;
	for (i = 0; i < ARRAY_LEN(attrs); i++) {
		AUTOFREE char *attr = format(RULES "/%s/%s", name, attrs[i]);

		fake_remove(kernel, attr);
	}
	return rmdir(path);
}

static int setup(void **state)
{
	kernel = fake_new();
	stuck = undead = deaf = NULL;
	fake_dir(kernel, RULES);
	*state = kernel;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static int install(struct fake *fake, const char *text)
{
	struct flavour_devices *none;
	struct flavour_policy *policy;
	int done;

	assert_int_equal(flavour_policy_new(fake->ctx, &policy), 0);
	flavour_policy_parse(policy, "50-f.conf", text, strlen(text));
	assert_int_equal(flavour_devices_new_empty(fake->ctx, &none), 0);
	assert_true(flavour_policy_compile(policy, none) >= 0);
	done = flavour_policy_install(policy);
	flavour_devices_free(none);
	flavour_policy_free(policy);
	return done;
}

static char *rule_attr(const char *name, const char *attr)
{
	AUTOFREE char *path = format("%s/" RULES "/%s/%s", kernel->dir, name, attr);

	return read_attr(path);
}

/* "a00001 FLAVOUR ACTIVE MATCH; " for each rule of the policy's. */
static void expect_rules(struct fake *fake, const char *expected)
{
	AUTOFREE char *dir = format("%s/" RULES, fake->dir);
	struct strv names = { 0 }, told = { 0 };
	AUTOFREE char *joined = NULL;
	size_t i;

	assert_int_equal(list_dir(dir, &names), 0);
	for (i = 0; i < names.count; i++) {
		AUTOFREE char *flavour = rule_attr(names.v[i], "flavour");
		AUTOFREE char *active = rule_attr(names.v[i], "active");
		AUTOFREE char *match = rule_attr(names.v[i], "match");

		strv_take(&told, format("%s %s %s %s; ", names.v[i] + strlen("50-policy-"),
					flavour, active, match));
	}
	joined = strv_join(&told, "");
	assert_string_equal(joined, expected);
	strv_clear(&told);
	strv_clear(&names);
}

static void made_and_turned_on(void **state)
{
	assert_int_equal(install(*state, TWO_RULES), 1);
	expect_rules(*state, TWO_MADE);
	assert_int_equal(install(*state, TWO_RULES), 0);
	expect_rules(*state, TWO_MADE);
}

static void another_generation_takes_their_place(void **state)
{
	assert_int_equal(install(*state, TWO_RULES), 1);
	assert_int_equal(install(*state, "native address=*\n"), 1);
	expect_rules(*state, "b00001 native 1 address=*; ");
	assert_int_equal(install(*state, TWO_RULES), 1);
	expect_rules(*state, TWO_MADE);
	assert_int_equal(install(*state, ""), 1);
	expect_rules(*state, "");
}

static void one_that_was_turned_off_is_made_again(void **state)
{
	assert_int_equal(install(*state, TWO_RULES), 1);
	rule_file("50-policy-a00002", "active", "0\n");
	assert_int_equal(install(*state, TWO_RULES), 1);
	expect_rules(*state, "b00001 vfio 1 address=0000:01:*; b00002 none 1 address=0000:02:*; ");
}

/* It would go on to decide, and nobody would know. */
static void an_old_rule_that_stays_is_told(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(install(fake, TWO_RULES), 1);
	stuck = "50-policy-a00002";
	assert_int_equal(install(fake, "native address=*\n"), -EBUSY);
	assert_contains(flavour_ctx_message(fake->ctx), "50-policy-a00002 of an earlier policy");
	assert_contains(flavour_ctx_message(fake->ctx), "Device or resource busy");
	assert_contains(flavour_ctx_message(fake->ctx), "rmdir ");
	expect_rules(fake, "a00002 none 1 address=0000:02:*; b00001 native 1 address=*; ");
	assert_int_equal(install(fake, ""), -EBUSY);
	stuck = NULL;
	assert_int_equal(install(fake, ""), 1);
	expect_rules(fake, "");
}

static void a_killed_apply_is_put_right(void **state)
{
	mkdirat(0, "50-policy-a00001", 0755);
	mkdirat(0, "50-policy-b00001", 0755);
	mkdirat(0, "50-policy-b00002", 0755);
	stuck = "50-policy-b00001";
	assert_int_equal(install(*state, TWO_RULES), -EBUSY);
	assert_contains(flavour_ctx_message(kernel->ctx), "50-policy-b00001 of an earlier policy");
	stuck = NULL;
	assert_int_equal(install(*state, TWO_RULES), 1);
	expect_rules(*state, "b00001 vfio 1 address=0000:01:*; b00002 none 1 address=0000:02:*; ");
}

static void what_is_there_is_counted(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(install(fake, TWO_RULES), 1);
	undead = "50-policy-a00002";
	assert_int_equal(install(fake, "native address=*\n"), -EIO);
	assert_contains(flavour_ctx_message(fake->ctx), "2 rules of the policy, which has 1");
}

/* The former policy holds on. */
static void a_rule_that_is_not_turned_on_is_told(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(install(fake, TWO_RULES), 1);
	deaf = "50-policy-b00002";
	assert_int_equal(install(fake, "native address=1*\nnone address=2*\n"), -EIO);
	assert_contains(flavour_ctx_message(fake->ctx), "the rule of 50-f.conf:2");
	expect_rules(fake, TWO_MADE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(made_and_turned_on),
		TEST(another_generation_takes_their_place),
		TEST(one_that_was_turned_off_is_made_again),
		TEST(an_old_rule_that_stays_is_told),
		TEST(a_killed_apply_is_put_right),
		TEST(what_is_there_is_counted),
		TEST(a_rule_that_is_not_turned_on_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
