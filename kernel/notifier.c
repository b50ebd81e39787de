// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI devices come, get bound and go: what we do about it.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "sysfs.h"
#include "bus/pci.h"
#include "flavour.h"
#include "device.h"
#include "group.h"
#include "pending.h"
#include "loader.h"
#include "bus/pci_match.h"
#include "bus/pci_override.h"
#include "rules.h"
#include "loader_watch.h"
#include "notifier.h"

static void device_added(struct device *dev)
{
	int ret = flavour_sysfs_add(dev);

	/* From here or from flavour_notifier_init(), whichever was first. */
	if (ret)
		dev_err(dev, "no driver_flavour file: %pe\n", ERR_PTR(ret));
	flavour_rules_apply(dev, &flavour_bus_pci);
}

static void device_bound(struct device *dev)
{
	bool vfio = flavour_bus_pci.rank(dev, dev->driver, FLAVOUR_VFIO) != RANK_NONE;

	flavour_device_bound(dev, vfio ? FLAVOUR_VFIO : FLAVOUR_NATIVE);
}

static void device_unbinding(struct device *dev)
{
	const struct module *owner = dev->driver->owner;

	if (!owner || READ_ONCE(owner->state) != MODULE_STATE_GOING)
		flavour_device_unbinding(dev);
}

/* The file is left to the device's folder from here on. */
static void device_going(struct device *dev)
{
	flavour_sysfs_lock();
	flavour_device_going(dev, &flavour_bus_pci);
	flavour_sysfs_unlock();
}

static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		device_added(dev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		/*
		 * The file goes with the device's folder. To remove it here would
		 * wait for its writer with the notifier's lock held, and the writer
		 * may want that for a driver that registers a notifier.
		 */
		device_going(dev);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		flavour_device_removed(dev);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		/* Before the probe, which may be the last that this machine does. */
		flavour_override_check(to_pci_dev(dev));
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

static struct notifier_block bus_nb = { .notifier_call = bus_event };

/* Before the IOMMU core takes the device out of its group. */
static int removing_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == BUS_NOTIFY_REMOVED_DEVICE)
		flavour_group_removing(data);
	return NOTIFY_OK;
}

static struct notifier_block removing_nb = { .notifier_call = removing_event, .priority = 1 };

static int driver_came(struct device_driver *drv, void *data)
{
	if (drv->owner == data)
		flavour_pending_driver_came(drv, &flavour_bus_pci);
	return 0;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case MODULE_STATE_LIVE:
		bus_for_each_drv(&pci_bus_type, NULL, data, driver_came);
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

/**
 * flavour_notifier_exit - leave the devices as they are
 *
 * Once no writer is at work any more: the files' removal waits for writers. The
 * notifier stays until then, for it tells which devices are going.
 */
void flavour_notifier_exit(void)
{
	unregister_module_notifier(&module_nb);
	flavour_device_stop();
	flavour_sysfs_close();
	bus_for_each_dev(&pci_bus_type, NULL, NULL, remove_present);
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	bus_unregister_notifier(&pci_bus_type, &removing_nb);
}

/**
 * flavour_notifier_init - take over the devices that are there, and watch for others
 *
 * The rescan lock keeps most devices from going meanwhile. It keeps not all from
 * coming: a driver may enable VFs or add a bus in its probe without it.
 *
 * Return: 0 or a negative errno.
 */
int flavour_notifier_init(void)
{
	int ret;

	pci_lock_rescan_remove();
	ret = bus_register_notifier(&pci_bus_type, &removing_nb);
	if (!ret)
		ret = bus_register_notifier(&pci_bus_type, &bus_nb);
	if (!ret)
		ret = bus_for_each_dev(&pci_bus_type, NULL, NULL, add_present);
	pci_unlock_rescan_remove();
	if (!ret)
		ret = register_module_notifier(&module_nb);
	if (ret)
		flavour_notifier_exit();
	return ret;
}
