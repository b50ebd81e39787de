// SPDX-License-Identifier: LGPL-2.1-or-later
/* Plan and apply against a kernel made of one function: order, roll back, the kernel module. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plans.h"

static void a_plan_touches_nothing(void **state)
{
	struct flavour_plan *plan = make_plan(*state, FLAVOUR_VFIO, NULL, 0);

	assert_int_equal(flavour_plan_result(plan), 0);
	assert_contains(flavour_plan_step(plan, 0), "load the module narrow_vfio_pci");
	assert_string_equal(flavour_plan_step(plan, 1),
			    "set driver_override of " NIC " to the driver of narrow_vfio_pci");
	assert_string_equal(flavour_plan_step(plan, 2), "unbind " NIC " from mlx5_core");
	assert_string_equal(flavour_plan_step(plan, 3), "bind " NIC " to the driver of narrow_vfio_pci");
	assert_null(flavour_plan_step(plan, 4));
	assert_string_equal(flavour_plan_former_driver(plan), "mlx5_core");
	flavour_plan_free(plan);
	expect_log(*state, "");
}

static void claim(void **state)
{
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	expect_log(*state,
		   "load narrow_vfio_pci\n"
		   NIC " driver_override narrow_vfio_pci\n"
		   "driver unbind " NIC "\n"
		   "narrow_vfio_pci bind " NIC);
	expect_device(*state, "narrow_vfio_pci", "narrow_vfio_pci");
}

static void keep_line(const char *text, void *data)
{
	strv_take(data, format("%s", text));
}

static void what_is_done_is_logged(void **state)
{
	struct fake *fake = *state;
	struct strv lines = { 0 };

	flavour_ctx_set_log(fake->ctx, keep_line, &lines);
	fake_fail(fake, "load narrow_vfio_pci", -ENOEXEC);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	assert_string_equal(lines.v[0], "load the module narrow_vfio_pci: Exec format error");
	assert_string_equal(lines.v[1], "load the module mlx5_vfio_pci");
	/* It is tried again when its turn comes. */
	assert_string_equal(lines.v[2], lines.v[0]);
	assert_contains(lines.v[3], "write \"mlx5_vfio_pci\" to ");
	assert_contains(lines.v[3], "/sys/bus/pci/devices/" NIC "/driver_override");
	strv_clear(&lines);
	flavour_ctx_set_log(fake->ctx, NULL, NULL);
}

static void claim_twice_changes_nothing(void **state)
{
	struct flavour_plan *plan;
	struct fake *fake = *state;
	size_t before;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	before = fake->log.count;
	plan = make_plan(fake, FLAVOUR_VFIO, NULL, 0);
	assert_true(flavour_plan_noop(plan));
	assert_int_equal(flavour_plan_run(plan), 0);
	assert_string_equal(flavour_plan_driver(plan), "narrow_vfio_pci");
	flavour_plan_free(plan);
	assert_int_equal(fake->log.count, before);
}

static void claim_and_release(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	strv_clear(&fake->log);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	expect_log(fake,
		   NIC " driver_override -\n"
		   "driver unbind " NIC "\n"
		   "pci drivers_probe " NIC);
	expect_device(fake, "mlx5_core", NULL);
}

static void none_keeps_drivers_away(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_NONE, NULL, 0, NULL), 0);
	expect_log(fake, NIC " driver_override none\n" "driver unbind " NIC);
	expect_device(fake, NULL, "none");
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	expect_device(fake, "mlx5_core", NULL);
}

static void a_stale_override_is_cleared(void **state)
{
	struct fake *fake = *state;

	fake_attr(fake, NIC, "driver_override", "vfio-pci\n");
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	expect_log(fake, NIC " driver_override -");
	expect_device(fake, "mlx5_core", NULL);
}

static void the_next_module_if_one_cannot_be_loaded(void **state)
{
	fake_fail(*state, "load narrow_vfio_pci", -ENOEXEC);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	expect_device(*state, "mlx5_vfio_pci", "mlx5_vfio_pci");
	assert_false(fake_logged(*state, NIC " driver_override narrow_vfio_pci"));
}

static void no_module_can_be_loaded(void **state)
{
	fake_fail(*state, "load narrow_vfio_pci", -ENOEXEC);
	fake_fail(*state, "load mlx5_vfio_pci", -ENOEXEC);
	fake_fail(*state, "load vfio_pci", -EPERM);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "Only root may"), -EPERM);
	expect_log(*state, "load narrow_vfio_pci\nload mlx5_vfio_pci\nload vfio_pci");
	expect_device(*state, "mlx5_core", NULL);
}

static void the_next_driver_if_one_declines(void **state)
{
	fake_fail(*state, "bind narrow_vfio_pci", -ENODEV);
	fake_fail(*state, "bind mlx5_vfio_pci", -ENXIO);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	expect_device(*state, "vfio-pci", "vfio-pci");
}

static void a_failed_probe_is_rolled_back(void **state)
{
	struct fake *fake = *state;

	fake_attr(fake, NIC, "driver_override", "mlx5_core\n");
	fake_fail(fake, "bind narrow_vfio_pci", -ENOMEM);
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "It is as it was before (mlx5_core)"),
			 -ENOMEM);
	expect_log(fake,
		   "load narrow_vfio_pci\n"
		   NIC " driver_override narrow_vfio_pci\n"
		   "driver unbind " NIC "\n"
		   "narrow_vfio_pci bind " NIC "\n"
		   NIC " driver_override mlx5_core\n"
		   "mlx5_core bind " NIC);
	expect_device(fake, "mlx5_core", "mlx5_core");
}

/* A bind that answers nothing bad and binds nothing is a failure. */
static void a_bind_is_read_back(void **state)
{
	fake_fail(*state, "bind narrow_vfio_pci", 0);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "It is as it was before (mlx5_core)"),
			 -EIO);
	expect_device(*state, "mlx5_core", NULL);
}

static void all_decline(void **state)
{
	fake_fail(*state, "bind narrow_vfio_pci", -ENODEV);
	fake_fail(*state, "bind mlx5_vfio_pci", -ENODEV);
	fake_fail(*state, "bind vfio-pci", -EINVAL);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "can't be bound to vfio-pci"), -EINVAL);
	expect_device(*state, "mlx5_core", NULL);
}

static void a_roll_back_that_fails_is_said(void **state)
{
	fake_fail(*state, "bind narrow_vfio_pci", -EIO);
	fake_fail(*state, "bind mlx5_core", -EIO);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "It could not be put back"), -EIO);
	expect_device(*state, NULL, NULL);
}

static void the_override_cannot_be_set(void **state)
{
	fake_fail(*state, "write driver_override", -EACCES);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "driver_override of"), -EACCES);
	assert_false(fake_logged(*state, "driver unbind " NIC));
	expect_device(*state, "mlx5_core", NULL);
}

static void a_device_without_a_driver_stays_without(void **state)
{
	fake_remove(*state, "sys/bus/pci/devices/" NIC "/driver");
	fake_fail(*state, "bind narrow_vfio_pci", -EIO);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "as it was before (no driver)"), -EIO);
	expect_device(*state, NULL, NULL);
}

static void a_native_driver_that_fails_is_rolled_back(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	fake_fail(fake, "bind mlx5_core", -EIO);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, "can't be bound to mlx5_core"), -EIO);
	expect_device(fake, "narrow_vfio_pci", "narrow_vfio_pci");
}

static void no_native_driver_is_no_failure(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	fake_fail(fake, "bind mlx5_core", -ENODEV);
	assert_int_equal(run(fake, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	expect_device(fake, NULL, NULL);
}

static void a_named_driver_is_loaded(void **state)
{
	assert_int_equal(run(*state, FLAVOUR_VFIO, "vfio-pci", 0, NULL), 0);
	assert_true(fake_logged(*state, "load vfio_pci"));
	expect_device(*state, "vfio-pci", "vfio-pci");
	assert_int_equal(run(*state, FLAVOUR_VFIO, "unheard_of", 0, "has no VFIO entry"), -ENODEV);
}

static void a_named_driver_that_is_loaded(void **state)
{
	fake_driver(*state, "vfio-pci", "vfio_pci");
	assert_int_equal(run(*state, FLAVOUR_VFIO, "vfio-pci", 0, NULL), 0);
	expect_device(*state, "vfio-pci", "vfio-pci");
	assert_int_equal(run(*state, FLAVOUR_VFIO, "mlx5_vfio_pci", 0, NULL), 0);
	expect_device(*state, "mlx5_vfio_pci", "mlx5_vfio_pci");
}

static void a_driver_without_an_entry(void **state)
{
	fake_driver(*state, "other", "other");
	assert_int_equal(run(*state, FLAVOUR_VFIO, "other", 0, "no VFIO entry"), -ENODEV);
	expect_device(*state, "mlx5_core", NULL);
	assert_int_equal(run(*state, FLAVOUR_VFIO, "other", FLAVOUR_PLAN_NO_TABLE, NULL), 0);
	expect_device(*state, "other", "other");
}

static void bad_arguments(void **state)
{
	struct flavour_device *dev = fake_get(*state, NIC);
	struct flavour_plan *plan;

	assert_int_equal(flavour_plan_new(dev, FLAVOUR_UNKNOWN, NULL, 0, NULL, &plan), -EINVAL);
	assert_int_equal(flavour_plan_new(dev, 77, NULL, 0, NULL, &plan), -EINVAL);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_NATIVE, "x", 0, NULL, &plan), -EINVAL);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, "../x", 0, NULL, &plan), -EINVAL);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, "", 0, NULL, &plan), -EINVAL);
	flavour_device_unref(dev);
}

static void a_device_unplugged_after_planning(void **state)
{
	struct flavour_plan *plan = make_plan(*state, FLAVOUR_VFIO, NULL, 0);

	fake_remove(*state, "sys/bus/pci/devices/" NIC);
	assert_int_equal(flavour_plan_run(plan), -ENODEV);
	assert_contains(flavour_plan_message(plan), "gone");
	flavour_plan_free(plan);
}

static void what_changed_since_planning_counts(void **state)
{
	struct flavour_plan *plan = make_plan(*state, FLAVOUR_VFIO, NULL, 0);

	assert_int_equal(flavour_plan_result(plan), 0);
	fake_attr(*state, NIC, "sriov_numvfs", "2\n");
	assert_int_equal(flavour_plan_run(plan), -EBUSY);
	flavour_plan_free(plan);
	expect_log(*state, "");
}

static void the_kernel_module_is_asked(void **state)
{
	fake_kernel_module(*state);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, NULL), 0);
	expect_log(*state, "load narrow_vfio_pci\n" NIC " driver_flavour vfio");
	assert_int_equal(run(*state, FLAVOUR_NATIVE, NULL, 0, NULL), 0);
	assert_int_equal(run(*state, FLAVOUR_NONE, NULL, 0, NULL), 0);
	expect_device(*state, NULL, NULL);
}

/* The choice is the kernel module's, and by driver_override ours. */
static void without_steps_the_index_is_read_only_if_it_must_be(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan;

	fake_dir(fake, "sys/class/vfio-dev");
	fake_kernel_module(fake);
	plan = make_plan(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_NO_STEPS);
	assert_null(flavour_plan_step(plan, 0));
	assert_null(fake->ctx->index[UNIVERSE_VFIO]);
	flavour_plan_free(plan);
	assert_int_equal(flavour_ctx_set_backend(fake->ctx, FLAVOUR_BACKEND_OVERRIDE), 0);
	plan = make_plan(fake, FLAVOUR_VFIO, NULL, FLAVOUR_PLAN_NO_STEPS);
	assert_null(flavour_plan_step(plan, 0));
	assert_non_null(fake->ctx->index[UNIVERSE_VFIO]);
	flavour_plan_free(plan);
	expect_log(fake, "");
}

static void the_kernel_modules_errors_are_explained(void **state)
{
	static const struct {
		int error;
		const char *message;
	} cases[] = {
		{ -EINVAL, "driver refused the device" },
		{ -EOPNOTSUPP, "is a bridge" },
		{ -EBUSY, "owns its IOMMU group" },
		{ -ENODEV, "Install the module" },
		{ -EPERM, "needs CAP_SYS_MODULE" },
		{ -EINTR, "interrupted" },
		{ -EINPROGRESS, "has not returned" },
		{ -ENOTRECOVERABLE, "it has no driver now" },
		{ -ETIMEDOUT, "loader did not end" },
		{ -ENOMEM, "Cannot allocate memory. It has the driver mlx5_core now" },
	};
	struct fake *fake = *state;
	size_t i;

	fake_kernel_module(fake);
	fake_fail(fake, "write driver_flavour", 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		fake->rules[0].error = cases[i].error;
		assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, cases[i].message),
				 cases[i].error);
	}
}

/* A kernel that loads only signed modules is a likelier reason than a blacklist. */
static void what_keeps_modules_out_is_said(void **state)
{
	struct fake *fake = *state;

	fake_kernel_module(fake);
	fake_fail(fake, "write driver_flavour", -ENODEV);
	fake_file(fake, "sys/module/module/parameters/sig_enforce", "Y\n");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "Only signed modules load"), -ENODEV);
	fake_file(fake, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(run(fake, FLAVOUR_VFIO, NULL, 0, "The kernel is locked down"), -ENODEV);
}

/* A write that succeeds is not believed. */
static void the_kernel_module_is_read_back(void **state)
{
	fake_kernel_module(*state);
	fake_fail(*state, "write driver_flavour", 0);
	assert_int_equal(run(*state, FLAVOUR_VFIO, NULL, 0, "should be vfio now, but is native"),
			 -EIO);
}

struct progress {
	size_t calls, last, failed, total;
};

static void count(struct flavour_plan *plan, size_t done, size_t total, void *data)
{
	struct progress *progress = data;

	progress->calls++;
	progress->last = done;
	progress->failed += flavour_plan_result(plan) != 0;
	assert_int_equal(total, progress->total);
}

static void many_side_by_side(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plans[200];
	struct progress progress = { .total = ARRAY_LEN(plans) };
	char address[ADDRESS_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_LEN(plans); i++) {
		struct flavour_device *dev;

		snprintf(address, sizeof(address), "0000:%02zx:%02zx.0", 2 + i / 32, i % 32);
		fake_device(fake, address, ID_NIC, NULL, 100 + (int)i);
		if (i % 50 == 49)	/* four have VFs, and are refused */
			fake_attr(fake, address, "sriov_numvfs", "1\n");
		dev = fake_get(fake, address);
		assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, NULL, 0, NULL, &plans[i]), 0);
		flavour_device_unref(dev);
	}
	assert_int_equal(flavour_plans_run(plans, ARRAY_LEN(plans), 16, count, &progress), 4);
	assert_int_equal(progress.calls, 200);
	assert_int_equal(progress.last, 200);
	assert_int_equal(progress.failed, 4);
	for (i = 0; i < ARRAY_LEN(plans); i++) {
		assert_int_equal(flavour_plan_result(plans[i]), i % 50 == 49 ? -EBUSY : 0);
		if (i % 50 != 49)
			assert_string_equal(flavour_plan_driver(plans[i]), "narrow_vfio_pci");
		flavour_plan_free(plans[i]);
	}
	assert_int_equal(flavour_plans_run(NULL, 0, 0, NULL, NULL), 0);
}

static bool after_two(void *data)
{
	unsigned int *asked = data;

	return ++*asked > 2;
}

/* What has begun is done, and the rest is not touched. */
static void told_to_stop(void **state)
{
	struct flavour_plan *plans[5];
	struct progress progress = { .total = ARRAY_LEN(plans) };
	struct fake *fake = *state;
	unsigned int asked = 0;
	char address[ADDRESS_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_LEN(plans); i++) {
		struct flavour_device *dev;

		snprintf(address, sizeof(address), "0000:02:%02zx.0", i);
		fake_device(fake, address, ID_NIC, NULL, 100 + (int)i);
		dev = fake_get(fake, address);
		assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, NULL, 0, NULL, &plans[i]), 0);
		flavour_device_unref(dev);
	}
	flavour_ctx_set_stop(fake->ctx, after_two, &asked);
	assert_int_equal(flavour_plans_run(plans, ARRAY_LEN(plans), 1, count, &progress), 3);
	assert_int_equal(progress.calls, 5);
	assert_int_equal(asked, 3);
	for (i = 0; i < ARRAY_LEN(plans); i++) {
		assert_int_equal(flavour_plan_result(plans[i]), i < 2 ? 0 : -ECANCELED);
		if (i >= 2) {
			assert_contains(flavour_plan_message(plans[i]), "Not started");
			assert_null(flavour_plan_driver(plans[i]));
			assert_int_equal(flavour_plan_run(plans[i]), -EALREADY);
		}
		flavour_plan_free(plans[i]);
	}
	assert_false(fake_logged(fake, "0000:02:02.0 driver_override narrow_vfio_pci"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plans_setup, plans_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_touches_nothing),
		TEST(claim),
		TEST(what_is_done_is_logged),
		TEST(claim_twice_changes_nothing),
		TEST(claim_and_release),
		TEST(none_keeps_drivers_away),
		TEST(a_stale_override_is_cleared),
		TEST(the_next_module_if_one_cannot_be_loaded),
		TEST(no_module_can_be_loaded),
		TEST(the_next_driver_if_one_declines),
		TEST(a_failed_probe_is_rolled_back),
		TEST(a_bind_is_read_back),
		TEST(all_decline),
		TEST(a_roll_back_that_fails_is_said),
		TEST(the_override_cannot_be_set),
		TEST(a_device_without_a_driver_stays_without),
		TEST(a_native_driver_that_fails_is_rolled_back),
		TEST(no_native_driver_is_no_failure),
		TEST(a_named_driver_is_loaded),
		TEST(a_named_driver_that_is_loaded),
		TEST(a_driver_without_an_entry),
		TEST(bad_arguments),
		TEST(a_device_unplugged_after_planning),
		TEST(what_changed_since_planning_counts),
		TEST(the_kernel_module_is_asked),
		TEST(without_steps_the_index_is_read_only_if_it_must_be),
		TEST(the_kernel_modules_errors_are_explained),
		TEST(what_keeps_modules_out_is_said),
		TEST(the_kernel_module_is_read_back),
		TEST(many_side_by_side),
		TEST(told_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
