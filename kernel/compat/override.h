/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's driver_override, wherever this kernel keeps it.
 *
 * Before: pci_dev.driver_override, under the device lock.
 * Since 6.12.91: device.driver_override.name, under a spinlock of its own. The
 * kernel has no function to read it.
 */
#ifndef FLAVOUR_COMPAT_OVERRIDE_H
#define FLAVOUR_COMPAT_OVERRIDE_H

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#ifdef FLAVOUR_HAVE_DEVICE_OVERRIDE

#ifdef __CHECKER__
/* sparse does not know that guard(), in the kernel's own, ends with its function. */
#define device_match_driver_override(dev, drv) ((void)(dev), (void)(drv), 0)
#define device_has_driver_override checked_has_driver_override
static inline bool checked_has_driver_override(struct device *dev)
{
	return dev->driver_override.name;
}
#endif

/* No allocation under the spinlock: retry until the copy fits. */
static inline int device_dup_driver_override(struct device *dev, char **name)
{
	size_t size = 0, need;
	char *copy = NULL;

	for (;;) {
		spin_lock(&dev->driver_override.lock);
		need = dev->driver_override.name ? strlen(dev->driver_override.name) + 1 : 0;
		if (need && need <= size)
			memcpy(copy, dev->driver_override.name, need);
		spin_unlock(&dev->driver_override.lock);
		if (need <= size)
			break;
		kfree(copy);
		copy = kmalloc(need, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		size = need;
	}
	if (!need) {
		kfree(copy);
		copy = NULL;
	}
	*name = copy;
	return 0;
}

static inline int device_get_driver_override(struct device *dev, char *buf, size_t size)
{
	int len;

	spin_lock(&dev->driver_override.lock);
	len = snprintf(buf, size, "%s", dev->driver_override.name ?: "");
	spin_unlock(&dev->driver_override.lock);
	return len;
}

#else /* the device lock guards it */

static inline int device_set_driver_override(struct device *dev, const char *name)
{
	return driver_set_override(dev, &to_pci_dev(dev)->driver_override, name, strlen(name));
}

static inline int device_dup_driver_override(struct device *dev, char **name)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int ret = 0;

	device_lock(dev);
	*name = kstrdup(pdev->driver_override, GFP_KERNEL);
	if (pdev->driver_override && !*name)
		ret = -ENOMEM;
	device_unlock(dev);
	return ret;
}

/* A bind that takes long may hold the device lock: don't wait for it. */
static inline int device_get_driver_override(struct device *dev, char *buf, size_t size)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int len;

	if (!READ_ONCE(pdev->driver_override))
		return 0;
	if (!device_trylock(dev))
		return -EAGAIN;
	len = snprintf(buf, size, "%s", pdev->driver_override ?: "");
	device_unlock(dev);
	return len;
}

static inline bool device_has_driver_override(struct device *dev)
{
	return READ_ONCE(to_pci_dev(dev)->driver_override);
}

static inline int device_match_driver_override(struct device *dev,
					       const struct device_driver *drv)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	device_lock_assert(dev);
	return pdev->driver_override ? !strcmp(pdev->driver_override, drv->name) : -1;
}

#endif

#endif
