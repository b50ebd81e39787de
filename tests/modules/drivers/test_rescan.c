// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rescans the PCI buses after a while, with no task of user space: devices that
 * come while user space is frozen.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

static unsigned int delay_ms = 3000;
module_param(delay_ms, uint, 0444);
MODULE_PARM_DESC(delay_ms, "How long after the module was loaded");

static void rescan(struct work_struct *work)
{
	struct pci_bus *bus = NULL;

	pci_lock_rescan_remove();
	while ((bus = pci_find_next_bus(bus)))
		pci_rescan_bus(bus);
	pci_unlock_rescan_remove();
}

static DECLARE_DELAYED_WORK(rescan_work, rescan);

static int __init rescan_init(void)
{
	/* On the CPU of insmod: another may be busy with waiting while all is frozen. */
	schedule_delayed_work_on(raw_smp_processor_id(), &rescan_work,
				 msecs_to_jiffies(delay_ms));
	return 0;
}

static void __exit rescan_exit(void)
{
	cancel_delayed_work_sync(&rescan_work);
}

module_init(rescan_init);
module_exit(rescan_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: rescans the PCI buses by itself");
