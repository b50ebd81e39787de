// SPDX-License-Identifier: GPL-2.0-only
/* A variant for one of two NICs that differ in their subsystem only. */
#include "failing.h"
#include "lab_ids.h"

/* Spelled out: PCI_DRIVER_OVERRIDE_DEVICE_VFIO() takes any subsystem. */
static const struct pci_device_id narrow_table[] = {
	{
		.vendor		= LAB_NIC_VENDOR,
		.device		= LAB_NIC_DEVICE,
		.subvendor	= LAB_NIC_SUBVENDOR,
		.subdevice	= LAB_NIC_A_SUBDEVICE,
		.override_only	= PCI_ID_F_VFIO_DRIVER_OVERRIDE,
	},
	{}
};

MODULE_DEVICE_TABLE(pci, narrow_table);
MODULE_VARIANT(narrow_table, failing_probe, "Test VFIO variant: one subsystem");
