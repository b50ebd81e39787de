// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buses whose devices have flavours. What one is like is under bus/.
 */
#include <linux/device.h>

#include "bus.h"
#include "bus/pci.h"

const struct flavour_bus * const flavour_buses[FLAVOUR_BUSES] = {
	[FLAVOUR_BUS_PCI] = &flavour_bus_pci,
};

/**
 * flavour_bus_of - the bus that a device is on
 * @dev: any device
 *
 * Return: the bus, or NULL if it is none of ours.
 */
const struct flavour_bus *flavour_bus_of(const struct device *dev)
{
	int i;

	for (i = 0; i < FLAVOUR_BUSES; i++)
		if (flavour_buses[i]->type == dev->bus)
			return flavour_buses[i];
	return NULL;
}

static int is_it(struct device *dev, void *data)
{
	return dev == data;
}

/**
 * flavour_bus_has - is a device on its bus?
 * @dev: the device; it leaves the bus before its file is removed
 *
 * Return: false if it is being removed, or has been.
 */
bool flavour_bus_has(struct device *dev)
{
	return bus_for_each_dev(dev->bus, NULL, dev, is_it) > 0;
}

static int ready; /* the first of the buses */

/**
 * flavour_bus_exit - the end of flavour_bus_init()
 */
void flavour_bus_exit(void)
{
	while (ready)
		flavour_buses[--ready]->exit();
}

/**
 * flavour_bus_init - let overrides name flavours
 * @named: called for a device whose override does, its lock held
 *
 * Return: 0 or a negative errno.
 */
int flavour_bus_init(void (*named)(struct device *dev))
{
	int ret = 0;

	for (; ready < FLAVOUR_BUSES; ready++) {
		ret = flavour_buses[ready]->init(named);
		if (ret)
			break;
	}
	if (ret)
		flavour_bus_exit();
	return ret;
}
