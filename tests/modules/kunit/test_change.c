// SPDX-License-Identifier: GPL-2.0-only
/* The change of a flavour, and back when it fails. */
#include "device.h"
#include "request.h"
#include "toy.h"

static void set(struct kunit *test, enum flavour flavour, int want)
{
	KUNIT_EXPECT_EQ(test, flavour_set(toy, flavour), want);
}

static void change_claims_the_best(struct kunit *test)
{
	set(test, FLAVOUR_VFIO, 0);
	toy_expect(test, TOY_BEST, "toy_best", FLAVOUR_VFIO);
	set(test, FLAVOUR_VFIO, 0);
	KUNIT_EXPECT_EQ(test, toy_drivers[TOY_BEST].probes, 1);
	set(test, FLAVOUR_NATIVE, 0);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_tries_the_next(struct kunit *test)
{
	toy_drivers[TOY_BEST].err = -ENODEV;
	toy_drivers[TOY_VARIANT].err = -ENXIO;
	set(test, FLAVOUR_VFIO, 0);
	toy_expect(test, TOY_GENERIC, "toy_generic", FLAVOUR_VFIO);
}

/* The drivers come one by one, and each is tried once. */
static void change_asks_for_the_next(struct kunit *test)
{
	toy_drivers[TOY_BEST].err = -ENODEV;
	toy_drivers[TOY_VARIANT].err = -ENXIO;
	toy_brings = 2;
	set(test, FLAVOUR_VFIO, 0);
	toy_expect(test, TOY_GENERIC, "toy_generic", FLAVOUR_VFIO);
	KUNIT_EXPECT_EQ(test, toy_drivers[TOY_BEST].probes, 1);
	KUNIT_EXPECT_EQ(test, toy_drivers[TOY_VARIANT].probes, 1);
	KUNIT_EXPECT_EQ(test, toy_brings, 0);
}

/* None comes: the loader is run for the next one once. */
static void change_ends_without_a_next(struct kunit *test)
{
	toy_drivers[TOY_BEST].err = -ENODEV;
	toy_drivers[TOY_VARIANT].err = -ENXIO;
	toy_brings = 9;
	set(test, FLAVOUR_VFIO, -ENXIO);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, toy_brings, 7);
}

/* Nor is it asked for one that a driver's failure, or the last of all, ends. */
static void change_does_not_ask_in_vain(struct kunit *test)
{
	toy_drivers[TOY_BEST].err = -EIO;
	toy_brings = 9;
	set(test, FLAVOUR_VFIO, -EIO);
	KUNIT_EXPECT_EQ(test, toy_brings, 8);
	toy_drivers[TOY_BEST].err = -ENODEV;
	toy_drivers[TOY_VARIANT].err = -ENODEV;
	toy_drivers[TOY_GENERIC].err = -ENODEV;
	toy_brings = 1;
	set(test, FLAVOUR_VFIO, -ENODEV);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, toy_drivers[TOY_GENERIC].probes, 1);
}

static void change_puts_back(struct kunit *test)
{
	static const int errs[] = { -EINVAL, -EBUSY, -ENOMEM, -EIO };
	int i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		toy_drivers[TOY_BEST].err = errs[i];
		set(test, FLAVOUR_VFIO, errs[i]);
		toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
		KUNIT_EXPECT_EQ(test, toy_drivers[TOY_VARIANT].probes, 0);
	}
}

static void change_puts_back_when_all_step_back(struct kunit *test)
{
	toy_drivers[TOY_BEST].err = -ENODEV;
	toy_drivers[TOY_VARIANT].err = -ENXIO;
	toy_drivers[TOY_GENERIC].err = -ENODEV;
	set(test, FLAVOUR_VFIO, -ENODEV);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_refused_touches_nothing(struct kunit *test)
{
	int probes = toy_drivers[TOY_NATIVE].probes;

	toy_refuses_with = -EOPNOTSUPP;
	set(test, FLAVOUR_VFIO, -EOPNOTSUPP);
	set(test, FLAVOUR_NONE, -EOPNOTSUPP);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
	KUNIT_EXPECT_EQ(test, toy_drivers[TOY_NATIVE].probes, probes);
}

/* Whichever call to override_set fails, but for the one that puts back. */
static void change_survives_override_failures(struct kunit *test)
{
	int nth;

	for (nth = 1; nth <= 2; nth++) {
		toy_fail_override = nth;
		set(test, FLAVOUR_VFIO, -ENOMEM);
		toy_fail_override = 0;
		toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
	}
	set(test, FLAVOUR_VFIO, 0);
	toy_fail_override = 1;
	set(test, FLAVOUR_NATIVE, -ENOMEM);
	toy_expect(test, TOY_BEST, "toy_best", FLAVOUR_VFIO);
}

static void change_none_keeps_all_away(struct kunit *test)
{
	set(test, FLAVOUR_NONE, 0);
	toy_expect(test, -1, "none", FLAVOUR_NONE);
	KUNIT_EXPECT_LT(test, device_attach(toy), 1);
	toy_expect(test, -1, "none", FLAVOUR_NONE);
	set(test, FLAVOUR_VFIO, 0);
	toy_expect(test, TOY_BEST, "toy_best", FLAVOUR_VFIO);
	set(test, FLAVOUR_NONE, 0);
	set(test, FLAVOUR_NATIVE, 0);
	toy_expect(test, TOY_NATIVE, NULL, FLAVOUR_NATIVE);
}

static void change_native_fails_back_to_vfio(struct kunit *test)
{
	set(test, FLAVOUR_VFIO, 0);
	toy_drivers[TOY_NATIVE].err = -EIO;
	set(test, FLAVOUR_NATIVE, -EIO);
	toy_expect(test, TOY_BEST, "toy_best", FLAVOUR_VFIO);
}

static void change_of_a_gone_device(struct kunit *test)
{
	device_unregister(toy);
	set(test, FLAVOUR_VFIO, -ENODEV);
	set(test, FLAVOUR_NONE, -ENODEV);
	toy_expect(test, -1, NULL, FLAVOUR_NATIVE);
}

static struct kunit_case change_cases[] = {
	KUNIT_CASE(change_claims_the_best),
	KUNIT_CASE(change_tries_the_next),
	KUNIT_CASE(change_asks_for_the_next),
	KUNIT_CASE(change_ends_without_a_next),
	KUNIT_CASE(change_does_not_ask_in_vain),
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
	.init = toy_init,
	.exit = toy_exit,
	.test_cases = change_cases,
};

kunit_test_suites(&change_suite);
