// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flavours requested through driver_override.
 *
 * PCI drivers whose names are the words: the kernel matches an override with the
 * name of a driver, and calls its probe. The probe requests the flavour and
 * refuses the device. A held device (pending.c) is handled in the same way.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "bus/pci.h"
#include "trace.h"

static void (*asked)(struct device *dev);

static int word_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	/*
	 * A match by new_id without an override: native drivers would not be kept
	 * from binding.
	 */
	if (device_match_driver_override(&pdev->dev, pdev->dev.driver) > 0)
		asked(&pdev->dev);
	return -ENODEV;
}

const char * const flavour_pci_words[] = { "vfio", "vfio-pci*", "vfio_pci*", NULL };

static struct pci_driver drivers[ARRAY_SIZE(flavour_pci_words) - 1];

static bool has_new_ids(struct pci_driver *drv)
{
	bool has;

	spin_lock(&drv->dynids.lock);
	has = !list_empty(&drv->dynids.list);
	spin_unlock(&drv->dynids.lock);
	return has;
}

/*
 * A driver without a table (pci-stub) is meant for any device, and IDs that were
 * added by new_id can't be read.
 */
static bool is_unlisted(struct pci_dev *pdev, struct pci_driver *drv)
{
	return drv->id_table && !has_new_ids(drv) && !pci_match_id(drv->id_table, pdev) &&
		device_match_driver_override(&pdev->dev, &drv->driver) > 0;
}

static noinline void report_unlisted(struct pci_dev *pdev, struct pci_driver *drv)
{
	char env[80] = "DRIVER_FLAVOUR_UNLISTED=";
	char *envp[2] = { env };

	pci_warn(pdev, "being bound by driver_override to %s, which does not list this device\n",
		 drv->name);
	trace_flavour_unlisted(&pdev->dev, drv->name);
	strlcat(env, drv->name, sizeof(env));
	kobject_uevent_env(&pdev->dev.kobj, KOBJ_CHANGE, envp);
}

/**
 * flavour_pci_binding - report a device whose driver does not list it
 * @dev: the device, about to be probed, its lock held
 *
 * The kernel binds whatever an override names, and a driver that takes the
 * device for another one may crash the machine.
 */
void flavour_pci_binding(struct device *dev)
{
	struct pci_driver *drv = to_pci_driver(dev->driver);
	struct pci_dev *pdev = to_pci_dev(dev);

	if (is_unlisted(pdev, drv))
		report_unlisted(pdev, drv);
}

static int registered; /* of the drivers */

/**
 * flavour_pci_words_exit - the end of flavour_pci_words_init()
 */
void flavour_pci_words_exit(void)
{
	while (registered)
		pci_unregister_driver(&drivers[--registered]);
}

static int register_word(struct pci_driver *drv, const char *word)
{
	drv->name = word;
	drv->probe = word_probe;
	drv->driver_managed_dma = true;
	return pci_register_driver(drv);
}

/**
 * flavour_pci_words_init - let overrides name flavours
 * @named: called for a device whose override is a word, its lock held
 *
 * Return: 0 or a negative errno.
 */
int flavour_pci_words_init(void (*named)(struct device *dev))
{
	int ret = 0;

	asked = named;
	for (; registered < ARRAY_SIZE(drivers); registered++) {
		ret = register_word(&drivers[registered], flavour_pci_words[registered]);
		if (ret)
			break;
	}
	if (ret)
		flavour_pci_words_exit();
	return ret;
}
