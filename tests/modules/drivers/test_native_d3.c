// SPDX-License-Identifier: GPL-2.0-only
/* A native driver that leaves its device asleep, as many do: in D3hot. */
#include <linux/module.h>
#include <linux/pci.h>

#include "lab_ids.h"

/* The PCI core sleeps in each, as the specification wants it. */
static int d3_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pci_set_power_state(pdev, PCI_D0);
}

static void d3_remove(struct pci_dev *pdev)
{
	pci_set_power_state(pdev, PCI_D3hot);
}

static const struct pci_device_id d3_table[] = {
	{ PCI_DEVICE(LAB_SLEEPER_VENDOR, LAB_SLEEPER_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, d3_table);

static struct pci_driver d3_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= d3_table,
	.probe		= d3_probe,
	.remove		= d3_remove,
};

module_pci_driver(d3_driver);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test native driver: leaves its device in D3hot");
