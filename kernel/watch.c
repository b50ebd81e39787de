// SPDX-License-Identifier: GPL-2.0-only
/* The bus notifier: PCI devices that are added, bound and removed. */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "attr.h"
#include "bus_pci.h"
#include "flavour.h"
#include "flavoured.h"
#include "group.h"
#include "late.h"
#include "loader.h"
#include "match.h"
#include "override.h"
#include "rules.h"
#include "sources.h"
#include "watch.h"

static void device_added(struct device *dev)
{
	int ret = attr_add(dev);

	/* Both this and watch_init() add the file; the second call does nothing. */
	if (ret)
		dev_err(dev, "no driver_flavour file: %pe\n", ERR_PTR(ret));
	rules_apply(dev, &bus_pci);
}

static void device_bound(struct device *dev)
{
	bool vfio = bus_pci.rank(dev, dev->driver, FLAVOUR_VFIO) != MATCH_NONE;

	flavoured_bound(dev, vfio ? FLAVOUR_VFIO : FLAVOUR_NATIVE);
}

static void device_unbinding(struct device *dev)
{
	const struct module *owner = dev->driver->owner;

	if (!owner || READ_ONCE(owner->state) != MODULE_STATE_GOING)
		flavoured_unbinding(dev);
}

/* From here on the file is removed with the device's directory, by the driver core. */
static void device_going(struct device *dev)
{
	attr_lock();
	flavoured_going(dev, &bus_pci);
	attr_unlock();
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
		 * The file is removed with the device's directory, by the driver
		 * core. Removing it here would wait for its writer with the
		 * notifier's lock held, and the writer may need that lock: for a
		 * driver that registers a notifier.
		 */
		device_going(dev);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		flavoured_removed(dev);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		/* Log this before the probe, which may crash the machine. */
		override_check(to_pci_dev(dev));
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
		group_removing(data);
	return NOTIFY_OK;
}

static struct notifier_block removing_nb = { .notifier_call = removing_event, .priority = 1 };

static int driver_came(struct device_driver *drv, void *data)
{
	if (drv->owner == data)
		late_driver_came(drv, &bus_pci);
	return 0;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case MODULE_STATE_LIVE:
		bus_for_each_drv(&pci_bus_type, NULL, data, driver_came);
		loader_arrived();
		break;
	case MODULE_STATE_GOING:
		sources_changed();
		loader_arrived();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

static int add_present(struct device *dev, void *data)
{
	return attr_add(dev);
}

static int remove_present(struct device *dev, void *data)
{
	attr_remove(dev);
	return 0;
}

/**
 * watch_exit - leave the devices as they are
 *
 * Once no writer is at work any more: the files' removal waits for writers. The
 * notifier stays until then, for it tells which devices are going.
 */
void watch_exit(void)
{
	unregister_module_notifier(&module_nb);
	flavoured_stop();
	attr_close();
	bus_for_each_dev(&pci_bus_type, NULL, NULL, remove_present);
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	bus_unregister_notifier(&pci_bus_type, &removing_nb);
}

/**
 * watch_init - take over the devices that are there, and watch for others
 *
 * The rescan lock keeps most devices from going meanwhile. It keeps not all from
 * coming: a driver may enable VFs or add a bus in its probe without it.
 *
 * Return: 0 or a negative errno.
 */
int watch_init(void)
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
		watch_exit();
	return ret;
}
