// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "plans.h"

int plans_setup(void **state)
{
	struct fake *fake = fake_new();

	fake_device(fake, NIC, ID_NIC, NULL, 1);
	fake_attr(fake, NIC, "native", "mlx5_core\n");
	fake_driver(fake, "mlx5_core", "mlx5_core");
	fake_bind(fake, NIC, "mlx5_core");
	*state = fake;
	return 0;
}

int plans_teardown(void **state)
{
	fake_free(*state);
	return 0;
}

struct flavour_plan *make_plan(struct fake *fake, enum flavour flavour, const char *driver,
			       unsigned int flags)
{
	struct flavour_device *dev = fake_get(fake, NIC);
	struct flavour_plan *plan;

	assert_int_equal(flavour_plan_new(dev, flavour, driver, flags, NULL, &plan), 0);
	flavour_device_unref(dev);
	return plan;
}

void expect_log(struct fake *fake, const char *expected)
{
	AUTOFREE char *joined = strv_join(&fake->log, "\n");

	assert_string_equal(joined, expected);
}

void expect_device(struct fake *fake, const char *driver, const char *override)
{
	struct flavour_device *dev = fake_get(fake, NIC);

	if (driver)
		assert_string_equal(flavour_device_driver(dev), driver);
	else
		assert_null(flavour_device_driver(dev));
	if (override)
		assert_string_equal(flavour_device_override(dev), override);
	else
		assert_null(flavour_device_override(dev));
	flavour_device_unref(dev);
}

int run(struct fake *fake, enum flavour flavour, const char *driver, unsigned int flags,
	const char *message)
{
	struct flavour_plan *plan = make_plan(fake, flavour, driver, flags);
	int error = flavour_plan_run(plan);

	if (message)
		assert_contains(flavour_plan_message(plan), message);
	else
		assert_string_equal(flavour_plan_message(plan), "");
	assert_int_equal(flavour_plan_result(plan), error);
	assert_int_equal(flavour_plan_run(plan), -EALREADY);
	flavour_plan_free(plan);
	return error;
}
