// SPDX-License-Identifier: GPL-2.0-only
/*
 * The change of a flavour, on a bus that is made up: real devices and drivers of
 * the driver core, whose overrides and probes do what a test wants.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/slab.h>

#include "flavour.h"
#include "flavoured.h"
#include "late.h"
#include "loader.h"

/**
 * struct toy_driver - a driver of the toy bus
 * @drv: what the core sees
 * @flavour: whose devices it lists
 * @wildcards: with how many
 * @err: what its probe says
 * @probes: how often that was called
 */
struct toy_driver {
	struct device_driver drv;
	enum flavour flavour;
	unsigned int wildcards;
	int err;
	int probes;
};

enum { NATIVE, GENERIC, VARIANT, BEST, DRIVERS };

static struct toy_driver drivers[DRIVERS] = {
	[NATIVE]  = { .drv.name = "toy_native", .flavour = FLAVOUR_NATIVE },
	[GENERIC] = { .drv.name = "toy_generic", .flavour = FLAVOUR_VFIO, .wildcards = 7 },
	[VARIANT] = { .drv.name = "toy_variant", .flavour = FLAVOUR_VFIO, .wildcards = 5 },
	[BEST]    = { .drv.name = "toy_best", .flavour = FLAVOUR_VFIO, .wildcards = 3 },
};

static struct device *toy;
static char *toy_override;
static int refuse_with, fail_override; /* the call to override_set that fails */

static struct toy_driver *to_toy(const struct device_driver *drv)
{
	return container_of(drv, struct toy_driver, drv);
}

static int toy_match(struct device *dev, const struct device_driver *drv)
{
	if (toy_override)
		return !strcmp(toy_override, drv->name);
	return to_toy(drv)->flavour == FLAVOUR_NATIVE;
}

static int toy_probe(struct device *dev)
{
	struct toy_driver *drv = to_toy(dev->driver);

	drv->probes++;
	return drv->err;
}

static const struct bus_type toy_bus = {
	.name = "flavour_toy", .match = toy_match, .probe = toy_probe,
};

static int toy_refuse(struct device *dev)
{
	return refuse_with;
}

static unsigned int toy_rank(struct device *dev, struct device_driver *drv, enum flavour flavour)
{
	return to_toy(drv)->flavour == flavour ? to_toy(drv)->wildcards : MATCH_NONE;
}

static char *toy_alias(struct device *dev, enum flavour flavour)
{
	return kstrdup("flavour_toy:x", GFP_KERNEL);
}

static int toy_override_dup(struct device *dev, char **name)
{
	*name = kstrdup(toy_override, GFP_KERNEL);
	return toy_override && !*name ? -ENOMEM : 0;
}

static bool toy_overridden(struct device *dev)
{
	return toy_override;
}

static int toy_override_set(struct device *dev, const char *name)
{
	if (fail_override && !--fail_override)
		return -ENOMEM;
	kfree(toy_override);
	toy_override = kstrdup(name, GFP_KERNEL);
	return 0;
}

static bool toy_yes(struct device_driver *drv)
{
	return true;
}

static bool toy_added(struct device *dev)
{
	return true;
}

static const struct flavour_bus bus = {
	.refuse = toy_refuse, .rank = toy_rank, .alias = toy_alias,
	.override_dup = toy_override_dup, .overridden = toy_overridden,
	.override_set = toy_override_set, .kernel_dma = toy_yes, .added = toy_added,
};

static void toy_release(struct device *dev)
{
	kfree(dev);
}

static void expect_state(struct kunit *test, int driver, const char *override, enum flavour flavour)
{
	KUNIT_EXPECT_PTR_EQ(test, toy->driver, driver < 0 ? NULL : &drivers[driver].drv);
	KUNIT_EXPECT_STREQ(test, toy_override ?: "-", override ?: "-");
	KUNIT_EXPECT_EQ(test, flavoured_read(toy, &bus), flavour);
}

static void set(struct kunit *test, enum flavour flavour, int want)
{
	KUNIT_EXPECT_EQ(test, flavour_set(toy, &bus, flavour), want);
}

static void change_claims_the_best(struct kunit *test)
{
	set(test, FLAVOUR_VFIO, 0);
	expect_state(test, BEST, "toy_best", FLAVOUR_VFIO);
	set(test, FLAVOUR_VFIO, 0);
	KUNIT_EXPECT_EQ(test, drivers[BEST].probes, 1);
	set(test, FLAVOUR_NATIVE, 0);
	expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_tries_the_next(struct kunit *test)
{
	drivers[BEST].err = -ENODEV;
	drivers[VARIANT].err = -ENXIO;
	set(test, FLAVOUR_VFIO, 0);
	expect_state(test, GENERIC, "toy_generic", FLAVOUR_VFIO);
}

static void change_puts_back(struct kunit *test)
{
	static const int errs[] = { -EINVAL, -EBUSY, -ENOMEM, -EIO };
	int i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		drivers[BEST].err = errs[i];
		set(test, FLAVOUR_VFIO, errs[i]);
		expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
		KUNIT_EXPECT_EQ(test, drivers[VARIANT].probes, 0);
	}
}

static void change_puts_back_when_all_step_back(struct kunit *test)
{
	drivers[BEST].err = -ENODEV;
	drivers[VARIANT].err = -ENXIO;
	drivers[GENERIC].err = -ENODEV;
	set(test, FLAVOUR_VFIO, -ENODEV);
	expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_refused_touches_nothing(struct kunit *test)
{
	int probes = drivers[NATIVE].probes;

	refuse_with = -EOPNOTSUPP;
	set(test, FLAVOUR_VFIO, -EOPNOTSUPP);
	set(test, FLAVOUR_NONE, -EOPNOTSUPP);
	expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, drivers[NATIVE].probes, probes);
}

/* Whichever call to override_set fails, but for the one that puts back. */
static void change_survives_override_failures(struct kunit *test)
{
	int nth;

	for (nth = 1; nth <= 2; nth++) {
		fail_override = nth;
		set(test, FLAVOUR_VFIO, -ENOMEM);
		fail_override = 0;
		expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
	}
	set(test, FLAVOUR_VFIO, 0);
	fail_override = 1;
	set(test, FLAVOUR_NATIVE, -ENOMEM);
	expect_state(test, BEST, "toy_best", FLAVOUR_VFIO);
}

static void change_none_keeps_all_away(struct kunit *test)
{
	set(test, FLAVOUR_NONE, 0);
	expect_state(test, -1, "none", FLAVOUR_NONE);
	KUNIT_EXPECT_LT(test, device_attach(toy), 1);
	expect_state(test, -1, "none", FLAVOUR_NONE);
	set(test, FLAVOUR_VFIO, 0);
	expect_state(test, BEST, "toy_best", FLAVOUR_VFIO);
	set(test, FLAVOUR_NONE, 0);
	set(test, FLAVOUR_NATIVE, 0);
	expect_state(test, NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_native_fails_back_to_vfio(struct kunit *test)
{
	set(test, FLAVOUR_VFIO, 0);
	drivers[NATIVE].err = -EIO;
	set(test, FLAVOUR_NATIVE, -EIO);
	expect_state(test, BEST, "toy_best", FLAVOUR_VFIO);
}

static void change_of_a_gone_device(struct kunit *test)
{
	device_unregister(toy);
	set(test, FLAVOUR_VFIO, -ENODEV);
	set(test, FLAVOUR_NONE, -ENODEV);
	expect_state(test, -1, NULL, FLAVOUR_NATIVE);
}

static int change_init(struct kunit *test)
{
	int i, ret;

	for (i = 0; i < DRIVERS; i++) {
		drivers[i].err = 0;
		drivers[i].probes = 0;
	}
	refuse_with = 0;
	fail_override = 0;
	toy = kzalloc(sizeof(*toy), GFP_KERNEL);
	if (!toy)
		return -ENOMEM;
	toy->bus = &toy_bus;
	toy->release = toy_release;
	dev_set_name(toy, "toy");
	ret = device_register(toy);
	if (ret)
		put_device(toy);
	else
		get_device(toy);
	return ret;
}

static void change_exit(struct kunit *test)
{
	flavoured_removed(toy);
	if (device_is_registered(toy))
		device_unregister(toy);
	put_device(toy);
	kfree(toy_override);
	toy_override = NULL;
}

static int change_suite_init(struct kunit_suite *suite)
{
	int i, ret = bus_register(&toy_bus);

	for (i = 0; i < DRIVERS && !ret; i++) {
		drivers[i].drv.bus = &toy_bus;
		drivers[i].drv.owner = THIS_MODULE;
		ret = driver_register(&drivers[i].drv);
	}
	return ret ?: loader_init() ?: flavoured_init();
}

static void change_suite_exit(struct kunit_suite *suite)
{
	int i;

	flavoured_stop();
	flavoured_exit();
	loader_exit();
	for (i = 0; i < DRIVERS; i++)
		driver_unregister(&drivers[i].drv);
	bus_unregister(&toy_bus);
}

static struct kunit_case change_cases[] = {
	KUNIT_CASE(change_claims_the_best),
	KUNIT_CASE(change_tries_the_next),
	KUNIT_CASE(change_puts_back),
	KUNIT_CASE(change_puts_back_when_all_step_back),
	KUNIT_CASE(change_refused_touches_nothing),
	KUNIT_CASE(change_survives_override_failures),
	KUNIT_CASE(change_none_keeps_all_away),
	KUNIT_CASE(change_native_fails_back_to_vfio),
	KUNIT_CASE(change_of_a_gone_device),
	{}
};

static struct kunit_suite change_suite = {
	.name = "flavour_change",
	.init = change_init,
	.exit = change_exit,
	.suite_init = change_suite_init,
	.suite_exit = change_suite_exit,
	.test_cases = change_cases,
};

kunit_test_suites(&change_suite);
