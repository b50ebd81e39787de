// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that is no PCI device in a PCI device's IOMMU group, with a driver
 * that leaves DMA to user space, as vfio-platform does. Not for 6.1, where the
 * group wants an IOMMU to be behind each device that joins it.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "The PCI device");

static int sibling_probe(struct platform_device *pdev)
{
	return 0;
}

/* Zeros come after it, where a struct pci_driver would say who manages DMA. */
static struct {
	struct platform_driver driver;
	char zeros[512];
} sibling = {
	.driver = {
		.driver.name = KBUILD_MODNAME,
		.probe = sibling_probe,
		.driver_managed_dma = true,
	},
};

static struct platform_device *pdev;

static int join(void)
{
	struct device *dev = bus_find_device_by_name(&pci_bus_type, NULL, device);
	struct iommu_group *group = dev ? iommu_group_get(dev) : NULL;
	int ret = group ? iommu_group_add_device(group, &pdev->dev) : -ENODEV;

	iommu_group_put(group);
	put_device(dev);
	return ret;
}

static int __init sibling_init(void)
{
	int ret = platform_driver_register(&sibling.driver);

	if (ret)
		return ret;
	pdev = platform_device_register_simple(KBUILD_MODNAME, -1, NULL, 0);
	ret = PTR_ERR_OR_ZERO(pdev);
	if (ret)
		goto err_driver;
	ret = join();
	if (!ret)
		return 0;
	platform_device_unregister(pdev);
err_driver:
	platform_driver_unregister(&sibling.driver);
	return ret;
}

static void __exit sibling_exit(void)
{
	iommu_group_remove_device(&pdev->dev);
	platform_device_unregister(pdev);
	platform_driver_unregister(&sibling.driver);
}

module_init(sibling_init);
module_exit(sibling_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: a device of another bus in an IOMMU group");
