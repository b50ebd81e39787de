// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI: what a device is, who lists it, when to leave it alone.
 */
#include <linux/mod_devicetable.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "bus_pci.h"
#include "compat/override.h"
#include "match.h"

static const char * const universes[FLAVOUR_COUNT] = {
	[FLAVOUR_NATIVE] = "pci",
	[FLAVOUR_VFIO]   = "vfio_pci",
};

static struct match_id pci_id(const struct pci_dev *pdev)
{
	return (struct match_id){ .field = {
		[MATCH_VENDOR]     = pdev->vendor,
		[MATCH_DEVICE]     = pdev->device,
		[MATCH_SUBVENDOR]  = pdev->subsystem_vendor,
		[MATCH_SUBDEVICE]  = pdev->subsystem_device,
		[MATCH_BASE_CLASS] = pdev->class >> 16 & 0xff,
		[MATCH_SUB_CLASS]  = pdev->class >> 8 & 0xff,
		[MATCH_INTERFACE]  = pdev->class & 0xff,
	} };
}

static void set_field(struct match_pattern *p, enum match_field field, u32 value)
{
	p->value[field] = value;
	p->mask[field] = value == (u32)PCI_ANY_ID ? 0 : ~0U;
}

static void set_class(struct match_pattern *p, enum match_field field,
		      const struct pci_device_id *id, unsigned int shift)
{
	p->value[field] = id->class >> shift & 0xff;
	p->mask[field] = id->class_mask >> shift & 0xff;
}

static struct match_pattern pci_pattern(const struct pci_device_id *id)
{
	struct match_pattern p;

	set_field(&p, MATCH_VENDOR, id->vendor);
	set_field(&p, MATCH_DEVICE, id->device);
	set_field(&p, MATCH_SUBVENDOR, id->subvendor);
	set_field(&p, MATCH_SUBDEVICE, id->subdevice);
	set_class(&p, MATCH_BASE_CLASS, id, 16);
	set_class(&p, MATCH_SUB_CLASS, id, 8);
	set_class(&p, MATCH_INTERFACE, id, 0);
	return p;
}

/* Entries as do_pci_match_id() in drivers/pci/pci-driver.c reads them. */
static unsigned int pci_rank(struct device *dev, struct device_driver *drv,
			     enum flavour flavour)
{
	u32 override = flavour == FLAVOUR_VFIO ? PCI_ID_F_VFIO_DRIVER_OVERRIDE : 0;
	const struct pci_device_id *id = to_pci_driver(drv)->id_table;
	struct match_id what = pci_id(to_pci_dev(dev));
	unsigned int best = MATCH_NONE;

	for (; id && (id->vendor || id->subvendor || id->class_mask); id++) {
		struct match_pattern pattern;

		/* So it is for nearly all entries: look no further. */
		if (id->override_only != override)
			continue;
		pattern = pci_pattern(id);
		if (match_fits(&pattern, &what))
			best = min(best, match_wildcards(&pattern));
	}
	return best;
}

static int pci_refuse(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int vfs = pci_num_vf(pdev);

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL) {
		pci_info(pdev, "a bridge keeps its native driver\n");
		return -EOPNOTSUPP;
	}
	if (vfs) {
		pci_info(pdev, "%d VFs depend on the driver: write 0 to sriov_numvfs first\n",
			 vfs);
		return -EBUSY;
	}
	return 0;
}

static char *pci_alias(struct device *dev, enum flavour flavour)
{
	struct match_id id = pci_id(to_pci_dev(dev));
	char *alias = kmalloc(MATCH_ALIAS_SIZE, GFP_KERNEL);

	if (alias)
		match_format(alias, MATCH_ALIAS_SIZE, universes[flavour], &id);
	return alias;
}

static int pci_override_dup(struct device *dev, char **name)
{
	return compat_override_dup(to_pci_dev(dev), name);
}

static bool pci_overridden(struct device *dev)
{
	return compat_overridden(to_pci_dev(dev));
}

static int pci_override_set(struct device *dev, const char *name)
{
	return compat_override_set(to_pci_dev(dev), name);
}

static bool pci_kernel_dma(struct device_driver *drv)
{
	return !to_pci_driver(drv)->driver_managed_dma;
}

static bool pci_added(struct device *dev)
{
	return to_pci_dev(dev)->match_driver;
}

static bool pci_describe(struct device *dev, struct rule_facts *facts)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct match_id id = pci_id(pdev);

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return false;
	facts->address = pci_name(pdev);
	facts->physfn = pdev->is_virtfn ? pci_name(pci_physfn(pdev)) : NULL;
	match_format(facts->modalias, sizeof(facts->modalias), universes[FLAVOUR_NATIVE], &id);
	return true;
}

const struct flavour_bus bus_pci = {
	.refuse       = pci_refuse,
	.rank         = pci_rank,
	.alias        = pci_alias,
	.override_dup = pci_override_dup,
	.overridden   = pci_overridden,
	.override_set = pci_override_set,
	.kernel_dma   = pci_kernel_dma,
	.added        = pci_added,
	.describe     = pci_describe,
};
