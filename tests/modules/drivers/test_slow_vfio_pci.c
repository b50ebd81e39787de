// SPDX-License-Identifier: GPL-2.0-only
/* A variant whose probe takes its time. */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "counter.h"
#include "lab_ids.h"
#include "variant.h"

static unsigned int delay_ms = 1000;
module_param(delay_ms, uint, 0644);
MODULE_PARM_DESC(delay_ms, "milliseconds that probe sleeps before it starts; 0 wakes those that sleep");

static int err;
module_param(err, int, 0644);
MODULE_PARM_DESC(err, "errno that probe fails with after that, as a positive number; 0 to succeed");

static atomic_t probes;
module_param_cb(probes, &counter_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "calls of probe, sleeping ones too");

static int slow_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	unsigned long end;

	/* Counted before the sleep, to let a test see that it has begun. */
	atomic_inc(&probes);
	for (end = jiffies + msecs_to_jiffies(READ_ONCE(delay_ms));
	     READ_ONCE(delay_ms) && time_before(jiffies, end);)
		msleep(20);
	return READ_ONCE(err) ? -abs(READ_ONCE(err)) : variant_probe(pdev, id);
}

static const struct pci_device_id slow_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_TESTDEV_VENDOR, LAB_TESTDEV_DEVICE) },
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(LAB_SATA_VENDOR, LAB_SATA_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, slow_table);
MODULE_VARIANT(slow_table, slow_probe, "Test VFIO variant: probe is slow");
