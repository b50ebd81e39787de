// SPDX-License-Identifier: GPL-2.0-only
/*
 * A native driver that does not return until it is told to: from its probe, its
 * remove or its module's init. And some more that drivers do and ours don't.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "counter.h"
#include "lab_ids.h"

#define GO	0 /* return at once, those that wait too */
#define WAIT	1 /* wait */
#define PASS	2 /* return at once, but who waits goes on waiting */

static int in_probe;
module_param(in_probe, int, 0644);
MODULE_PARM_DESC(in_probe, "1: probe waits for 0; 2: only those that wait already do");

static int in_remove;
module_param(in_remove, int, 0644);
MODULE_PARM_DESC(in_remove, "the same of remove");

static int in_init;
module_param(in_init, int, 0644);
MODULE_PARM_DESC(in_init, "the same of the module's init, with its driver registered");

static int init_err;
module_param(init_err, int, 0644);
MODULE_PARM_DESC(init_err, "errno that init fails with after that, as a positive number");

static bool thread;
module_param(thread, bool, 0644);
MODULE_PARM_DESC(thread, "probe starts a kernel thread, as a disk controller's does");

static bool suppress;
module_param(suppress, bool, 0444);
MODULE_PARM_DESC(suppress, "no bind and unbind files");

static atomic_t probes;
module_param_cb(probes, &counter_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "calls of probe, waiting ones too");

static atomic_t removes;
module_param_cb(removes, &counter_ops, &removes, 0444);
MODULE_PARM_DESC(removes, "calls of remove, waiting ones too");

/* As a driver that waits for user space does: no signal ends it. */
static void wait_in(const int *knob)
{
	if (READ_ONCE(*knob) != WAIT)
		return;
	while (READ_ONCE(*knob) != GO)
		msleep(20);
}

static int idle(void *data)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int wait_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct task_struct *task = NULL;

	atomic_inc(&probes);
	wait_in(&in_probe);
	if (thread)
		task = kthread_run(idle, NULL, "test_native_wait");
	if (IS_ERR(task))
		return PTR_ERR(task);
	pci_set_drvdata(pdev, task);
	return 0;
}

static void wait_remove(struct pci_dev *pdev)
{
	struct task_struct *task = pci_get_drvdata(pdev);

	atomic_inc(&removes);
	wait_in(&in_remove);
	if (task)
		kthread_stop(task);
}

static const struct pci_device_id wait_table[] = {
	{ PCI_DEVICE(LAB_TESTDEV_VENDOR, LAB_TESTDEV_DEVICE) },
	{ PCI_DEVICE(LAB_EDU_VENDOR, LAB_EDU_DEVICE) },
	{ PCI_DEVICE(LAB_IVSHMEM_VENDOR, LAB_IVSHMEM_DEVICE) },
	{}
};

MODULE_DEVICE_TABLE(pci, wait_table);

static struct pci_driver wait_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= wait_table,
	.probe		= wait_probe,
	.remove		= wait_remove,
};

static int __init wait_init(void)
{
	int ret;

	wait_driver.driver.suppress_bind_attrs = suppress;
	ret = pci_register_driver(&wait_driver);
	if (ret)
		return ret;
	wait_in(&in_init);
	if (init_err)
		pci_unregister_driver(&wait_driver);
	return -abs(init_err);
}

static void __exit wait_exit(void)
{
	pci_unregister_driver(&wait_driver);
}

module_init(wait_init);
module_exit(wait_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test native driver: does not return until it is told to");
