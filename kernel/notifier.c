// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices come, get bound and go: what we do about it, on each bus.
 */
#include <linux/device.h>
#include <linux/module.h>

#include "bus.h"
#include "device.h"
#include "group.h"
#include "loader.h"
#include "loader_watch.h"
#include "notifier.h"
#include "pending.h"
#include "rules.h"
#include "sysfs.h"

static void device_added(struct device *dev)
{
	int ret = flavour_sysfs_add(dev);

	/* Both this and flavour_notifier_init() add the file; the second call does nothing. */
	if (ret)
		dev_err(dev, "no driver_flavour file: %pe\n", ERR_PTR(ret));
	flavour_rules_apply(dev);
}

static void device_bound(struct device *dev)
{
	bool vfio = flavour_bus_lists(dev, dev->driver, FLAVOUR_VFIO);

	flavour_device_bound(dev, vfio ? FLAVOUR_VFIO : FLAVOUR_NATIVE);
}

static void device_unbinding(struct device *dev)
{
	const struct module *owner = dev->driver->owner;

	if (!owner || READ_ONCE(owner->state) != MODULE_STATE_GOING)
		flavour_device_unbinding(dev);
}

/*
 * The driver core would remove the file with the device's directory: maybe after
 * this module has gone.
 */
static void device_going(struct device *dev)
{
	flavour_sysfs_lock();
	flavour_device_going(dev);
	flavour_sysfs_unlock();
	flavour_sysfs_remove_going(dev);
}

static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		device_added(dev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		device_going(dev);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		flavour_device_removed(dev);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		/* Log this before the probe, which may crash the machine. */
		flavour_bus_of(dev)->binding(dev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		device_bound(dev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		device_unbinding(dev);
		break;
	}
	return NOTIFY_OK;
}

/* Before the IOMMU core takes the device out of its group. */
static int removing_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == BUS_NOTIFY_REMOVED_DEVICE)
		flavour_group_removing(data);
	return NOTIFY_OK;
}

/* Each is in the list of one bus. */
static struct notifier_block bus_nb[FLAVOUR_BUSES] = {
	[0 ... FLAVOUR_BUSES - 1] = { .notifier_call = bus_event }
};

static struct notifier_block removing_nb[FLAVOUR_BUSES] = {
	[0 ... FLAVOUR_BUSES - 1] = { .notifier_call = removing_event, .priority = 1 }
};

static int driver_came(struct device_driver *drv, void *data)
{
	if (drv->owner == data)
		flavour_pending_driver_came(drv);
	return 0;
}

static void module_came(struct module *module)
{
	int i;

	for (i = 0; i < FLAVOUR_BUSES; i++)
		bus_for_each_drv(flavour_buses[i]->type, NULL, module, driver_came);
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case MODULE_STATE_LIVE:
		module_came(data);
		flavour_loader_arrived();
		break;
	case MODULE_STATE_GOING:
		flavour_loader_watch_changed();
		flavour_loader_arrived();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

static int add_present(struct device *dev, void *data)
{
	return flavour_sysfs_add(dev);
}

static int remove_present(struct device *dev, void *data)
{
	flavour_sysfs_remove(dev);
	return 0;
}

static void leave_bus(int i)
{
	bus_for_each_dev(flavour_buses[i]->type, NULL, NULL, remove_present);
	bus_unregister_notifier(flavour_buses[i]->type, &bus_nb[i]);
	bus_unregister_notifier(flavour_buses[i]->type, &removing_nb[i]);
}

/*
 * The bus's lock keeps most devices from going meanwhile. It keeps not all from
 * coming: a driver may enable VFs or add a bus in its probe without it.
 */
static int take_bus(int i)
{
	const struct flavour_bus *bus = flavour_buses[i];
	int ret;

	bus->lock();
	ret = bus_register_notifier(bus->type, &removing_nb[i]);
	if (!ret)
		ret = bus_register_notifier(bus->type, &bus_nb[i]);
	if (!ret)
		ret = bus_for_each_dev(bus->type, NULL, NULL, add_present);
	bus->unlock();
	return ret;
}

/**
 * flavour_notifier_exit - leave the devices as they are
 *
 * Once no writer is at work any more: the files' removal waits for writers. The
 * notifiers stay until then, for they tell which devices are going.
 */
void flavour_notifier_exit(void)
{
	int i;

	unregister_module_notifier(&module_nb);
	flavour_device_stop();
	flavour_sysfs_close();
	for (i = 0; i < FLAVOUR_BUSES; i++)
		leave_bus(i);
}

/**
 * flavour_notifier_init - take over the devices that are there, and watch for others
 *
 * Return: 0 or a negative errno.
 */
int flavour_notifier_init(void)
{
	int i, ret = 0;

	for (i = 0; i < FLAVOUR_BUSES && !ret; i++)
		ret = take_bus(i);
	if (!ret)
		ret = register_module_notifier(&module_nb);
	if (ret)
		flavour_notifier_exit();
	return ret;
}
