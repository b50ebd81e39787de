// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "loader.h"
#include "pending.h"
#include "toy.h"

struct toy_driver toy_drivers[TOY_DRIVERS] = {
	[TOY_NATIVE]  = { .drv.name = "toy_native", .flavour = FLAVOUR_NATIVE },
	[TOY_GENERIC] = { .drv.name = "toy_generic", .flavour = FLAVOUR_VFIO, .rank = RANK_GENERIC },
	[TOY_VARIANT] = { .drv.name = "toy_variant", .flavour = FLAVOUR_VFIO, .rank = 15 },
	[TOY_BEST]    = { .drv.name = "toy_best", .flavour = FLAVOUR_VFIO, .rank = 3 },
};

struct flavour_facts toy_facts;
struct device *toy;
char *toy_override;
int toy_refuses_with, toy_fail_override, toy_brings;

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

static int toy_refuse(struct device *dev, enum flavour want)
{
	return toy_refuses_with;
}

static unsigned int toy_rank(struct device *dev, struct device_driver *drv, enum flavour flavour)
{
	if (toy_brings && drv == &toy_drivers[TOY_GENERIC].drv)
		return RANK_NONE;
	return to_toy(drv)->flavour == flavour ? to_toy(drv)->rank : RANK_NONE;
}

/* Whoever asks for the alias runs the loader. */
static char *toy_alias(struct device *dev, enum flavour flavour)
{
	if (toy_brings)
		toy_brings--;
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

static int toy_override_get(struct device *dev, char *buf, size_t size)
{
	return snprintf(buf, size, "%s", toy_override ?: "");
}

static int toy_override_set(struct device *dev, const char *name)
{
	if (toy_fail_override && !--toy_fail_override)
		return -ENOMEM;
	kfree(toy_override);
	toy_override = kstrdup(name, GFP_KERNEL);
	return 0;
}

static int toy_unbind(struct device *dev)
{
	device_release_driver(dev);
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

static bool toy_describe(struct device *dev, struct flavour_facts *facts)
{
	*facts = toy_facts;
	return facts->fact[TOY_ADDRESS];
}

static const char * const toy_words[] = { "vfio", NULL };
static const char * const toy_keys[] = { "address", "modalias", "physfn", NULL };

const struct flavour_bus toy_ops = {
	.keys = toy_keys,
	.words = toy_words, .override_get = toy_override_get, .unbind = toy_unbind,
	.refuse = toy_refuse, .rank = toy_rank, .alias = toy_alias,
	.override_dup = toy_override_dup, .overridden = toy_overridden,
	.override_set = toy_override_set, .kernel_dma = toy_yes, .added = toy_added,
	.describe = toy_describe,
};

/* What bus.c has in the module. */
const struct flavour_bus * const flavour_buses[FLAVOUR_BUSES] = { &toy_ops };

const struct flavour_bus *flavour_bus_of(const struct device *dev)
{
	return dev->bus == &toy_bus ? &toy_ops : NULL;
}

bool flavour_bus_has(struct device *dev)
{
	return device_is_registered(dev);
}

static void toy_release(struct device *dev)
{
	kfree(dev);
}

void toy_expect(struct kunit *test, int driver, const char *override, enum flavour flavour)
{
	KUNIT_EXPECT_PTR_EQ(test, toy->driver, driver < 0 ? NULL : &toy_drivers[driver].drv);
	KUNIT_EXPECT_STREQ(test, toy_override ?: "-", override ?: "-");
	KUNIT_EXPECT_EQ(test, flavour_state_read(toy), flavour);
}

int toy_init(struct kunit *test)
{
	int i, ret;

	for (i = 0; i < TOY_DRIVERS; i++) {
		toy_drivers[i].err = 0;
		toy_drivers[i].probes = 0;
	}
	toy_refuses_with = 0;
	toy_fail_override = 0;
	toy_brings = 0;
	memset(&toy_facts, 0, sizeof(toy_facts));
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

void toy_exit(struct kunit *test)
{
	flavour_device_removed(toy);
	if (device_is_registered(toy))
		device_unregister(toy);
	put_device(toy);
	kfree(toy_override);
	toy_override = NULL;
}

static int drivers_register(void)
{
	int i, ret;

	for (i = 0; i < TOY_DRIVERS; i++) {
		toy_drivers[i].drv.bus = &toy_bus;
		toy_drivers[i].drv.owner = THIS_MODULE;
		ret = driver_register(&toy_drivers[i].drv);
		if (ret)
			goto err;
	}
	return 0;
err:
	while (i--)
		driver_unregister(&toy_drivers[i].drv);
	return ret;
}

static int __init toy_start(void)
{
	int ret = flavour_loader_init();

	if (ret)
		return ret;
	ret = flavour_pending_init();
	if (ret)
		goto err_loader;
	ret = bus_register(&toy_bus);
	if (ret)
		goto err_late;
	ret = drivers_register();
	if (ret)
		goto err_bus;
	return 0;

err_bus:
	bus_unregister(&toy_bus);
err_late:
	flavour_pending_exit();
err_loader:
	flavour_loader_exit();
	return ret;
}

static void __exit toy_stop(void)
{
	int i;

	flavour_device_stop();
	for (i = 0; i < TOY_DRIVERS; i++)
		driver_unregister(&toy_drivers[i].drv);
	bus_unregister(&toy_bus);
	flavour_pending_exit();
	flavour_loader_exit();
}

module_init(toy_start);
module_exit(toy_stop);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: driver_flavour's parts, with a bus that is made up");
