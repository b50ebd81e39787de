// SPDX-License-Identifier: GPL-2.0-only
/* A native driver that fails as told: what a device is put back to. */
#include <linux/module.h>
#include <linux/pci.h>

#include "counter.h"
#include "lab_ids.h"

static int err;
module_param(err, int, 0644);
MODULE_PARM_DESC(err, "errno that probe fails with, as a positive number; 0 to succeed");

static atomic_t probes;
module_param_cb(probes, &counter_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "calls of probe, failed ones too");

static atomic_t removes;
module_param_cb(removes, &counter_ops, &removes, 0444);
MODULE_PARM_DESC(removes, "calls of remove");

static int native_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	atomic_inc(&probes);
	return -abs(READ_ONCE(err));
}

static void native_remove(struct pci_dev *pdev)
{
	atomic_inc(&removes);
}

static const struct pci_device_id native_table[] = {
	{ PCI_DEVICE(LAB_TESTDEV_VENDOR, LAB_TESTDEV_DEVICE) },
	{ PCI_DEVICE(LAB_EDU_VENDOR, LAB_EDU_DEVICE) },
	{ PCI_DEVICE(LAB_IVSHMEM_VENDOR, LAB_IVSHMEM_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, native_table);

static struct pci_driver native_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= native_table,
	.probe		= native_probe,
	.remove		= native_remove,
};

module_pci_driver(native_driver);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test native driver: probe fails");
