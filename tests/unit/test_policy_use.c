// SPDX-License-Identifier: LGPL-2.1-or-later
/* The policy at work: compiled, planned, checked; the root file system's disk. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

#define NVME "0000:02:00.0"
#define NVME2 "0000:03:00.0"
#define NIC "0000:04:00.0"
#define PORT "0000:00:1d.0"

/* Two NVMe controllers and a NIC, and a port with nothing below it. */
static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_device(fake, PORT, ID_BRIDGE, NULL, 1);
	fake_attr(fake, PORT, "secondary_bus_number", "9\n");
	fake_device(fake, NVME, ID_NVME, NULL, 2);
	fake_device(fake, NVME2, ID_NVME, NULL, 3);
	fake_device(fake, NIC, ID_NIC, NULL, 4);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_policy *parse(struct fake *fake, const char *text)
{
	struct flavour_policy *policy;

	assert_int_equal(flavour_policy_new(fake->ctx, &policy), 0);
	flavour_policy_parse(policy, "50-f.conf", text, strlen(text));
	return policy;
}

static struct flavour_devices *all_of(struct fake *fake)
{
	struct flavour_devices *all;

	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	return all;
}

static void expect_compiled(struct fake *fake, const char *text, const char *const *expected)
{
	struct flavour_policy *policy = parse(fake, text);
	struct flavour_devices *all = all_of(fake);
	int i, count = flavour_policy_compile(policy, all);

	for (i = 0; expected[i]; i++) {
		assert_true(i < count);
		assert_string_equal(flavour_policy_compiled(policy, (size_t)i, NULL), expected[i]);
	}
	assert_int_equal(count, i);
	assert_null(flavour_policy_compiled(policy, (size_t)i, NULL));
	flavour_devices_free(all);
	flavour_policy_free(policy);
}

static void devices_stand_for_paths(void **state)
{
	expect_compiled(*state, "native address=" NIC "\nvfio path=pci0000:00/0*\n",
			(const char *const[]){ "address=" NIC, "address=" NVME, "address=" NVME2,
					       "address=" NIC, NULL });
}

static void an_empty_place_is_compiled(void **state)
{
	expect_compiled(*state, "vfio path=pci0000:00/1d.0/00.1 id=15b3:101e\n"
			"none path=pci0000:00/1f.7\nvfio path=pci0000:00/1e.0/00.0\n"
			"vfio path=pci0000:00/1d.0/00.1/00.0\nvfio path=pci0000:00/1d.0/xx\n"
			"vfio path=pci0000:00/1d.0/0?.0\nvfio dsn=01* path=pci0000:00/1d.0/00.2\n",
			(const char *const[]){
				"address=0000:09:00.1 modalias=pci:v000015B3d0000101Esv*",
				"address=0000:00:1f.7", NULL });
}

static void what_is_there_but_no_match_is_not_absent(void **state)
{
	expect_compiled(*state, "vfio path=pci0000:00/00.0 id=abcd:*\n",
			(const char *const[]){ "address=0000:00:00.0 modalias=pci:v0000ABCDd0000*sv*",
					       NULL });
	fake_device(*state, "0000:00:05.0", ID_NIC, NULL, 5);
	expect_compiled(*state, "vfio path=pci0000:00/05.0 id=abcd:*\n",
			(const char *const[]){ NULL });
}

static void too_many_terms_are_an_error(void **state)
{
	struct flavour_policy *policy = parse(*state, "vfio id=0001:0001 id=0001:0002 id=0001:0003 "
		"id=0001:0004 id=0001:0005 id=0001:0006 id=0001:0007 id=0001:0008 id=0001:0009\n"
		"none id=0001:0001\n");
	struct flavour_devices *all = all_of(*state);

	assert_int_equal(flavour_policy_compile(policy, all), 1);
	assert_contains(flavour_policy_error(policy, 0), "50-f.conf:1:1: The rule is too long");
	flavour_devices_free(all);
	flavour_policy_free(policy);
}

/* --- plans ----------------------------------------------------------------- */

/* For each plan "ADDRESS FLAVOUR RESULT", in one text. */
static char *planned(struct fake *fake, const char *text)
{
	struct flavour_policy *policy = parse(fake, text);
	struct flavour_devices *all = all_of(fake);
	struct strv lines = { 0 };
	struct flavour_policy_plans *plans;
	char *joined;
	size_t i;

	assert_int_equal(flavour_policy_plans_new(policy, all, &plans), 0);
	for (i = 0; i < flavour_policy_plans_count(plans); i++) {
		struct flavour_plan *plan = flavour_policy_plans_get(plans, i);

		assert_non_null(flavour_plan_rule(plan));
		strv_take(&lines, format("%.7s %s %d", plan->dev->address,
					 flavour_name(flavour_plan_flavour(plan)),
					 flavour_plan_result(plan)));
	}
	flavour_policy_plans_free(plans);
	flavour_devices_free(all);
	flavour_policy_free(policy);
	joined = strv_join(&lines, ", ");
	strv_clear(&lines);
	return joined;
}

static void expect_plans(struct fake *fake, const char *text, const char *expected)
{
	AUTOFREE char *got = planned(fake, text);

	assert_string_equal(got ? got : "", expected);
}

static void rules_become_plans(void **state)
{
	expect_plans(*state, "native address=" NVME "\nvfio class=0108\nnone id=15b3:*\n",
		     "0000:03 vfio 0, 0000:04 none 0");
	expect_plans(*state, "vfio address=*\n", "0000:02 vfio 0, 0000:03 vfio 0, 0000:04 vfio 0");
	expect_plans(*state, "", "");
}

static void native_undoes_a_claim(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, NVME, "vfio-pci");
	expect_plans(fake, "native address=*\n", "0000:02 native 0");
}

static void a_group_in_the_policy_does_not_block_itself(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "nvme", "nvme");
	fake_device(fake, "0000:05:00.0", ID_NVME, NULL, 7);
	fake_device(fake, "0000:05:00.1", ID_NVME, NULL, 7);
	fake_bind(fake, "0000:05:00.0", "nvme");
	fake_bind(fake, "0000:05:00.1", "nvme");
	expect_plans(fake, "vfio address=0000:05:00.*\n", "0000:05 vfio 0, 0000:05 vfio 0");
	expect_plans(fake, "vfio address=0000:05:00.1\n", "0000:05 vfio -16");
}

static void one_device_knows_its_group(void **state)
{
	struct fake *fake = *state;
	struct flavour_policy *policy = parse(fake, "vfio address=0000:05:00.*\n");
	struct flavour_devices *one;
	struct flavour_device *dev;
	struct flavour_policy_plans *plans;

	fake_driver(fake, "nvme", "nvme");
	fake_device(fake, "0000:05:00.0", ID_NVME, NULL, 7);
	fake_device(fake, "0000:05:00.1", ID_NVME, NULL, 7);
	fake_bind(fake, "0000:05:00.1", "nvme");
	dev = fake_get(fake, "0000:05:00.0");
	assert_int_equal(flavour_devices_new_empty(fake->ctx, &one), 0);
	assert_int_equal(flavour_devices_add(one, dev), 1);
	flavour_device_unref(dev);
	assert_int_equal(flavour_policy_plans_new(policy, one, &plans), 0);
	assert_int_equal(flavour_policy_plans_count(plans), 1);
	assert_int_equal(flavour_plan_result(flavour_policy_plans_get(plans, 0)), 0);
	flavour_policy_plans_free(plans);
	flavour_devices_free(one);
	flavour_policy_free(policy);
}

static void the_boot_display_may_be_claimed_early(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:01:00.0", ID_VGA, NULL, 9);
	fake_attr(fake, "0000:01:00.0", "boot_vga", "1\n");
	fake_dir(fake, "sys/class/graphics/fb0");
	expect_plans(fake, "vfio class=0300\n", "0000:01 vfio 0");
	fake_driver(fake, "nouveau", "nouveau");
	fake_bind(fake, "0000:01:00.0", "nouveau");
	expect_plans(fake, "vfio class=0300\n", "0000:01 vfio -16");
}

/* --- the root file system --------------------------------------------------- */

static void in_initramfs(struct fake *fake, const char *root)
{
	AUTOFREE char *cmdline = format("root=/dev/old quiet root=%s rw\n", root);

	fake_file(fake, "proc/self/mountinfo", "1 1 0:2 / / rw - rootfs rootfs rw\n"
		  "20 1 0:19 / /proc rw - proc proc rw\n");
	fake_file(fake, "proc/cmdline", cmdline);
}

#define TAKEN "0000:02 vfio 0, 0000:03 vfio 0, 0000:04 vfio 0"
#define DISKS_LEFT "0000:02 vfio -16, 0000:03 vfio -16, 0000:04 vfio 0"
#define NIC_LEFT "0000:02 vfio 0, 0000:03 vfio 0, 0000:04 vfio -16"
#define ALL_LEFT "0000:02 vfio -16, 0000:03 vfio -16, 0000:04 vfio -16"

static void what_root_may_be_on_is_left(void **state)
{
	static const struct {
		const char *root, *plans;
	} cases[] = {
		{ "UUID=1234", DISKS_LEFT },
		{ "PARTUUID=12", DISKS_LEFT },
		{ "LABEL=x", DISKS_LEFT },
		{ "/dev/nvme0n1p2", DISKS_LEFT },
		{ "/dev/mapper/vg-root", DISKS_LEFT },
		{ "/dev/md0", DISKS_LEFT },
		{ "ZFS=rpool/ROOT", DISKS_LEFT },
		{ "/dev/sda1", TAKEN },
		{ "/dev/vda1", TAKEN },
		{ "/dev/nfs", NIC_LEFT },
		{ "nfs:10.0.0.1:/root", NIC_LEFT },
		{ "/dev/nbd0", ALL_LEFT },
		{ "iscsi:10.0.0.1::::iqn", ALL_LEFT },
		{ "live:http://10.0.0.1/x", ALL_LEFT },
		{ "dhcp", ALL_LEFT },
		{ "/dev/sda1 ip=dhcp", ALL_LEFT },
		{ "/dev/sda1 ip=off", TAKEN },
		{ "UUID=1 netroot=iscsi:10.0.0.1::::iqn", ALL_LEFT },
		{ "UUID=1 boot=nfs", ALL_LEFT },
		{ "UUID=1 boot=live fetch=http://10.0.0.1/x", ALL_LEFT },
		{ "UUID=1 httpfs=http://10.0.0.1/x", ALL_LEFT },
		{ "UUID=1 rd.nvmf.discover=tcp,10.0.0.1", ALL_LEFT },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		in_initramfs(*state, cases[i].root);
		print_message("root=%s\n", cases[i].root);
		expect_plans(*state, "vfio address=*\n", cases[i].plans);
	}
	/* To leave another of the kind does not help: it need not be the one. */
	in_initramfs(*state, "UUID=1234");
	expect_plans(*state, "vfio address=" NVME "\n", "0000:02 vfio -16");
}

#define ID_VMD  "pci:v00008086d00009A0Bsv00000000sd00000000bc01sc04i00"
#define ID_XHCI "pci:v00008086d0000A36Dsv00000000sd00000000bc0Csc03i30"
#define ID_EDU  "pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00"

static void other_ways_to_a_root(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "modules/modules.alias", ALIASES
		  "alias pci:v00008086d00009A0Bsv*sd*bc*sc*i* vmd\n"
		  "alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci\n"
		  "alias pci:v*d*sv*sd*bc03sc*i* drm\n");
	fake_device(fake, "0000:05:00.0", ID_VMD, NULL, 5);
	fake_device(fake, "0000:06:00.0", ID_XHCI, NULL, 6);
	fake_device(fake, "0000:07:00.0", ID_VGA, NULL, 7);
	fake_device(fake, "0000:08:00.0", ID_EDU, NULL, 8);
	/* No driver is there for the last. */
	in_initramfs(fake, "UUID=1234");
	expect_plans(fake, "vfio address=0000:0[5-8]*\n", "0000:05 vfio -16, 0000:06 vfio -16, "
		     "0000:07 vfio 0, 0000:08 vfio 0");
	in_initramfs(fake, "/dev/nvme0n1p1");
	expect_plans(fake, "vfio address=0000:0[56]*\n", "0000:05 vfio -16, 0000:06 vfio 0");
	in_initramfs(fake, "/dev/vda");
	expect_plans(fake, "vfio address=0000:0[56]*\n", "0000:05 vfio 0, 0000:06 vfio 0");
}

static void what_the_image_says_of_the_root(void **state)
{
	struct fake *fake = *state;

	in_initramfs(fake, "/dev/sda1");
	fake_file(fake, "conf/initramfs.conf", "MODULES=most\nBOOT=local\nNFSROOT=auto\n");
	expect_plans(fake, "vfio address=*\n", TAKEN);
	fake_file(fake, "conf/initramfs.conf", "MODULES=most\nBOOT=\"nfs\"\nNFSROOT=auto\n");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
	fake_remove(fake, "conf/initramfs.conf");
	fake_file(fake, "etc/cmdline.d/95.conf", " netroot=nfs:10.0.0.1:/root \n");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
	fake_remove(fake, "etc/cmdline.d/95.conf");
	expect_plans(fake, "vfio address=*\n", TAKEN);
	fake_file(fake, "sys/firmware/acpi/tables/iBFT", "");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
}

/* Without a root= it may be anywhere, if this is an initramfs at all. */
static void no_root_is_any_root(void **state)
{
	struct fake *fake = *state;

	in_initramfs(fake, "x");
	fake_file(fake, "proc/cmdline", "quiet\n");
	expect_plans(fake, "vfio address=*\n", TAKEN);
	fake_file(fake, "etc/initrd-release", "");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
	fake_remove(fake, "etc/initrd-release");
	fake_file(fake, "scripts/functions", "");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
	fake_remove(fake, "scripts/functions");
	fake_remove(fake, "proc/cmdline");
	expect_plans(fake, "vfio address=*\n", ALL_LEFT);
}

/* Behind a VMD, say: the kernel module would take them as they come. */
static void rules_for_what_comes_wait_for_the_root(void **state)
{
	static const char policy[] = "vfio class=0108\nnone id=144d:*\nvfio class=03*\n"
		"native class=0106\nvfio class=0200\nnone class=0805\n";

	expect_compiled(*state, policy, (const char *const[]){
			"modalias=pci:*bc01sc08i*", "modalias=pci:v0000144Dd0000*sv*",
			"modalias=pci:*bc03*", "modalias=pci:*bc01sc06i*",
			"modalias=pci:*bc02sc00i*", "modalias=pci:*bc08sc05i*",
			NULL });
	in_initramfs(*state, "/dev/nvme0n1p1");
	expect_compiled(*state, policy, (const char *const[]){
			"modalias=pci:*bc03*", "modalias=pci:*bc01sc06i*",
			"modalias=pci:*bc02sc00i*", NULL });
	in_initramfs(*state, "/dev/nfs");
	expect_compiled(*state, policy, (const char *const[]){
			"modalias=pci:*bc03*", "modalias=pci:*bc01sc06i*", NULL });
}

static void a_mounted_root_needs_no_guess(void **state)
{
	in_initramfs(*state, "UUID=1234");
	fake_file(*state, "proc/self/mountinfo", "1 1 0:2 / / rw - rootfs rootfs rw\n"
		  "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	expect_plans(*state, "vfio class=01*\n", "0000:02 vfio 0, 0000:03 vfio 0");
}

/* --- findings ---------------------------------------------------------------- */

static char *findings_of(struct flavour_policy *policy, struct flavour_devices *all)
{
	static const char letters[] = "wsvokn";
	struct flavour_findings *findings;
	const struct flavour_finding *f;
	char text[32] = "";
	size_t i;

	assert_int_equal(flavour_findings_new(policy, all, &findings), 0);
	for (i = 0; (f = flavour_findings_get(findings, i)); i++) {
		const struct flavour_rule *rule = flavour_finding_rule(f);

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c%u",
			 letters[flavour_finding_kind(f)], rule ? rule->line : 0);
		assert_contains(flavour_finding_text(f), "50-f.conf:");
	}
	flavour_findings_free(findings);
	return strdup(text);
}

static void expect_findings(struct fake *fake, const char *text, const char *expected)
{
	struct flavour_policy *policy = parse(fake, text);
	struct flavour_devices *all = all_of(fake);
	AUTOFREE char *got = findings_of(policy, all);

	if (strcmp(got, expected))
		fail_msg("%s: %s, want %s", text, got, expected);
	flavour_devices_free(all);
	flavour_policy_free(policy);
}

static void shadows_are_found(void **state)
{
	static const struct {
		const char *text, *findings;
	} cases[] = {
		{ "vfio id=15b3:*\nnone id=15b3:101e\n", "s2" },
		{ "vfio id=15b3:101e\nnone id=15b3:*\n", "o2" },
		{ "vfio id=15b3:101e\nnone id=15B3:101E:15b3:0058\n", "s2" },
		{ "vfio id=15b3:101e:15b3:0058\nnone id=15b3:101e\n", "o2" },
		{ "vfio class=0108\nnone class=010802\n", "s2" },
		{ "vfio class=01*\nnone class=0108\n", "s2" },
		{ "vfio address=*\nnone path=pci0000:00/1d.0/00.0\n", "s2" },
		{ "vfio address=0000:0*\nnone address=0000:02:*\n", "s2" },
		{ "vfio address=0000:0[1-3]:*\nnone address=0000:0[1-3]:*\n", "s2" },
		{ "vfio id=15b3:*\nnone id=15b3:101e address=0000:99:*\n", "s2" },
		{ "vfio id=15b3:* address=0000:04:*\nnone id=15b3:101e\n", "o2" },
		{ "vfio id=144d:*\nnone class=0108\n", "o2" },
		{ "vfio id=abcd:ef01\n", "n1" },
		{ "vfio id=15b3:101e\nrubbish\n", "w0" },
		{ "vfio id=15b3:101e\nnone class=0108\n", "" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++)
		expect_findings(*state, cases[i].text, cases[i].findings);
}

static void vital_devices_are_found(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "nvme", "nvme");
	fake_bind(fake, NVME, "nvme");
	fake_dir(fake, "sys/devices/pci0000:00/" NVME "/nvme/nvme0/nvme0n1");
	fake_file(fake, "sys/devices/pci0000:00/" NVME "/nvme/nvme0/nvme0n1/dev", "259:0\n");
	fake_link(fake, "sys/class/block/nvme0n1",
		  "sys/devices/pci0000:00/" NVME "/nvme/nvme0/nvme0n1");
	fake_file(fake, "proc/self/mountinfo", "30 1 259:0 / /home rw - ext4 /dev/nvme0n1 rw\n");
	expect_findings(fake, "vfio class=0108\n", "k1");
	fake_file(fake, "proc/self/mountinfo", "30 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n");
	expect_findings(fake, "vfio class=0108\n", "v1");
	expect_findings(fake, "native address=" NVME "\nvfio class=0108\n", "");
}

static void a_rule_is_tried_before_it_is_written(void **state)
{
	struct fake *fake = *state;
	const struct flavour_rule *added;
	struct flavour_policy *policy;

	fake_file(fake, "etc/driver-flavour.d/50-f.conf", "vfio id=15b3:101e\n# end");
	fake_file(fake, "etc/driver-flavour.d/60-g.conf", "none id=144d:*\n");
	assert_int_equal(flavour_policy_read(fake->ctx, &policy), 0);
	assert_int_equal(flavour_policy_add(policy, "50-f.conf", "none class=0300", &added), 0);
	assert_int_equal(flavour_rule_line(added), 3);
	assert_ptr_equal(flavour_policy_rule(policy, 1), added);
	assert_int_equal(flavour_policy_add(policy, "55-new.conf", "none class=0200", &added), 0);
	assert_int_equal(flavour_rule_line(added), 1);
	assert_ptr_equal(flavour_policy_rule(policy, 2), added);
	assert_int_equal(flavour_policy_add(policy, "x", "none class=0200", &added), -EINVAL);
	assert_int_equal(flavour_policy_add(policy, "x.conf", "none", &added), -EINVAL);
	flavour_policy_free(policy);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_stand_for_paths),
		TEST(an_empty_place_is_compiled),
		TEST(what_is_there_but_no_match_is_not_absent),
		TEST(too_many_terms_are_an_error),
		TEST(rules_become_plans),
		TEST(native_undoes_a_claim),
		TEST(a_group_in_the_policy_does_not_block_itself),
		TEST(one_device_knows_its_group),
		TEST(the_boot_display_may_be_claimed_early),
		TEST(what_root_may_be_on_is_left),
		TEST(other_ways_to_a_root),
		TEST(what_the_image_says_of_the_root),
		TEST(no_root_is_any_root),
		TEST(rules_for_what_comes_wait_for_the_root),
		TEST(a_mounted_root_needs_no_guess),
		TEST(shadows_are_found),
		TEST(vital_devices_are_found),
		TEST(a_rule_is_tried_before_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
