// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs: a device's driver_flavour, and the bus's driver_flavours.
 *
 * A writer keeps its file's active reference as long as it waits. Unplug and
 * unload make the writer return before they wait for it.
 */
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "attr.h"
#include "bus_pci.h"
#include "flavour.h"
#include "flavoured.h"
#include "request.h"

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

/*
 * Protects the creation and removal of devices' files; no device is marked as
 * going meanwhile. See watch.c.
 */
static DEFINE_MUTEX(files);
static bool closed; /* by files */

/**
 * attr_lock - let no file be made or removed
 */
void attr_lock(void)
{
	mutex_lock(&files);
}

/**
 * attr_unlock - the end of attr_lock()
 */
void attr_unlock(void)
{
	mutex_unlock(&files);
}

/**
 * attr_close - make no more files
 */
void attr_close(void)
{
	attr_lock();
	closed = true;
	attr_unlock();
}

static bool has_file(struct device *dev)
{
	struct kernfs_node *file = kernfs_find_and_get(dev->kobj.sd,
						       dev_attr_driver_flavour.attr.name);

	kernfs_put(file);
	return file;
}

/**
 * attr_add - give a device its driver_flavour file, if it has none
 * @dev: a PCI device
 *
 * Return: 0 or a negative errno.
 */
int attr_add(struct device *dev)
{
	int ret = 0;

	attr_lock();
	if (!closed && device_is_registered(dev) && !flavoured_is_going(dev) && !has_file(dev))
		ret = device_create_file(dev, &dev_attr_driver_flavour);
	attr_unlock();
	return ret;
}

/**
 * attr_remove - take a device's file away, after its last writer
 * @dev: a PCI device; if it is being removed, its file goes with it
 *
 * Waits until its writers have returned; new writes fail.
 */
void attr_remove(struct device *dev)
{
	attr_lock();
	if (!flavoured_is_going(dev))
		device_remove_file(dev, &dev_attr_driver_flavour);
	attr_unlock();
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
