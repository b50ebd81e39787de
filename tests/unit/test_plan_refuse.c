// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a plan refuses, with nothing touched. */
#include <errno.h>
#include <string.h>

#include "plans.h"

static void refuse(struct fake *fake, enum flavour flavour, unsigned int flags, int error,
		   const char *message)
{
	assert_int_equal(run(fake, flavour, NULL, flags, message), error);
	assert_int_equal(fake->log.count, 0);
	expect_device(fake, "mlx5_core", NULL);
}

static void a_pf_with_vfs_is_refused_even_by_force(void **state)
{
	fake_attr(*state, NIC, "sriov_numvfs", "2\n");
	refuse(*state, FLAVOUR_VFIO, 0, -EBUSY, "has 2 VFs");
	refuse(*state, FLAVOUR_VFIO, FLAVOUR_PLAN_FORCE, -EBUSY, "has 2 VFs");
	refuse(*state, FLAVOUR_NONE, FLAVOUR_PLAN_FORCE, -EBUSY, "sriov_numvfs");
}

static void a_bridge_is_refused(void **state)
{
	struct fake *fake = *state;
	unsigned char config[64] = { [0x0e] = 0x01 };

	fake_bytes(fake, "sys/bus/pci/devices/" NIC "/config", config, sizeof(config));
	refuse(fake, FLAVOUR_VFIO, FLAVOUR_PLAN_FORCE, -EOPNOTSUPP, "is a bridge");
}

static void no_iommu_is_refused(void **state)
{
	fake_remove(*state, "sys/bus/pci/devices/" NIC "/iommu_group");
	refuse(*state, FLAVOUR_VFIO, 0, -EINVAL, "in no IOMMU group");
}

static void no_candidate_is_refused(void **state)
{
	fake_file(*state, "modules/modules.alias", "alias pci:v*d*sv*sd*bc*sc*i* x\n");
	refuse(*state, FLAVOUR_VFIO, 0, -ENODEV, "No installed module has a VFIO entry");
}

static void only_a_blacklisted_candidate_is_refused(void **state)
{
	fake_file(*state, "modules/modules.alias", "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n");
	fake_file(*state, "etc/modprobe.d/x.conf", "blacklist vfio_pci\n");
	refuse(*state, FLAVOUR_VFIO, 0, -ENODEV, "Blacklisted");
}

static void a_used_interface_is_refused_unless_forced(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, "sys/devices/pci0000:00/" NIC "/net/eth2");
	fake_link(fake, "sys/class/net/eth2", "sys/devices/pci0000:00/" NIC "/net/eth2");
	fake_file(fake, "proc/net/if_inet6", "20010db80000000000000000000000ff 2 40 00 80 eth2\n");
	refuse(fake, FLAVOUR_VFIO, 0, -EBUSY, "ip addr flush dev eth2).");
	refuse(fake, FLAVOUR_NONE, 0, -EBUSY, "eth2");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_FORCE, NULL), 0);
}

static void open_in_99(struct fake *fake)
{
	fake_node(fake, "sys/devices/virtual/vfio/1", "vfio/1", "/dev/zero");
	fake_open(fake, 99, "qemu\n", "/dev/zero");
}

static void an_open_device_is_not_released(void **state)
{
	struct fake *fake = *state;
	size_t before;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	before = fake->log.count;
	open_in_99(fake);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, FLAVOUR_PLAN_FORCE, "process 99 (qemu)"),
			 -EBUSY);
	assert_int_equal(run(fake, FLAVOUR_VFIO, "vfio-pci", FLAVOUR_PLAN_FORCE, "99"), -EBUSY);
	assert_int_equal(fake->log.count, before);
	expect_device(fake, "narrow_vfio_pci", "narrow_vfio_pci");
}

/* Plans made together look once who has what open, and each again when it is run. */
static void a_device_opened_after_planning(void **state)
{
	struct flavour_plan *first, *second;
	struct fake *fake = *state;
	struct flavour_devices *all;
	struct flavour_device *dev;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	dev = flavour_devices_find(all, NIC);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_NATIVE, NULL, 0, all, &first), 0);
	open_in_99(fake);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_NATIVE, NULL, 0, all, &second), 0);
	assert_int_equal(flavour_plan_result(second), 0);
	assert_int_equal(flavour_plan_run(second), -EBUSY);
	assert_contains(flavour_plan_message(second), "process 99 (qemu)");
	flavour_plan_free(second);
	flavour_plan_free(first);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, "process 99 (qemu)"), -EBUSY);
	flavour_devices_free(all);
	expect_device(fake, "narrow_vfio_pci", "narrow_vfio_pci");
}

/* It knows at once, and so is asked; whose it is, is looked for afterwards. */
static void the_kernel_module_refuses_an_open_device(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	fake_kernel_module(fake);
	fake_attr(fake, NIC, "driver_flavour", "vfio\n");
	plan = make_plan(fake, FLAVOUR_NATIVE, NULL, 0);
	assert_int_equal(flavour_plan_result(plan), 0);
	open_in_99(fake);
	fake_fail(fake, "write driver_flavour", -EBUSY);
	assert_int_equal(flavour_plan_run(plan), -EBUSY);
	assert_contains(flavour_plan_message(plan), "process 99 (qemu)");
	flavour_plan_free(plan);
	fake_close(fake, 99);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, "user space owns its IOMMU group"),
			 -EBUSY);
}

/* A read of its driver_override would hang with the unbind: it is not tried. */
static void a_device_whose_unbind_waits(void **state)
{
	static const enum flavour all[] = { FLAVOUR_VFIO, FLAVOUR_NONE, FLAVOUR_NATIVE };
	struct fake *fake = *state;
	struct flavour_device *dev;
	size_t i, before;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	fake_remove(fake, "sys/bus/pci/devices/0000:01:00.0/driver");
	fake_dir(fake, "sys/class/vfio/1");
	fake_attr(fake, "0000:01:00.0", "sriov_numvfs", "4\n");
	open_in_99(fake);
	before = fake->log.count;
	dev = fake_get(fake, "0000:01:00.0");
	assert_null(flavour_device_override(dev));
	assert_int_equal(flavour_device_num_vfs(dev), 0);
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_VFIO);
	assert_string_equal(flavour_device_vfio_group_node(dev), "/dev/vfio/1");
	flavour_device_unref(dev);
	for (i = 0; i < ARRAY_LEN(all); i++) {
		assert_int_equal(run(fake, all[i], NULL, FLAVOUR_PLAN_FORCE, "is being unbound"),
				 -EBUSY);
		assert_int_equal(run(fake, all[i], NULL, FLAVOUR_PLAN_FORCE, "process 99 (qemu)"),
				 -EBUSY);
	}
	assert_int_equal(fake->log.count, before);
}

static void group_members_are_in_the_way_unless_taken_along(void **state)
{
	struct fake *fake = *state;
	struct flavour_devices *all, *both;
	struct flavour_plan *plan;
	struct flavour_device *dev;

	fake_device(fake, "0000:01:00.1", ID_NIC, NULL, 1);
	fake_bind(fake, "0000:01:00.1", "mlx5_core");
	refuse(fake, FLAVOUR_VFIO, 0, -EBUSY, "0000:01:00.1 is in the same IOMMU group");
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	assert_int_equal(flavour_devices_select(all, NIC, &both), 0);
	assert_int_equal(flavour_devices_add_groups(both, all), 1);
	dev = flavour_devices_get(both, 0);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, NULL, 0, both, &plan), 0);
	assert_int_equal(flavour_plan_run(plan), 0);
	assert_string_equal(flavour_device_driver(dev), "narrow_vfio_pci");
	flavour_plan_free(plan);
	flavour_devices_free(both);
	flavour_devices_free(all);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plans_setup, plans_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pf_with_vfs_is_refused_even_by_force),
		TEST(a_bridge_is_refused),
		TEST(no_iommu_is_refused),
		TEST(no_candidate_is_refused),
		TEST(only_a_blacklisted_candidate_is_refused),
		TEST(a_used_interface_is_refused_unless_forced),
		TEST(an_open_device_is_not_released),
		TEST(a_device_opened_after_planning),
		TEST(the_kernel_module_refuses_an_open_device),
		TEST(a_device_whose_unbind_waits),
		TEST(group_members_are_in_the_way_unless_taken_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
