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
#include <linux/sysfs.h>

#include "bus.h"
#include "device.h"
#include "flavour.h"
#include "request.h"
#include "sysfs.h"

static ssize_t driver_flavour_show(struct device *dev, struct device_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "%s\n", flavour_words[flavour_state_read(dev)]);
}

static ssize_t driver_flavour_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	enum flavour want;
	int ret = flavour_parse(buf, count, &want);

	if (!ret)
		ret = flavour_set(dev, want);
	return ret ?: count;
}
static DEVICE_ATTR_RW(driver_flavour);

static ssize_t driver_flavours_show(typeof_member(struct device, bus) bus, char *buf)
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
 * going meanwhile. See notifier.c.
 */
static DEFINE_MUTEX(files);
static bool closed; /* by files */

/**
 * flavour_sysfs_lock - let no file be made or removed
 */
void flavour_sysfs_lock(void)
{
	mutex_lock(&files);
}

/**
 * flavour_sysfs_unlock - the end of flavour_sysfs_lock()
 */
void flavour_sysfs_unlock(void)
{
	mutex_unlock(&files);
}

/**
 * flavour_sysfs_close - make no more files
 */
void flavour_sysfs_close(void)
{
	flavour_sysfs_lock();
	closed = true;
	flavour_sysfs_unlock();
}

static bool has_file(struct device *dev)
{
	struct kernfs_node *file = kernfs_find_and_get(dev->kobj.sd,
						       dev_attr_driver_flavour.attr.name);

	kernfs_put(file);
	return file;
}

/*
 * A device that is not marked as going, and is on its bus, keeps its directory while the
 * lock is held: it is marked before it leaves the bus. The mark goes when it has left.
 */
static bool stays(struct device *dev)
{
	lockdep_assert_held(&files);
	return !flavour_device_is_going(dev) && flavour_bus_has(dev);
}

/**
 * flavour_sysfs_add - give a device its driver_flavour file, if it has none
 * @dev: a device of one of the buses
 *
 * Return: 0 or a negative errno.
 */
int flavour_sysfs_add(struct device *dev)
{
	int ret = 0;

	flavour_sysfs_lock();
	if (!closed && stays(dev) && !has_file(dev))
		ret = device_create_file(dev, &dev_attr_driver_flavour);
	flavour_sysfs_unlock();
	return ret;
}

/**
 * flavour_sysfs_remove - take a device's file away, after its last writer
 * @dev: a device of one of the buses; nothing is done if it is going
 *
 * Waits until its writers have returned; new writes fail.
 */
void flavour_sysfs_remove(struct device *dev)
{
	flavour_sysfs_lock();
	if (stays(dev))
		device_remove_file(dev, &dev_attr_driver_flavour);
	flavour_sysfs_unlock();
}

/**
 * flavour_sysfs_remove_going - take the file of a device away that is being removed
 * @dev: the device, as the bus's notifier is told of it
 *
 * Its writers leave when it is marked as going, so this waits for no driver: one
 * might wait for the notifier's lock, to register its own. A device that could not
 * be marked for want of memory keeps its file, until the driver core removes it.
 */
void flavour_sysfs_remove_going(struct device *dev)
{
	if (flavour_device_is_going(dev))
		device_remove_file(dev, &dev_attr_driver_flavour);
}

static int listed; /* on how many buses */

/**
 * flavour_sysfs_exit - the end of flavour_sysfs_init()
 */
void flavour_sysfs_exit(void)
{
	while (listed)
		bus_remove_file(flavour_buses[--listed]->type, &bus_attr_driver_flavours);
}

/**
 * flavour_sysfs_init - list the flavours in each bus's directory
 *
 * Return: 0 or a negative errno.
 */
int flavour_sysfs_init(void)
{
	int ret = 0;

	for (; listed < FLAVOUR_BUSES; listed++) {
		ret = bus_create_file(flavour_buses[listed]->type, &bus_attr_driver_flavours);
		if (ret)
			break;
	}
	if (ret)
		flavour_sysfs_exit();
	return ret;
}
