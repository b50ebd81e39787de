// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What somebody else may have put where the library looks: FIFOs, devices, folders,
 * what has no end. Whatever hangs is ended by an alarm, which fails the test.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define HANGS_AFTER 120

static int setup(void **state)
{
	*state = fake_new();
	alarm(HANGS_AFTER);
	return 0;
}

static int teardown(void **state)
{
	alarm(0);
	fake_free(*state);
	return 0;
}

static void fake_fifo(struct fake *fake, const char *path)
{
	AUTOFREE char *full = format("%s/%s", fake->dir, path);

	fake_file(fake, path, "");
	fake_remove(fake, path);
	assert_int_equal(mkfifo(full, 0666), 0);
}

static void expect_error(struct fake *fake, const char *part)
{
	struct flavour_policy *policy;

	assert_int_equal(flavour_policy_read(fake->ctx, &policy), 1);
	assert_contains(flavour_policy_error(policy, 0), part);
	assert_non_null(flavour_policy_rule(policy, 0));
	flavour_policy_free(policy);
}

static void a_fifo_is_no_policy(void **state)
{
	fake_file(*state, "etc/driver-flavour.d/10-good.conf", "vfio id=15b3:101e\n");
	fake_fifo(*state, "etc/driver-flavour.d/20-bad.conf");
	expect_error(*state, "20-bad.conf:1:1: It can't be read: It is a FIFO or a device");
}

static void a_device_is_no_policy(void **state)
{
	fake_file(*state, "etc/driver-flavour.d/10-good.conf", "vfio id=15b3:101e\n");
	fake_link(*state, "etc/driver-flavour.d/20-bad.conf", "/dev/zero");
	expect_error(*state, "20-bad.conf:1:1: It can't be read: It is a FIFO or a device");
}

static void a_folder_is_no_policy(void **state)
{
	fake_file(*state, "etc/driver-flavour.d/10-good.conf", "vfio id=15b3:101e\n");
	fake_dir(*state, "etc/driver-flavour.d/20-bad.conf");
	expect_error(*state, "20-bad.conf:1:1: It can't be read: Is a directory");
}

static void a_file_has_an_end(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *path = format("%s/etc/driver-flavour.d/20-bad.conf", fake->dir);

	fake_file(fake, "etc/driver-flavour.d/10-good.conf", "vfio id=15b3:101e\n");
	fake_file(fake, "etc/driver-flavour.d/20-bad.conf", "");
	assert_int_equal(truncate(path, 1L << 40), 0);
	expect_error(fake, "20-bad.conf:1:1: It can't be read: It is larger than 64 MiB");
}

/* As systemd's units are. */
static void dev_null_masks_a_policy(void **state)
{
	struct fake *fake = *state;
	struct flavour_policy *policy;

	fake_file(fake, "lib/driver-flavour.d/10.conf", "vfio id=15b3:101e\n");
	fake_link(fake, "etc/driver-flavour.d/10.conf", "/dev/null");
	assert_int_equal(flavour_policy_read(fake->ctx, &policy), 0);
	assert_null(flavour_policy_rule(policy, 0));
	flavour_policy_free(policy);
}

static void a_fifo_is_not_edited(void **state)
{
	struct fake *fake = *state;

	fake_fifo(fake, "etc/driver-flavour.d/50-x.conf");
	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", "vfio id=15b3:101e"),
			 -EMEDIUMTYPE);
	assert_contains(flavour_ctx_message(fake->ctx), "It is a FIFO or a device");
	fake_remove(fake, "etc/driver-flavour.d/50-x.conf");
	fake_fifo(fake, "etc/driver-flavour.d/.policy.new");
	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", "vfio id=15b3:101e"), 1);
}

static void fifos_for_attributes(void **state)
{
	static const char *const attrs[] = { "driver_override", "driver_flavour", "config",
					     "sriov_numvfs", "revision", "numa_node" };
	struct fake *fake = *state;
	struct flavour_device *dev;
	uint64_t dsn;
	size_t i;

	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 7);
	for (i = 0; i < ARRAY_LEN(attrs); i++) {
		AUTOFREE char *path = format("sys/devices/pci0000:00/0000:01:00.0/%s", attrs[i]);

		fake_fifo(fake, path);
	}
	dev = fake_get(fake, "0000:01:00.0");
	assert_null(flavour_device_override(dev));
	assert_false(flavour_device_is_bridge(dev));
	assert_int_equal(flavour_device_num_vfs(dev), 0);
	assert_int_equal(flavour_device_numa_node(dev), -1);
	assert_int_not_equal(flavour_device_dsn(dev, &dsn), 0);
	flavour_device_flavour(dev);
	flavour_device_unref(dev);
}

static void a_fifo_for_what_is_written(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *path = format("%s/sys/x", fake->dir);

	fake_fifo(fake, "sys/x");
	assert_int_equal(write_attr(NULL, path, "vfio"), -ENXIO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fifo_is_no_policy),
		TEST(a_device_is_no_policy),
		TEST(a_folder_is_no_policy),
		TEST(a_file_has_an_end),
		TEST(dev_null_masks_a_policy),
		TEST(a_fifo_is_not_edited),
		TEST(fifos_for_attributes),
		TEST(a_fifo_for_what_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
