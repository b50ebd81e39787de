// SPDX-License-Identifier: GPL-2.0-only
/* A variant for whole classes of devices: a claim of any of them can be made to fail. */
#include "failing.h"

#define BASE_CLASS(base)						\
	{								\
		.vendor		= PCI_ANY_ID,				\
		.device		= PCI_ANY_ID,				\
		.subvendor	= PCI_ANY_ID,				\
		.subdevice	= PCI_ANY_ID,				\
		.class		= (base) << 16,				\
		.class_mask	= 0xff0000,				\
		.override_only	= PCI_ID_F_VFIO_DRIVER_OVERRIDE,	\
	}

static const struct pci_device_id most_table[] = {
	BASE_CLASS(PCI_BASE_CLASS_STORAGE),
	BASE_CLASS(PCI_BASE_CLASS_NETWORK),
	BASE_CLASS(PCI_BASE_CLASS_DISPLAY),
	BASE_CLASS(PCI_BASE_CLASS_MULTIMEDIA),
	BASE_CLASS(PCI_BASE_CLASS_SERIAL),
	{}
};

MODULE_DEVICE_TABLE(pci, most_table);
MODULE_VARIANT(most_table, failing_probe, "Test VFIO variant: most classes of devices");
