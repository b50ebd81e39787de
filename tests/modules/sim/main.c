// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated PCI functions behind an empty root port, for the lab.
 *
 *	/sys/kernel/debug/test_sim/plan     what functions; may be written in parts
 *	/sys/kernel/debug/test_sim/plug     a root port's address: put them there
 *	/sys/kernel/debug/test_sim/unplug   a root port's address: take them away
 *
 * The port's secondary bus gets other accessors for configuration space. All
 * else, the IOMMU included, is the kernel's own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "test_sim.h"

#define PLAN_LIMIT SZ_4M

/**
 * struct sim_bus - a port's secondary bus
 * @list: among those that are ours
 * @port: the port, referenced
 * @bus: its secondary bus
 * @ops: ours; an access finds us through them
 * @former: the bus's own
 * @plan: its functions
 */
struct sim_bus {
	struct list_head list;
	struct pci_dev *port;
	struct pci_bus *bus;
	struct pci_ops ops;
	struct pci_ops *former;
	struct sim_plan plan;
};

static LIST_HEAD(buses);
static DEFINE_MUTEX(lock); /* of all that is here */
static char *plan_text;
static size_t plan_len;
static struct dentry *folder;

static struct sim_function *function_at(struct pci_bus *bus, unsigned int devfn)
{
	struct sim_bus *sim = container_of(bus->ops, struct sim_bus, ops);

	return devfn < sim->plan.n ? sim->plan.fn[devfn] : NULL;
}

static int sim_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct sim_function *fn = function_at(bus, devfn);

	*value = ~0U;
	if (!fn)
		return PCIBIOS_DEVICE_NOT_FOUND;
	*value = 0;
	memcpy(value, fn->cfg + where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int sim_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct sim_function *fn = function_at(bus, devfn);
	int i;

	if (!fn)
		return PCIBIOS_DEVICE_NOT_FOUND;
	for (i = where; i < where + size; i++, value >>= 8)
		fn->cfg[i] = (fn->cfg[i] & ~fn->rw[i]) | (value & fn->rw[i]);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_dev *find_port(const char *address)
{
	unsigned int domain, bus, slot, fn;

	if (sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &fn) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, fn));
}

static struct sim_bus *sim_new(struct pci_dev *port)
{
	struct sim_bus *sim = kzalloc(sizeof(*sim), GFP_KERNEL);

	if (!sim)
		return NULL;
	sim->port = port;
	sim->bus = port->subordinate;
	sim->ops.read = sim_read;
	sim->ops.write = sim_write;
	return sim;
}

/* The rescan lock is held. */
static int plug(struct sim_bus *sim)
{
	if (!sim->bus || !list_empty(&sim->bus->devices))
		return -EBUSY;
	/* A port without a child may sleep, and then its bus does not answer. */
	pm_runtime_get_sync(&sim->port->dev);
	sim->former = pci_bus_set_ops(sim->bus, &sim->ops);
	pci_rescan_bus(sim->bus);
	return 0;
}

static void unplug(struct sim_bus *sim)
{
	struct pci_dev *dev, *next;

	pci_lock_rescan_remove();
	list_for_each_entry_safe_reverse(dev, next, &sim->bus->devices, bus_list)
		pci_stop_and_remove_bus_device(dev);
	pci_bus_set_ops(sim->bus, sim->former);
	pci_unlock_rescan_remove();
	pm_runtime_put(&sim->port->dev);
}

static void sim_free(struct sim_bus *sim)
{
	sim_plan_free(&sim->plan);
	pci_dev_put(sim->port);
	kfree(sim);
}

static int plug_at(const char *address)
{
	struct pci_dev *port = find_port(address);
	struct sim_bus *sim;
	int ret;

	if (!port)
		return -ENODEV;
	sim = sim_new(port);
	if (!sim) {
		pci_dev_put(port);
		return -ENOMEM;
	}
	ret = sim_plan_parse(&sim->plan, plan_text ?: (char []){ "" });
	kfree(plan_text);
	plan_text = NULL;
	plan_len = 0;
	if (!ret) {
		pci_lock_rescan_remove();
		ret = plug(sim);
		pci_unlock_rescan_remove();
	}
	if (ret)
		sim_free(sim);
	else
		list_add(&sim->list, &buses);
	return ret;
}

static int unplug_at(const char *address)
{
	struct pci_dev *port = find_port(address);
	struct sim_bus *sim, *next;
	int ret = -ENODEV;

	list_for_each_entry_safe(sim, next, &buses, list) {
		if (sim->port != port)
			continue;
		list_del(&sim->list);
		unplug(sim);
		sim_free(sim);
		ret = 0;
	}
	pci_dev_put(port);
	return ret;
}

static ssize_t with_address(const char __user *from, size_t count, int (*act)(const char *))
{
	char address[32] = "";
	int ret;

	if (count >= sizeof(address))
		return -EINVAL;
	if (copy_from_user(address, from, count))
		return -EFAULT;
	mutex_lock(&lock);
	ret = act(strim(address));
	mutex_unlock(&lock);
	return ret ?: count;
}

static ssize_t plug_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	return with_address(from, count, plug_at);
}

static ssize_t unplug_write(struct file *file, const char __user *from, size_t count,
			    loff_t *pos)
{
	return with_address(from, count, unplug_at);
}

static int plan_append(const char __user *from, size_t count)
{
	char *text;

	if (plan_len + count > PLAN_LIMIT)
		return -EFBIG;
	text = krealloc(plan_text, plan_len + count + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	plan_text = text;
	text[plan_len] = '\0';
	if (copy_from_user(text + plan_len, from, count))
		return -EFAULT;
	plan_len += count;
	text[plan_len] = '\0';
	return 0;
}

static ssize_t plan_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	int ret;

	mutex_lock(&lock);
	ret = plan_append(from, count);
	mutex_unlock(&lock);
	return ret ?: count;
}

static const struct file_operations plan_ops = {
	.owner = THIS_MODULE, .open = simple_open, .write = plan_write,
};

static const struct file_operations plug_ops = {
	.owner = THIS_MODULE, .open = simple_open, .write = plug_write,
};

static const struct file_operations unplug_ops = {
	.owner = THIS_MODULE, .open = simple_open, .write = unplug_write,
};

static int __init sim_init(void)
{
	folder = debugfs_create_dir("test_sim", NULL);
	debugfs_create_file("plan", 0200, folder, NULL, &plan_ops);
	debugfs_create_file("plug", 0200, folder, NULL, &plug_ops);
	debugfs_create_file("unplug", 0200, folder, NULL, &unplug_ops);
	return PTR_ERR_OR_ZERO(folder);
}
module_init(sim_init);

static void __exit sim_exit(void)
{
	struct sim_bus *sim, *next;

	debugfs_remove_recursive(folder);
	list_for_each_entry_safe(sim, next, &buses, list) {
		unplug(sim);
		sim_free(sim);
	}
	kfree(plan_text);
}
module_exit(sim_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: simulated PCI functions behind a root port");
