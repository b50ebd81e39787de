// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCI device whose removal waits in its last uevent, until `go` is written: all
 * notifiers have been told by then, and its directory in sysfs is still there.
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "The PCI device");

static bool waits;
module_param(waits, bool, 0444);
MODULE_PARM_DESC(waits, "Its removal has come there");

static bool go;
module_param(go, bool, 0644);
MODULE_PARM_DESC(go, "It may go on");

static const struct device_type *type_before;
static struct device *dev;

static int wait_in_remove(struct device *unused, struct kobj_uevent_env *env)
{
	if (strcmp(env->envp[0], "ACTION=remove"))
		return 0;
	WRITE_ONCE(waits, true);
	while (!READ_ONCE(go))
		msleep(20);
	return 0;
}

/* The callback's device is const since 6.3. */
static const struct device_type type_with_uevent = { .uevent = (void *)wait_in_remove };

static int __init remove_wait_init(void)
{
	dev = bus_find_device_by_name(&pci_bus_type, NULL, device);
	if (!dev)
		return -ENODEV;
	type_before = dev->type;
	dev->type = &type_with_uevent;
	return 0;
}

static void __exit remove_wait_exit(void)
{
	WRITE_ONCE(go, true);
	dev->type = type_before;
	put_device(dev);
}

module_init(remove_wait_init);
module_exit(remove_wait_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: holds up the removal of a device near its end");
