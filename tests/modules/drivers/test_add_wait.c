// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds up the next PCI device that comes, until `go` is written: it is on the bus, and
 * the notifiers before ours have been told of it, but no driver may bind it yet.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

static bool waits;
module_param(waits, bool, 0444);
MODULE_PARM_DESC(waits, "One has come");

static bool go;
module_param(go, bool, 0644);
MODULE_PARM_DESC(go, "It may go on");

static int wait_in_add(struct notifier_block *nb, unsigned long event, void *dev)
{
	if (event != BUS_NOTIFY_ADD_DEVICE)
		return NOTIFY_DONE;
	WRITE_ONCE(waits, true);
	while (!READ_ONCE(go))
		msleep(20);
	return NOTIFY_DONE;
}

static struct notifier_block nb = { .notifier_call = wait_in_add, .priority = -1 };

static int __init add_wait_init(void)
{
	return bus_register_notifier(&pci_bus_type, &nb);
}

static void __exit add_wait_exit(void)
{
	WRITE_ONCE(go, true);
	bus_unregister_notifier(&pci_bus_type, &nb);
}

module_init(add_wait_init);
module_exit(add_wait_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: holds up a PCI device that is being added");
