// SPDX-License-Identifier: GPL-2.0-only
/* A variant whose probe fails, unless it is told otherwise. */
#define DEFAULT_ERR ENODEV
#include "failing.h"
#include "lab_ids.h"

static const struct pci_device_id fail_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_IVSHMEM_VENDOR, LAB_IVSHMEM_DEVICE) },
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_NVME_VENDOR, LAB_NVME_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, fail_table);
MODULE_VARIANT(fail_table, failing_probe, "Test VFIO variant: probe fails");
