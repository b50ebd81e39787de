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

static inline bool compat_pci_added(struct pci_dev *pdev)
{
	return pdev->match_driver;
}

#else

static inline bool compat_pci_added(struct pci_dev *pdev)
{
	static const struct pci_device_id any[] = {
		{ PCI_DEVICE(PCI_ANY_ID, PCI_ANY_ID) }, {}
	};
	char name[80] = "";
	struct pci_driver drv = { .driver.name = name, .id_table = any };

	compat_override_get(pdev, name, sizeof(name));
	spin_lock_init(&drv.dynids.lock);
	INIT_LIST_HEAD(&drv.dynids.list);
	return pdev->dev.bus->match(&pdev->dev, &drv.driver) > 0;
}

#endif

#endif
