// SPDX-License-Identifier: GPL-2.0-only
/* A variant for one vendor and device: QEMU's edu. */
#include "lab_ids.h"
#include "variant.h"

static const struct pci_device_id exact_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_EDU_VENDOR, LAB_EDU_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, exact_table);
MODULE_VARIANT(exact_table, variant_probe, "Test VFIO variant: exact vendor and device");
