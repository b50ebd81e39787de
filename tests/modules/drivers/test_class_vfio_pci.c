// SPDX-License-Identifier: GPL-2.0-only
/* A variant for every Ethernet controller, whoever made it. */
#include "failing.h"

static const struct pci_device_id class_table[] = {
	{
		.vendor		= PCI_ANY_ID,
		.device		= PCI_ANY_ID,
		.subvendor	= PCI_ANY_ID,
		.subdevice	= PCI_ANY_ID,
		.class		= PCI_CLASS_NETWORK_ETHERNET << 8,
		.class_mask	= 0xffffff,
		.override_only	= PCI_ID_F_VFIO_DRIVER_OVERRIDE,
	},
	{}
};

MODULE_DEVICE_TABLE(pci, class_table);
MODULE_VARIANT(class_table, failing_probe, "Test VFIO variant: a class of devices");
