// SPDX-License-Identifier: LGPL-2.1-or-later
/* Plans with a time limit: what is begun, what is not, and what does not return. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"
#include "plans.h"

#define LONG 3600000	/* an hour, in ms */
#define SHORT 1000

/* What the plan's limit becomes when something of this text has been done. */
struct cut {
	struct flavour_plan *plan;
	const char *after;
	unsigned int ms;	/* 0: it is over */
};

static void cut(const char *text, void *data)
{
	struct cut *cut = data;

	if (!strstr(text, cut->after))
		return;
	limit_start(&cut->plan->limit, cut->ms ? cut->ms : LONG);
	if (!cut->ms)
		cut->plan->limit.end = 1;
}

static struct flavour_plan *run_until(struct fake *fake, const char *after, unsigned int ms)
{
	struct flavour_plan *plan = make_plan(fake, FLAVOUR_VFIO, NULL, 0);
	struct cut data = { plan, after, ms };

	flavour_plan_set_timeout(plan, LONG);
	flavour_ctx_set_log(fake->ctx, cut, &data);
	flavour_plan_run(plan);
	flavour_ctx_set_log(fake->ctx, NULL, NULL);
	return plan;
}

/* The write to @attr, which comes after @after, does not return; if @deaf not even when woken. */
static struct flavour_plan *run_hanging(struct fake *fake, const char *attr, bool deaf,
					const char *after)
{
	fake->hangs = attr;
	fake->deaf = deaf;
	return run_until(fake, after, SHORT);
}

static void in_time(void **state)
{
	struct flavour_plan *plan = run_until(*state, "nothing", 0);

	assert_int_equal(flavour_plan_result(plan), 0);
	assert_string_equal(flavour_plan_driver(plan), "narrow_vfio_pci");
	flavour_plan_free(plan);
	expect_device(*state, "narrow_vfio_pci", "narrow_vfio_pci");
	/* What is logged there is of a child. */
	expect_log(*state, "");
}

static void a_child_tells_the_errno(void **state)
{
	struct flavour_plan *plan;

	fake_fail(*state, "bind narrow_vfio_pci", -ENOMEM);
	plan = run_until(*state, "nothing", 0);
	assert_int_equal(flavour_plan_result(plan), -ENOMEM);
	assert_contains(flavour_plan_message(plan), "It is as it was before (mlx5_core)");
	flavour_plan_free(plan);
	expect_device(*state, "mlx5_core", NULL);
}

static void over_before_it_is_touched(void **state)
{
	struct flavour_plan *plan = run_until(*state, "load the module", 0);

	assert_int_equal(flavour_plan_result(plan), -ETIME);
	flavour_plan_free(plan);
	expect_device(*state, "mlx5_core", NULL);
}

static void over_in_the_middle(void **state)
{
	struct flavour_plan *plan = run_until(*state, "driver/unbind", 0);

	assert_int_equal(flavour_plan_result(plan), -ETIME);
	assert_contains(flavour_plan_message(plan), "It is as it was before (mlx5_core)");
	flavour_plan_free(plan);
	expect_device(*state, "mlx5_core", NULL);
}

static void a_remove_that_does_not_return(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan = run_hanging(fake, "unbind", true, "driver_override");

	assert_int_equal(flavour_plan_result(plan), -EINPROGRESS);
	assert_contains(flavour_plan_message(plan), "driver/unbind. That goes on by itself");
	/* Nothing is read that the driver's end would be waited for. */
	assert_null(flavour_device_override(flavour_plan_device(plan)));
	assert_int_equal(flavour_device_flavour(flavour_plan_device(plan)), FLAVOUR_UNKNOWN);
	flavour_plan_free(plan);
	/* Nothing was done after it. */
	expect_device(fake, NULL, "narrow_vfio_pci");
}

static void a_probe_that_does_not_return(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan = run_hanging(fake, "bind", true, "driver/unbind");

	assert_int_equal(flavour_plan_result(plan), -EINPROGRESS);
	flavour_plan_free(plan);
	expect_device(fake, "narrow_vfio_pci", "narrow_vfio_pci");
}

static void load_forever(struct fake *fake)
{
	fake->hangs = "initstate";
	fake->deaf = true;
	fake->ctx->io.write(fake, "/module/initstate", "");
}

static void a_module_that_does_not_return(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan = make_plan(fake, FLAVOUR_VFIO, NULL, 0);

	fake->while_loading = load_forever;
	flavour_plan_set_timeout(plan, SHORT);
	assert_int_equal(flavour_plan_run(plan), -EINPROGRESS);
	assert_contains(flavour_plan_message(plan), "load the module narrow_vfio_pci. That goes");
	flavour_plan_free(plan);
	expect_device(fake, "mlx5_core", NULL);
}

static void the_kernel_module_is_interrupted(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan;

	fake_kernel_module(fake);
	plan = run_hanging(fake, "driver_flavour", false, "load the module");
	assert_int_equal(flavour_plan_result(plan), -ETIME);
	assert_contains(flavour_plan_message(plan), "Nothing was changed");
	flavour_plan_free(plan);
	expect_device(fake, "mlx5_core", NULL);
}

static void the_kernel_module_goes_on(void **state)
{
	struct fake *fake = *state;
	struct flavour_plan *plan;

	fake_kernel_module(fake);
	plan = run_hanging(fake, "driver_flavour", true, "load the module");
	assert_int_equal(flavour_plan_result(plan), -EINPROGRESS);
	assert_contains(flavour_plan_message(plan), "driver_flavour. That goes on by itself");
	flavour_plan_free(plan);
}

static void time_is_over(struct flavour_plan *plan, size_t done, size_t total, void *data)
{
	struct flavour_plan *next = data;

	next->limit.end = 1;
}

static void a_plan_that_is_not_begun(void **state)
{
	struct flavour_plan *plans[2];
	struct fake *fake = *state;
	struct flavour_device *dev;

	fake_device(fake, "0000:02:00.0", ID_NIC, NULL, 2);
	dev = fake_get(fake, "0000:02:00.0");
	plans[0] = make_plan(fake, FLAVOUR_VFIO, NULL, 0);
	assert_int_equal(flavour_plan_new(dev, FLAVOUR_VFIO, NULL, 0, NULL, &plans[1]), 0);
	flavour_device_unref(dev);
	flavour_plan_set_timeout(plans[1], LONG);
	assert_int_equal(flavour_plans_run(plans, 2, 1, time_is_over, plans[1]), 1);
	assert_int_equal(flavour_plan_result(plans[0]), 0);
	assert_int_equal(flavour_plan_result(plans[1]), -ETIME);
	assert_contains(flavour_plan_message(plans[1]), "Not started");
	flavour_plan_free(plans[0]);
	flavour_plan_free(plans[1]);
	assert_false(fake_logged(fake, "0000:02:00.0 driver_override narrow_vfio_pci"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plans_setup, plans_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_time),
		TEST(a_child_tells_the_errno),
		TEST(over_before_it_is_touched),
		TEST(over_in_the_middle),
		TEST(a_remove_that_does_not_return),
		TEST(a_probe_that_does_not_return),
		TEST(a_module_that_does_not_return),
		TEST(the_kernel_module_is_interrupted),
		TEST(the_kernel_module_goes_on),
		TEST(a_plan_that_is_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
