// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver_flavour: one write makes a PCI device a VFIO device.
 *
 * Loads what is needed for it, binds the best driver that lists the device, and
 * puts the device back if that fails. See docs/architecture.md.
 */
#include <linux/module.h>

#include "sysfs.h"
#include "pending.h"
#include "loader.h"
#include "bus/pci_override.h"
#include "rules.h"
#include "notifier.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __init driver_flavour_init(void)
{
	int ret;

	ret = loader_init();
	if (ret)
		return ret;
	ret = late_init();
	if (ret)
		goto err_loader;
	ret = watch_init();
	if (ret)
		goto err_late;
	ret = override_init();
	if (ret)
		goto err_watch;
	ret = attr_init();
	if (ret)
		goto err_override;
	/* Last: a rule that someone makes keeps the module. */
	ret = rules_init();
	if (ret)
		goto err_attr;
	return 0;

err_attr:
	attr_exit();
err_override:
	override_exit();
err_watch:
	watch_exit();
err_late:
	late_exit();
err_loader:
	loader_exit();
	return ret;
}

static void __exit driver_flavour_exit(void)
{
	rules_exit();
	attr_exit();
	override_exit();
	watch_exit();
	late_exit();
	loader_exit();
}

module_init(driver_flavour_init);
module_exit(driver_flavour_exit);

MODULE_DESCRIPTION("Choose, load and bind the right VFIO driver for a device");
MODULE_AUTHOR("The driver-flavour developers");
MODULE_LICENSE("GPL");
