// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver_flavour: one write makes a PCI device a VFIO device.
 *
 * Loads what is needed for it, binds the best driver that lists the device, and
 * puts the device back if that fails. See docs/architecture.md.
 */
#include <linux/module.h>

#include "bus.h"
#include "loader.h"
#include "notifier.h"
#include "pending.h"
#include "rules.h"
#include "sysfs.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __init driver_flavour_init(void)
{
	int ret;

	ret = flavour_loader_init();
	if (ret)
		return ret;
	ret = flavour_pending_init();
	if (ret)
		goto err_loader;
	ret = flavour_notifier_init();
	if (ret)
		goto err_late;
	ret = flavour_bus_init(flavour_pending_named);
	if (ret)
		goto err_watch;
	ret = flavour_sysfs_init();
	if (ret)
		goto err_bus;
	/* Last: a rule that someone makes keeps the module. */
	ret = flavour_rules_init();
	if (ret)
		goto err_attr;
	return 0;

err_attr:
	flavour_sysfs_exit();
err_bus:
	flavour_bus_exit();
err_watch:
	flavour_notifier_exit();
err_late:
	flavour_pending_exit();
err_loader:
	flavour_loader_exit();
	return ret;
}

static void __exit driver_flavour_exit(void)
{
	flavour_rules_exit();
	flavour_sysfs_exit();
	flavour_bus_exit();
	flavour_notifier_exit();
	flavour_pending_exit();
	flavour_loader_exit();
}

module_init(driver_flavour_init);
module_exit(driver_flavour_exit);

MODULE_DESCRIPTION("Choose, load and bind the right VFIO driver for a device");
MODULE_AUTHOR("The driver-flavour developers");
MODULE_LICENSE("GPL");
