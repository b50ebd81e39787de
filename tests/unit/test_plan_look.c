// SPDX-License-Identifier: LGPL-2.1-or-later
/* A plan looks again before the unbind; it asks for the best driver; force has its limits. */
#include <errno.h>
#include <string.h>

#include "plans.h"

#define REAL "sys/devices/pci0000:00/" NIC

static void put_into_use(struct fake *fake)
{
	fake_node(fake, REAL "/sound/card0/controlC0", "snd/controlC0", "/dev/zero");
	fake_open(fake, 815, "pipewire\n", "/dev/zero");
}

/* It takes its time, and meanwhile somebody opens the device. */
static void opened_while_the_module_loads(void **state)
{
	struct fake *fake = *state;

	fake->while_loading = put_into_use;
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "controlC0 is open in process 815"),
			 -EBUSY);
	expect_log(fake, "load narrow_vfio_pci");
	expect_device(fake, "mlx5_core", NULL);
}

static void opened_while_the_module_loads_for_the_kernel_module(void **state)
{
	fake_kernel_module(*state);
	opened_while_the_module_loads(state);
}

static void opened_while_a_named_drivers_module_loads(void **state)
{
	struct fake *fake = *state;

	fake->while_loading = put_into_use;
	assert_int_equal(run(fake, FLAVOUR_VFIO, "vfio-pci", 0, "controlC0 is open in process 815"),
			 -EBUSY);
	expect_log(fake, "load vfio_pci");
}

/* A sound card's driver waits for it with the device's lock held: force would not help. */
static void force_does_not_wait_for_ever(void **state)
{
	struct fake *fake = *state;

	put_into_use(fake);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_FORCE, "controlC0"), -EBUSY);
	fake_close(fake, 815);
	fake_node(fake, REAL "/ptp/ptp0", "ptp0", "/dev/full");
	fake_open(fake, 816, "chronyd\n", "/dev/full");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "/dev/ptp0 is open in process 816"),
			 -EBUSY);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_FORCE, NULL), 0);
}

/* To native nothing is unbound but what an override bound. */
static void an_open_stub_is_not_unbound(void **state)
{
	struct fake *fake = *state;

	fake_node(fake, REAL "/uio/uio0", "uio0", "/dev/zero");
	fake_open(fake, 99, "testpmd\n", "/dev/zero");
	fake_attr(fake, NIC, "driver_override", "pci-stub\n");
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	fake_driver(fake, "uio_pci_generic", "uio_pci_generic");
	fake_bind(fake, NIC, "uio_pci_generic");
	fake_attr(fake, NIC, "driver_override", "uio_pci_generic\n");
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, "/dev/uio0 is open in process 99"),
			 -EBUSY);
}

static void a_pf_without_a_driver_gets_it_back(void **state)
{
	struct fake *fake = *state;

	fake_remove(fake, "sys/bus/pci/devices/" NIC "/driver");
	fake_attr(fake, NIC, "sriov_numvfs", "2\n");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "has 2 VFs"), -EBUSY);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	expect_device(fake, "mlx5_core", NULL);
}

static void the_best_is_asked_for(void **state)
{
	struct fake *fake = *state;
	size_t before;

	assert_int_equal(run(fake, FLAVOUR_VFIO, "vfio-pci", 0, NULL), 0);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	expect_device(fake, "vfio-pci", "vfio-pci");
	fake_kernel_module(fake);
	fake_attr(fake, NIC, "driver_flavour", "vfio\n");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_BEST, NULL), 0);
	expect_device(fake, "narrow_vfio_pci", "narrow_vfio_pci");
	before = fake->log.count;
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_BEST, NULL), 0);
	assert_int_equal(fake->log.count, before);
}

static void the_best_is_refused_while_open(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_VFIO, "vfio-pci", 0, NULL), 0);
	fake_node(fake, "sys/devices/virtual/vfio/1", "vfio/1", "/dev/zero");
	fake_open(fake, 99, "qemu\n", "/dev/zero");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_BEST, "process 99 (qemu)"),
			 -EBUSY);
	expect_device(fake, "vfio-pci", "vfio-pci");
}

/* The best one fails: it is back with the one that it had. */
static void the_best_fails(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_VFIO, "vfio-pci", 0, NULL), 0);
	fake_fail(fake, "bind narrow_vfio_pci", -EIO);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_BEST, "as it was before"), -EIO);
	expect_device(fake, "vfio-pci", "vfio-pci");
}

static void a_driver_of_no_index_may_be_better(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "mine", "mine");
	fake_bind(fake, NIC, "mine");
	fake_attr(fake, NIC, "vfio-dev/vfio0/uevent", "");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_BEST, "modules.alias does not list"),
			 -ENODEV);
	expect_device(fake, "mine", NULL);
}

/* The dry run and the real one say the same of a module's name. */
static void a_module_is_named(void **state)
{
	struct flavour_plan *plan = make_plan(*state, FLAVOUR_VFIO, "vfio_pci", 0);

	assert_int_equal(flavour_plan_result(plan), 0);
	flavour_plan_free(plan);
	assert_int_equal(run(*state, FLAVOUR_VFIO, "vfio_pci", 0, NULL), 0);
	expect_device(*state, "vfio-pci", "vfio-pci");
	plan = make_plan(*state, FLAVOUR_VFIO, "vfio_pci", 0);
	assert_true(flavour_plan_noop(plan));
	flavour_plan_free(plan);
}

static void nothing_of_that_name(void **state)
{
	struct flavour_plan *plan = make_plan(*state, FLAVOUR_VFIO, "nonsense",
					      FLAVOUR_PLAN_NO_TABLE);

	assert_int_equal(flavour_plan_result(plan), -ENODEV);
	assert_contains(flavour_plan_message(plan), "There is no PCI driver nonsense");
	flavour_plan_free(plan);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plans_setup, plans_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opened_while_the_module_loads),
		TEST(opened_while_the_module_loads_for_the_kernel_module),
		TEST(opened_while_a_named_drivers_module_loads),
		TEST(force_does_not_wait_for_ever),
		TEST(an_open_stub_is_not_unbound),
		TEST(a_pf_without_a_driver_gets_it_back),
		TEST(the_best_is_asked_for),
		TEST(the_best_is_refused_while_open),
		TEST(the_best_fails),
		TEST(a_driver_of_no_index_may_be_better),
		TEST(a_module_is_named),
		TEST(nothing_of_that_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
