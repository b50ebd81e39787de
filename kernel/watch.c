// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI devices come, get bound and go: what we do about it.
 */
#include <linux/device.h>
#include <linux/pci.h>

#include "attr.h"
#include "bus_pci.h"
#include "flavour.h"
#include "flavoured.h"
#include "group.h"
#include "late.h"
#include "match.h"
#include "override.h"
#include "rules.h"
#include "watch.h"

static void device_added(struct device *dev)
{
	int ret = attr_add(dev);

	if (ret)
		dev_err(dev, "no driver_flavour file: %pe\n", ERR_PTR(ret));
	rules_apply(dev, &bus_pci);
}

static void device_bound(struct device *dev)
{
	bool vfio = bus_pci.rank(dev, dev->driver, FLAVOUR_VFIO) != MATCH_NONE;

	flavoured_bound(dev, vfio ? FLAVOUR_VFIO : FLAVOUR_NATIVE);
	override_check_bound(to_pci_dev(dev));
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
		flavoured_going(dev, &bus_pci);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		flavoured_removed(dev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		device_bound(dev);
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

static int add_present(struct device *dev, void *data)
{
	return attr_add(dev);
}

static int remove_present(struct device *dev, void *data)
{
	attr_remove(dev);
	return 0;
}

static int adopt_present(struct device *dev, void *data)
{
	return late_adopt(dev, &bus_pci);
}

/**
 * watch_exit - leave the devices as they are
 *
 * Once no writer is at work any more: the files' removal waits for writers, and
 * a driver that a writer binds may want the rescan lock.
 */
void watch_exit(void)
{
	flavoured_stop();
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	bus_unregister_notifier(&pci_bus_type, &removing_nb);
	pci_lock_rescan_remove();
	bus_for_each_dev(&pci_bus_type, NULL, NULL, remove_present);
	pci_unlock_rescan_remove();
}

/**
 * watch_init - take over the devices that are there, and watch for others
 *
 * Devices come and go under the rescan lock: with it held, each gets its file
 * from here or from the notifier, and not from both.
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
		ret = bus_for_each_dev(&pci_bus_type, NULL, NULL, adopt_present);
	if (ret)
		watch_exit();
	return ret;
}
