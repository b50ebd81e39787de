// SPDX-License-Identifier: GPL-2.0-only
/* A variant for the lab's NICs, all of them: the narrow one must win over it. */
#include "failing.h"
#include "lab_ids.h"

static const struct pci_device_id nic_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_NIC_VENDOR, LAB_NIC_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, nic_table);
MODULE_VARIANT(nic_table, failing_probe, "Test VFIO variant: a NIC of any subsystem");
