// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PF's driver that enables its VFs in its probe, as some do: then they come
 * and go without the PCI core's rescan lock. It lists nothing; an override has
 * to name it.
 */
#include <linux/module.h>
#include <linux/pci.h>

static int vfs = 1;
module_param(vfs, int, 0644);
MODULE_PARM_DESC(vfs, "How many");

static int vfs_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	pci_set_master(pdev);
	ret = pci_enable_sriov(pdev, vfs);
	if (ret)
		pci_disable_device(pdev);
	return ret;
}

static void vfs_remove(struct pci_dev *pdev)
{
	pci_disable_sriov(pdev);
	pci_disable_device(pdev);
}

static struct pci_driver vfs_driver = {
	.name	= KBUILD_MODNAME,
	.probe	= vfs_probe,
	.remove	= vfs_remove,
};

module_pci_driver(vfs_driver);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test native driver: enables VFs in its probe");
