// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI: what a device is, who lists it, when to leave it alone.
 */
#include <linux/mod_devicetable.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "bus/pci.h"
#include "bus/pci_match.h"
#include "candidate.h"
#include "say.h"

static const char * const universes[FLAVOUR_COUNT] = {
	[FLAVOUR_NATIVE] = "pci",
	[FLAVOUR_VFIO]   = "vfio_pci",
};

enum { KEY_ADDRESS, KEY_MODALIAS, KEY_PHYSFN, KEYS };

static const char * const keys[KEYS + 1] = {
	[KEY_ADDRESS]  = "address",
	[KEY_MODALIAS] = "modalias",
	[KEY_PHYSFN]   = "physfn",
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
	unsigned int best = RANK_NONE;

	for (; id && (id->vendor || id->subvendor || id->class_mask); id++) {
		struct match_pattern pattern;

		/* True for nearly all entries: a shortcut. */
		if (id->override_only != override)
			continue;
		pattern = pci_pattern(id);
		if (flavour_pci_fits(&pattern, &what))
			best = min(best, flavour_pci_rank(&pattern));
	}
	return best;
}

static int is_pci_child(struct device *dev, void *data)
{
	return dev_is_pci(dev);
}

/*
 * The devices of a domain are below its host bridge, which is below the parent
 * device of the bridge.
 */
static int has_pci_child(struct device *dev, void *data)
{
	return dev_is_pci(dev) || device_for_each_child(dev, NULL, is_pci_child);
}

static int refuse_bridge(struct pci_dev *pdev)
{
	if (pdev->hdr_type == PCI_HEADER_TYPE_NORMAL &&
	    !device_for_each_child(&pdev->dev, NULL, has_pci_child))
		return 0;
	say(pci_info, pdev, "other devices are behind it: it keeps its native driver\n");
	return -EOPNOTSUPP;
}

static int refuse_vfs(struct pci_dev *pdev)
{
	int vfs = pci_num_vf(pdev);

	if (!vfs)
		return 0;
	say(pci_info, pdev, "%d VFs depend on the driver: write 0 to sriov_numvfs first\n", vfs);
	return -EBUSY;
}

static int pci_refuse(struct device *dev, enum flavour want)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int ret = refuse_bridge(pdev);

	/*
	 * A PF without a driver can be given back to its native driver: only that
	 * can remove its VFs.
	 */
	if (ret || (want == FLAVOUR_NATIVE && !flavour_driver_is_bound(dev)))
		return ret;
	return refuse_vfs(pdev);
}

/*
 * sriov_configure of the driver enables VFs under the device's lock, and the lock
 * must be dropped before the driver can be unbound. A write to sriov_numvfs in
 * between must not add VFs: until the unbind is done it finds a driver without
 * sriov_configure.
 */
static int pci_unbind(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_driver bare;
	int ret;

	device_lock(dev);
	ret = pdev->driver ? refuse_vfs(pdev) : 0;
	if (!ret && pdev->driver) {
		bare = *pdev->driver;
		bare.sriov_configure = NULL;
		pdev->driver = &bare;
	}
	device_unlock(dev);
	if (!ret)
		device_release_driver(dev);
	return ret;
}

static char *pci_alias(struct device *dev, enum flavour flavour)
{
	struct match_id id = pci_id(to_pci_dev(dev));
	char *alias = kmalloc(MATCH_ALIAS_SIZE, GFP_KERNEL);

	if (alias)
		flavour_pci_format(alias, MATCH_ALIAS_SIZE, universes[flavour], &id);
	return alias;
}

static int pci_override_set(struct device *dev, const char *name)
{
	return device_set_driver_override(dev, name ?: "");
}

static bool pci_kernel_dma(struct device_driver *drv)
{
	return !to_pci_driver(drv)->driver_managed_dma;
}

static bool pci_describe(struct device *dev, struct flavour_facts *facts)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct match_id id = pci_id(pdev);

	BUILD_BUG_ON(KEYS > FLAVOUR_MOST_KEYS || MATCH_ALIAS_SIZE > FLAVOUR_FACT_SIZE);
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return false;
	facts->fact[KEY_ADDRESS] = pci_name(pdev);
	facts->fact[KEY_MODALIAS] = facts->text;
	facts->fact[KEY_PHYSFN] = pdev->is_virtfn ? pci_name(pci_physfn(pdev)) : NULL;
	flavour_pci_format(facts->text, sizeof(facts->text), universes[FLAVOUR_NATIVE], &id);
	return true;
}

const struct flavour_bus flavour_bus_pci = {
	.type         = &pci_bus_type,
	.words        = flavour_pci_words,
	.keys         = keys,
	.init         = flavour_pci_words_init,
	.exit         = flavour_pci_words_exit,
	.lock         = pci_lock_rescan_remove,
	.unlock       = pci_unlock_rescan_remove,
	.binding      = flavour_pci_binding,
	.refuse       = pci_refuse,
	.rank         = pci_rank,
	.alias        = pci_alias,
	.override_dup = device_dup_driver_override,
	.overridden   = device_has_driver_override,
	.override_get = device_get_driver_override,
	.override_set = pci_override_set,
	.unbind       = pci_unbind,
	.kernel_dma   = pci_kernel_dma,
	.added        = flavour_pci_added,
	.describe     = pci_describe,
};
