// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flavours requested through driver_override.
 *
 * PCI drivers whose names are the words: the kernel matches an override with the
 * name of a driver, and calls its probe. The probe requests the flavour and
 * refuses the device. A held device (late.c) is handled in the same way.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "bus_pci.h"
#include "compat/override.h"
#include "flavour.h"
#include "flavoured.h"
#include "late.h"
#include "match.h"
#include "override.h"
#include "trace.h"

static void request(struct pci_dev *pdev)
{
	int ret = late_request(&pdev->dev, &bus_pci);

	if (ret)
		pci_err(pdev, "can't become a VFIO device: %pe\n", ERR_PTR(ret));
}

/*
 * While this module initialises, registering the word drivers probes devices
 * whose override was written earlier: no one has requested a flavour.
 */
static bool is_starting(void)
{
	return THIS_MODULE->state == MODULE_STATE_COMING;
}

static int word_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pci_driver *word = to_pci_driver(pdev->dev.driver);
	bool held = flavoured_read(&pdev->dev, &bus_pci) == FLAVOUR_VFIO;

	/*
	 * Only if it was the override that matched, and not new_id: without an
	 * override nothing keeps native drivers from binding.
	 */
	if (!is_starting() && (held || flavour_words_count()) &&
	    compat_override_is_locked(pdev, word->name))
		request(pdev);
	return -ENODEV;
}

#define WORD(word) { .name = (word), .probe = word_probe, .driver_managed_dma = true }

static struct pci_driver words[] = {
	WORD("vfio"), WORD("vfio-pci*"), WORD("vfio_pci*"),
};

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
		compat_override_is_locked(pdev, drv->driver.name);
}

static noinline void report_unlisted(struct pci_dev *pdev, struct pci_driver *drv)
{
	char env[80] = "DRIVER_FLAVOUR_UNLISTED=";
	char *envp[2] = { env };

	pci_warn(pdev, "being bound by driver_override to %s, which does not list this device\n",
		 drv->name);
	trace_flavour_unlisted(&pdev->dev, drv->name, 0);
	strlcat(env, drv->name, sizeof(env));
	kobject_uevent_env(&pdev->dev.kobj, KOBJ_CHANGE, envp);
}

/**
 * override_check - report a device whose driver does not list it
 * @pdev: the device, about to be probed, its lock held
 *
 * The kernel binds whatever an override names, and a driver that takes the
 * device for another one may crash the machine.
 */
void override_check(struct pci_dev *pdev)
{
	struct pci_driver *drv = to_pci_driver(pdev->dev.driver);

	if (is_unlisted(pdev, drv))
		report_unlisted(pdev, drv);
}

/**
 * override_init - let overrides name flavours
 *
 * Return: 0 or a negative errno.
 */
int override_init(void)
{
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(words) && !ret; i++)
		ret = pci_register_driver(&words[i]);
	if (!ret)
		return 0;
	while (--i > 0)
		pci_unregister_driver(&words[i - 1]);
	return ret;
}

/**
 * override_exit - the end of override_init()
 */
void override_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(words); i-- > 0; )
		pci_unregister_driver(&words[i]);
}
