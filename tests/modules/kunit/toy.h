/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bus that is made up: one real device and some real drivers of the driver
 * core, whose overrides and probes do what a test wants.
 */
#ifndef TESTS_KUNIT_TOY_H
#define TESTS_KUNIT_TOY_H

#include <kunit/test.h>
#include <linux/device.h>

#include "bus.h"

/**
 * struct toy_driver - a driver of the toy bus
 * @drv: what the core sees
 * @flavour: whose devices it lists
 * @rank: how specific it is about them
 * @err: what its probe says
 * @probes: how often that was called
 */
struct toy_driver {
	struct device_driver drv;
	enum flavour flavour;
	unsigned int rank;
	int err;
	int probes;
};

enum { TOY_ADDRESS, TOY_MODALIAS, TOY_PHYSFN };

enum { TOY_NATIVE, TOY_GENERIC, TOY_VARIANT, TOY_BEST, TOY_DRIVERS };

extern struct toy_driver toy_drivers[TOY_DRIVERS];
extern const struct flavour_bus toy_ops;
extern struct flavour_facts toy_facts; /* no address: a device that no rule is for */

extern struct device *toy;
extern char *toy_override;
extern int toy_refuses_with;
extern int toy_fail_override; /* the call to override_set that fails */
extern int toy_brings; /* the loader that brings TOY_GENERIC, which is there if 0 */

void toy_expect(struct kunit *test, int driver, const char *override, enum flavour flavour);

/* Before and after each test: the device comes and goes. */
int toy_init(struct kunit *test);
void toy_exit(struct kunit *test);

#endif
