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

static void exit_first(int count)
{
	while (count--)
		flavour_buses[count]->exit();
}

/**
 * flavour_bus_init - let overrides name flavours
 *
 * Return: 0 or a negative errno.
 */
int flavour_bus_init(void)
{
	int i, ret;

	for (i = 0; i < FLAVOUR_BUSES; i++) {
		ret = flavour_buses[i]->init();
		if (ret) {
			exit_first(i);
			return ret;
		}
	}
	return 0;
}

/**
 * flavour_bus_exit - the end of flavour_bus_init()
 */
void flavour_bus_exit(void)
{
	exit_first(FLAVOUR_BUSES);
}
