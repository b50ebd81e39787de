// SPDX-License-Identifier: GPL-2.0-only
/* A variant whose probe fails as told. */
#include "counter.h"
#include "lab_ids.h"
#include "variant.h"

static int err = ENODEV;
module_param(err, int, 0644);
MODULE_PARM_DESC(err, "errno that probe fails with, as a positive number; 0 to succeed");

static atomic_t probes;
module_param_cb(probes, &counter_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "calls of probe, failed ones too");

static int fail_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int fail = READ_ONCE(err);

	atomic_inc(&probes);
	/* A positive answer would count as bound, with nothing to remove. */
	return fail ? -abs(fail) : variant_probe(pdev, id);
}

static const struct pci_device_id fail_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_IVSHMEM_VENDOR, LAB_IVSHMEM_DEVICE) },
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_NVME_VENDOR, LAB_NVME_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, fail_table);
MODULE_VARIANT(fail_table, fail_probe, "Test VFIO variant: probe fails");
