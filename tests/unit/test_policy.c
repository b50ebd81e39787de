// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

static int setup(void **state)
{
	*state = fake_new();
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_policy *parse(struct fake *fake, const char *text, int errors)
{
	struct flavour_policy *policy;

	assert_int_equal(flavour_policy_new(fake->ctx, &policy), 0);
	assert_int_equal(flavour_policy_parse(policy, "f", text, strlen(text)), errors);
	return policy;
}

static void rules_and_comments(void **state)
{
	struct flavour_policy *policy = parse(*state,
		"# a comment\n"
		"\n"
		"vfio  id=15b3:101e\taddress=0000:3b:*   # the VFs\n"
		"none class=0300\r\n"
		"   native modalias=pci:v000015B3*\n"
		"vfio dsn=00-11-22-ff-fe-33-44-55 path=\\_SB_.PCI0.RP01", 0);
	static const char *const texts[] = {
		"vfio id=15b3:101e address=0000:3b:*",
		"none class=0300",
		"native modalias=pci:v000015B3*",
		"vfio dsn=00-11-22-ff-fe-33-44-55 path=\\_SB_.PCI0.RP01",
	};
	static const unsigned int lines[] = { 3, 4, 5, 6 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++) {
		const struct flavour_rule *rule = flavour_policy_rule(policy, i);

		assert_non_null(rule);
		assert_string_equal(flavour_rule_text(rule), texts[i]);
		assert_int_equal(flavour_rule_line(rule), lines[i]);
		assert_string_equal(flavour_rule_file(rule), "f");
	}
	assert_null(flavour_policy_rule(policy, i));
	assert_null(flavour_policy_error(policy, 0));
	assert_int_equal(flavour_rule_flavour(flavour_policy_rule(policy, 1)), FLAVOUR_NONE);
	flavour_policy_free(policy);
}

static const struct {
	const char *line;
	const char *error;	/* the start of it */
} wrong[] = {
	{ "Vfio id=15b3:101e", "f:1:1: \"Vfio\" is not a flavour" },
	{ "  vfi0 id=15b3:101e", "f:1:3: \"vfi0\"" },
	{ "unknown address=*", "f:1:1: " },
	{ "vfio", "f:1:5: The rule does not say for which" },
	{ "vfio  # id=15b3:101e", "f:1:7: The rule does not say for which" },
	{ "vfio 15b3:101e", "f:1:6: \"15b3:101e\" is not a term" },
	{ "vfio id=15b3:101e driver=x", "f:1:19: There is no key \"driver\"" },
	{ "vfio =x", "f:1:6: There is no key \"\"" },
	{ "vfio id=", "f:1:9: id= needs an ID" },
	{ "vfio id=15b3", "f:1:9: id= needs" },
	{ "vfio id=15b3:101e:1", "f:1:9: id= needs" },
	{ "vfio id=15g3:101e", "f:1:9: id= needs" },
	{ "vfio class=03", "f:1:12: class= needs" },
	{ "vfio class=*03", "f:1:12: class= needs" },
	{ "vfio class=network", "f:1:12: class= needs" },
	{ "vfio address=eth0", "f:1:14: address= needs" },
	{ "vfio address=0000:[3b:*", "f:1:14: address= needs" },
	{ "vfio address=[", "f:1:14: address= needs" },
	{ "vfio address=[!", "f:1:14: address= needs" },
	{ "vfio address=[]", "f:1:14: address= needs" },
	{ "vfio modalias=v000015B3*", "f:1:15: modalias= needs" },
	{ "vfio physfn=pf0", "f:1:13: physfn= needs" },
	{ "vfio id=1:2", "f:1:9: id= needs" },
	{ "vfio id=15b3:", "f:1:9: id= needs" },
	{ "vfio address=3b:00.0", "f:1:14: address= needs" },
	{ "vfio physfn=0000:3b:00", "f:1:13: physfn= needs" },
	{ "vfio modalias=pci:v\\*", "f:1:15: modalias= needs" },
	{ "vfio dsn=xyz", "f:1:10: dsn= needs" },
	{ "vfio id=15b3:101e\x01", "f:1:18: A control character" },
};

static void wrong_lines_are_named(void **state)
{
	struct flavour_policy *policy;
	size_t i;

	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		policy = parse(*state, wrong[i].line, 1);
		if (strncmp(flavour_policy_error(policy, 0), wrong[i].error,
			    strlen(wrong[i].error)))
			fail_msg("%s: %s", wrong[i].line, flavour_policy_error(policy, 0));
		assert_null(flavour_policy_rule(policy, 0));
		flavour_policy_free(policy);
	}
}

static void a_wrong_line_spoils_no_other(void **state)
{
	struct flavour_policy *policy = parse(*state,
		"vfio id=0001:0002\nrubbish\nnone address=*\nmore rubbish\n", 2);

	assert_int_equal(flavour_rule_line(flavour_policy_rule(policy, 1)), 3);
	assert_contains(flavour_policy_error(policy, 1), "f:4:1:");
	flavour_policy_free(policy);
}

static void a_nul_is_an_error_of_its_line(void **state)
{
	struct fake *fake = *state;
	static const char text[] = "vfio id=0001:0002\0\nnone address=*\n";
	struct flavour_policy *policy;

	assert_int_equal(flavour_policy_new(fake->ctx, &policy), 0);
	assert_int_equal(flavour_policy_parse(policy, "f", text, sizeof(text) - 1), 1);
	assert_contains(flavour_policy_error(policy, 0), "f:1:18:");
	assert_non_null(flavour_policy_rule(policy, 0));
	flavour_policy_free(policy);
}

static void put_dsn(struct fake *fake, const char *address, uint64_t dsn)
{
	AUTOFREE char *path = format("sys/bus/pci/devices/%s/config", address);
	unsigned char config[4096] = { 0 };
	int i;

	/* An AER capability first, which points to the serial number's. */
	config[0x100] = 0x01;
	config[0x102] = 0x02;
	config[0x103] = 0x14;
	config[0x140] = 0x03;
	config[0x142] = 0x01;
	for (i = 0; i < 8; i++)
		config[0x144 + i] = (unsigned char)(dsn >> (8 * i));
	fake_bytes(fake, path, config, sizeof(config));
}

static bool matches(struct fake *fake, const char *line, const char *address)
{
	struct flavour_policy *policy = parse(fake, line, 0);
	struct flavour_device *dev = fake_get(fake, address);
	bool yes = flavour_policy_match(policy, dev) != NULL;

	flavour_device_unref(dev);
	flavour_policy_free(policy);
	return yes;
}

static void make_machine(struct fake *fake)
{
	fake_device(fake, "0000:00:1c.0", ID_BRIDGE, NULL, 1);
	fake_device(fake, "0000:3b:00.0", ID_NIC, "0000:00:1c.0", 2);
	fake_device(fake, "0000:3b:00.1", ID_NIC, "0000:00:1c.0", 3);
	fake_link(fake, "sys/bus/pci/devices/0000:3b:00.1/physfn",
		  "sys/bus/pci/devices/0000:3b:00.0");
	fake_attr(fake, "0000:3b:00.0", "firmware_node/path", "\\_SB_.PCI0.RP01.PXSX\n");
	fake_file(fake, "sys/bus/pci/slots/7/address", "0000:3b:00\n");
	put_dsn(fake, "0000:3b:00.0", 0x00112233445566ffull);
}

static void keys_match_what_they_say(void **state)
{
	static const struct {
		const char *line;
		bool pf, vf;
	} cases[] = {
		{ "vfio address=0000:3b:00.0", true, false },
		{ "vfio address=0000:3B:*", true, true },
		{ "vfio id=15B3:101e", true, true },
		{ "vfio id=15b3:*", true, true },
		{ "vfio id=15b3:101f", false, false },
		{ "vfio id=15b3:101e:15b3:0058", true, true },
		{ "vfio id=15b3:101e:15b3:0059", false, false },
		{ "vfio class=0200", true, true },
		{ "vfio class=020000", true, true },
		{ "vfio class=02*", true, true },
		{ "vfio class=020001", false, false },
		{ "vfio modalias=pci:v000015B3d0000101E*", true, true },
		{ "vfio modalias=pci:v000015b3*", false, false },
		{ "vfio physfn=0000:3b:00.0", false, true },
		{ "vfio dsn=00-11-22-33-44-55-66-ff", true, false },
		{ "vfio dsn=00112233445566FF", true, false },
		{ "vfio path=pci0000:00/1c.0/00.0", true, false },
		{ "vfio path=pci0000:00/1c.0/*", true, true },
		{ "vfio path=\\_SB_.PCI0.RP01.PXSX", true, false },
		{ "vfio path=7", true, true },
		{ "vfio id=15b3:101e address=0000:01:*", false, false },
		{ "vfio address=[!0]*", false, false },
	};
	struct fake *fake = *state;
	size_t i;

	make_machine(fake);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (matches(fake, cases[i].line, "0000:3b:00.0") != cases[i].pf ||
		    matches(fake, cases[i].line, "0000:3b:00.1") != cases[i].vf)
			fail_msg("%s", cases[i].line);
	}
}

static void the_first_rule_decides(void **state)
{
	struct flavour_policy *policy = parse(*state,
		"none class=0300\nnative address=0000:3b:00.1\nvfio id=15b3:101e\n", 0);
	struct flavour_device *dev;

	make_machine(*state);
	dev = fake_get(*state, "0000:3b:00.1");
	assert_int_equal(flavour_rule_flavour(flavour_policy_match(policy, dev)), FLAVOUR_NATIVE);
	flavour_device_unref(dev);
	flavour_policy_free(policy);
}

static void rules_compile_down(void **state)
{
	static const struct {
		const char *line, *match;
		bool device;
	} cases[] = {
		{ "vfio id=15b3:101e", "modalias=pci:v000015B3d0000101Esv*", false },
		{ "vfio id=15b3:101e:15b3:0058",
		  "modalias=pci:v000015B3d0000101Esv000015B3sd00000058bc*", false },
		{ "vfio class=0300", "modalias=pci:*bc03sc00i*", false },
		{ "vfio class=030000", "modalias=pci:*bc03sc00i00", false },
		{ "vfio class=03*", "modalias=pci:*bc03*", false },
		{ "vfio address=0000:3B:[^1]*", "address=0000:3b:[!1]*", false },
		{ "vfio physfn=0000:3b:00.0 id=15b3:*",
		  "physfn=0000:3b:00.0 modalias=pci:v000015B3d0000*sv*", false },
		{ "vfio path=7", "address=0000:3b:00.0", true },
		{ "vfio dsn=00*", "address=0000:3b:00.0 modalias=" ID_NIC, true },
	};
	struct flavour_device *dev;
	struct flavour_policy *policy;
	char *match;
	size_t i;

	make_machine(*state);
	dev = fake_get(*state, "0000:3b:00.0");
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		policy = parse(*state, cases[i].line, 0);
		assert_int_equal(flavour_rule_compile(flavour_policy_rule(policy, 0), NULL,
						      &match), cases[i].device ? -ENODEV : 0);
		if (cases[i].device)
			assert_int_equal(flavour_rule_compile(flavour_policy_rule(policy, 0), dev,
							      &match), 0);
		assert_string_equal(match, cases[i].match);
		free(match);
		flavour_policy_free(policy);
	}
	flavour_device_unref(dev);
}

static void files_hide_each_other(void **state)
{
	struct fake *fake = *state;
	struct flavour_policy *policy;

	fake_file(fake, "lib/driver-flavour.d/50-a.conf", "vfio address=1*\n");
	fake_file(fake, "local/driver-flavour.d/50-a.conf", "vfio address=4*\n");
	fake_file(fake, "lib/driver-flavour.d/70-d.conf", "vfio address=5*\n");
	fake_file(fake, "local/driver-flavour.d/70-d.conf", "vfio address=6*\n");
	fake_file(fake, "etc/driver-flavour.d/50-a.conf", "none address=2*\n");
	fake_file(fake, "run/driver-flavour.d/10-b.conf", "vfio address=3*\n");
	fake_file(fake, "etc/driver-flavour.d/60-c.txt", "rubbish\n");
	fake_file(fake, "etc/driver-flavour.d/.50.conf", "rubbish\n");
	assert_int_equal(flavour_policy_read(fake->ctx, &policy), 0);
	assert_string_equal(flavour_rule_text(flavour_policy_rule(policy, 0)), "vfio address=3*");
	assert_string_equal(flavour_rule_text(flavour_policy_rule(policy, 1)), "none address=2*");
	assert_string_equal(flavour_rule_text(flavour_policy_rule(policy, 2)), "vfio address=6*");
	assert_null(flavour_policy_rule(policy, 3));
	flavour_policy_free(policy);
}

static char *file_text(struct fake *fake)
{
	AUTOFREE char *path = format("%s/etc/driver-flavour.d/50-x.conf", fake->dir);

	return read_text(path, NULL);
}

static void expect_file(struct fake *fake, const char *expected)
{
	AUTOFREE char *text = file_text(fake);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void rules_are_added_and_removed(void **state)
{
	struct fake *fake = *state;
	struct flavour_ctx *ctx = fake->ctx;
	const char *name = "50-x.conf";

	assert_int_equal(flavour_policy_file_add(ctx, name, "vfio  id=15b3:101e # mine"), 1);
	assert_int_equal(flavour_policy_file_add(ctx, name, "vfio id=15b3:101e"), 0);
	expect_file(fake, "vfio id=15b3:101e\n");
	fake_file(fake, "etc/driver-flavour.d/50-x.conf", "# kept\nbroken\nvfio  address=1* # k");
	assert_int_equal(flavour_policy_file_add(ctx, name, "none address=2*"), 1);
	expect_file(fake, "# kept\nbroken\nvfio  address=1* # k\nnone address=2*\n");
	assert_int_equal(flavour_policy_file_remove(ctx, name, "vfio address=1*"), 1);
	assert_int_equal(flavour_policy_file_remove(ctx, name, "vfio address=1*"), 0);
	expect_file(fake, "# kept\nbroken\nnone address=2*\n");
}

static void bad_edits_are_refused(void **state)
{
	struct fake *fake = *state;
	struct flavour_ctx *ctx = fake->ctx;

	assert_int_equal(flavour_policy_file_add(ctx, "../x.conf", "vfio id=0001:0002"), -EINVAL);
	assert_int_equal(flavour_policy_file_add(ctx, "x.txt", "vfio id=0001:0002"), -EINVAL);
	assert_int_equal(flavour_policy_file_add(ctx, ".x.conf", "vfio id=0001:0002"), -EINVAL);
	assert_int_equal(flavour_policy_file_add(ctx, "50-x.conf", "vfio id"), -EINVAL);
	assert_contains(flavour_ctx_message(ctx), "Column 6");
	assert_int_equal(flavour_policy_file_add(ctx, "50-x.conf", "# nothing"), -EINVAL);
	assert_int_equal(flavour_policy_file_add(ctx, "50-x.conf", "vfio id=0001:0002\nnone id=0003:0004"),
			 -EINVAL);
	assert_null(file_text(fake));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_and_comments),
		TEST(wrong_lines_are_named),
		TEST(a_wrong_line_spoils_no_other),
		TEST(a_nul_is_an_error_of_its_line),
		TEST(keys_match_what_they_say),
		TEST(the_first_rule_decides),
		TEST(rules_compile_down),
		TEST(files_hide_each_other),
		TEST(rules_are_added_and_removed),
		TEST(bad_edits_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
