// SPDX-License-Identifier: GPL-2.0-only
/*
 * A native driver with a PCI domain of its own behind its device, as Intel's VMD
 * has: its functions are in the device's IOMMU group.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "lab_ids.h"

#define FIRST_DOMAIN 0x10000

#define MULTI_FUNCTION (0x80 << 16)

static unsigned int functions = 1;
module_param(functions, uint, 0444);
MODULE_PARM_DESC(functions, "How many there are, up to 8");

struct domain {
	struct pci_sysdata sysdata;
	struct resource buses;
	struct pci_bus *bus;
};

/* Each is an edu without BARs. */
static int bus_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	const u32 config[] = {
		LAB_EDU_DEVICE << 16 | LAB_EDU_VENDOR, 0, 0x00ff0010,
		functions > 1 ? MULTI_FUNCTION : 0,
	};

	*value = ~0U;
	if (devfn >= functions)
		return PCIBIOS_DEVICE_NOT_FOUND;
	*value = 0;
	if (where / 4 < ARRAY_SIZE(config))
		*value = config[where / 4] >> where % 4 * 8;
	if (size < 4)
		*value &= BIT(size * 8) - 1;
	return PCIBIOS_SUCCESSFUL;
}

static int bus_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops bus_ops = { .read = bus_read, .write = bus_write };

static void domain_fill(struct domain *domain, struct pci_dev *pdev)
{
	domain->sysdata.domain = FIRST_DOMAIN + PCI_SLOT(pdev->devfn);
	domain->sysdata.node = NUMA_NO_NODE;
	/* What its functions do DMA as. */
	domain->sysdata.vmd_dev = pdev;
	domain->buses = (struct resource){
		.name = KBUILD_MODNAME, .end = 1, .flags = IORESOURCE_BUS,
	};
}

static int bus_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	LIST_HEAD(resources);

	if (!domain)
		return -ENOMEM;
	domain_fill(domain, pdev);
	pci_add_resource(&resources, &domain->buses);
	domain->bus = pci_create_root_bus(&pdev->dev, 0, &bus_ops, &domain->sysdata, &resources);
	if (!domain->bus) {
		pci_free_resource_list(&resources);
		kfree(domain);
		return -ENODEV;
	}
	pci_set_drvdata(pdev, domain);
	pci_scan_child_bus(domain->bus);
	pci_bus_add_devices(domain->bus);
	return 0;
}

/* As vmd_remove() does: without the rescan lock. */
static void bus_remove(struct pci_dev *pdev)
{
	struct domain *domain = pci_get_drvdata(pdev);

	pci_stop_root_bus(domain->bus);
	pci_remove_root_bus(domain->bus);
	kfree(domain);
}

static const struct pci_device_id bus_table[] = {
	{ PCI_DEVICE(LAB_TESTDEV_VENDOR, LAB_TESTDEV_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, bus_table);

static struct pci_driver bus_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= bus_table,
	.probe		= bus_probe,
	.remove		= bus_remove,
};

module_pci_driver(bus_driver);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test native driver: a PCI bus behind its device");
