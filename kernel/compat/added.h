/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May drivers bind a PCI device yet?
 *
 * Until 6.19: pci_dev.match_driver.
 * Since then: a bit that only the PCI core can name. Ask the bus's match()
 * instead: until the bit is set it refuses every driver, even one that lists all
 * devices and has the name in the override.
 */
#ifndef FLAVOUR_COMPAT_ADDED_H
#define FLAVOUR_COMPAT_ADDED_H

#include <linux/pci.h>

#include "override.h"

#ifdef FLAVOUR_HAVE_MATCH_DRIVER

static inline bool flavour_pci_added(struct device *dev)
{
	return to_pci_dev(dev)->match_driver;
}

#else

static inline bool flavour_pci_added(struct device *dev)
{
	static const struct pci_device_id any[] = {
		{ PCI_DEVICE(PCI_ANY_ID, PCI_ANY_ID) }, {}
	};
	struct pci_driver drv = { .id_table = any };
	char *name;
	bool added;

	/* Of any length. Without memory for it: not that we know. */
	if (device_dup_driver_override(dev, &name))
		return false;
	drv.driver.name = name ?: "";
	spin_lock_init(&drv.dynids.lock);
	INIT_LIST_HEAD(&drv.dynids.list);
	added = dev->bus->match(dev, &drv.driver) > 0;
	kfree(name);
	return added;
}

#endif

#endif
