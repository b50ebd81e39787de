// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs: a device's driver_flavour, and the bus's driver_flavours.
 *
 * A writer keeps its file's active reference for as long as it works. That is
 * what makes unloading wait for it, and what waits for a writer need not wait
 * for user space: unplug and unload end the writer's loader first.
 */
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "attr.h"
#include "bus_pci.h"
#include "flavour.h"
#include "flavoured.h"

static ssize_t driver_flavour_show(struct device *dev, struct device_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "%s\n", flavour_words[flavoured_read(dev, &bus_pci)]);
}

static ssize_t driver_flavour_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	enum flavour want;
	int ret = flavour_parse(buf, count, &want);

	if (!ret)
		ret = flavour_set(dev, &bus_pci, want);
	return ret ?: count;
}
static DEVICE_ATTR_RW(driver_flavour);

static ssize_t driver_flavours_show(typeof(pci_bus_type) *bus, char *buf)
{
	ssize_t len = 0;
	int i;

	for (i = 0; i < FLAVOUR_COUNT; i++)
		len += sysfs_emit_at(buf, len, "%s%s", i ? " " : "", flavour_words[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}
static BUS_ATTR_RO(driver_flavours);

/**
 * attr_add - give a device its driver_flavour file
 * @dev: a PCI device
 *
 * Return: 0 or a negative errno.
 */
int attr_add(struct device *dev)
{
	return device_create_file(dev, &dev_attr_driver_flavour);
}

/**
 * attr_remove - take a device's file away, after its last writer
 * @dev: a PCI device
 */
void attr_remove(struct device *dev)
{
	device_remove_file(dev, &dev_attr_driver_flavour);
}

/**
 * attr_init - list the flavours in the bus's directory
 *
 * Return: 0 or a negative errno.
 */
int attr_init(void)
{
	return bus_create_file(&pci_bus_type, &bus_attr_driver_flavours);
}

/**
 * attr_exit - the end of attr_init()
 */
void attr_exit(void)
{
	bus_remove_file(&pci_bus_type, &bus_attr_driver_flavours);
}
