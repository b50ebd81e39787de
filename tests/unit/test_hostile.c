// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What somebody else may have put where the library looks: FIFOs, devices, folders,
 * what has no end, locks. Whatever hangs is ended by an alarm, which fails the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
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

/* --- files that are none ---------------------------------------------------- */

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

/* --- the lock --------------------------------------------------------------- */

#define LOCK "run/driver-flavour/lock"
#define RULE "vfio id=15b3:101e"

static int lock(struct fake *fake, const char *path)
{
	AUTOFREE char *full = format("%s/%s", fake->dir, path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	return fd;
}

static int install(struct fake *fake)
{
	struct flavour_policy *policy;
	struct flavour_devices *none;
	int done;

	assert_int_equal(flavour_policy_new(fake->ctx, &policy), 0);
	assert_int_equal(flavour_devices_new_empty(fake->ctx, &none), 0);
	assert_int_equal(flavour_policy_compile(policy, none), 0);
	done = flavour_policy_install(policy);
	flavour_devices_free(none);
	flavour_policy_free(policy);
	return done;
}

/* Any user can lock a folder that any user can read. */
static void who_may_read_can_stop_nobody(void **state)
{
	struct fake *fake = *state;
	int etc, rules, run;

	fake_dir(fake, "etc/driver-flavour.d");
	fake_dir(fake, "run/driver-flavour");
	fake_dir(fake, "sys/kernel/config/driver_flavour/pci");
	etc = lock(fake, "etc/driver-flavour.d");
	rules = lock(fake, "sys/kernel/config/driver_flavour/pci");
	run = lock(fake, "run/driver-flavour");
	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE), 1);
	assert_int_equal(install(fake), 0);
	close(etc);
	close(rules);
	close(run);
}

static void only_its_owner_may_open_the_lock(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *path = format("%s/" LOCK, fake->dir);
	struct stat st;

	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void whoever_has_the_lock_is_named(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *comm = format("proc/%d/comm", (int)getpid());
	AUTOFREE char *me = format("changed by holder (PID %d), for more than 0 s", (int)getpid());
	int fd;

	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE), 1);
	fake_link(fake, "proc/locks", "/proc/locks");
	fake_file(fake, comm, "holder\n");
	fd = lock(fake, LOCK);
	fake->ctx->lock_seconds = 0;
	assert_int_equal(flavour_policy_file_remove(fake->ctx, "50-x.conf", RULE), -EBUSY);
	assert_contains(flavour_ctx_message(fake->ctx), me);
	fake_remove(fake, "proc/locks");
	assert_int_equal(flavour_policy_file_remove(fake->ctx, "50-x.conf", RULE), -EBUSY);
	assert_contains(flavour_ctx_message(fake->ctx), "changed by another process");
	close(fd);
	assert_int_equal(flavour_policy_file_remove(fake->ctx, "50-x.conf", RULE), 1);
}

static bool at_once(void *data)
{
	return true;
}

static void who_waits_for_the_lock_can_be_stopped(void **state)
{
	struct fake *fake = *state;
	int fd;

	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE), 1);
	fd = lock(fake, LOCK);
	fake->ctx->lock_seconds = 1000000;
	flavour_ctx_set_stop(fake->ctx, at_once, NULL);
	assert_int_equal(flavour_policy_file_remove(fake->ctx, "50-x.conf", RULE), -ECANCELED);
	close(fd);
}

static void refuses_the_lock(struct fake *fake)
{
	assert_true(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE) < 0);
	assert_contains(flavour_ctx_message(fake->ctx), "can't be locked: ");
}

static void a_lock_that_is_none(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *dir = format("%s/run/driver-flavour", fake->dir);
	AUTOFREE char *path = format("%s/lock", dir);

	fake_file(fake, "victim", "");
	fake_link(fake, LOCK, "victim");
	refuses_the_lock(fake);
	fake_remove(fake, LOCK);
	fake_fifo(fake, LOCK);
	refuses_the_lock(fake);
	fake_remove(fake, LOCK);
	fake_file(fake, LOCK, "");
	assert_int_equal(chmod(path, 0644), 0);
	refuses_the_lock(fake);
	assert_contains(flavour_ctx_message(fake->ctx), "Remove it");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	refuses_the_lock(fake);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(flavour_policy_file_add(fake->ctx, "50-x.conf", RULE), 1);
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
		TEST(who_may_read_can_stop_nobody),
		TEST(only_its_owner_may_open_the_lock),
		TEST(whoever_has_the_lock_is_named),
		TEST(who_waits_for_the_lock_can_be_stopped),
		TEST(a_lock_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
