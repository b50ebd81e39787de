/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI device's driver_override, wherever this kernel keeps it.
 *
 * Before: pci_dev.driver_override, under the device lock.
 * Since 6.12.91: device.driver_override.name, under a spinlock of its own.
 */
#ifndef FLAVOUR_COMPAT_OVERRIDE_H
#define FLAVOUR_COMPAT_OVERRIDE_H

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#ifdef FLAVOUR_HAVE_DEVICE_OVERRIDE

static inline int compat_override_set(struct pci_dev *pdev, const char *name)
{
	return device_set_driver_override(&pdev->dev, name ?: "");
}

/* No allocation under the spinlock: retry until the copy fits. */
static inline int compat_override_dup(struct pci_dev *pdev, char **name)
{
	size_t size = 0, need;
	char *copy = NULL;

	for (;;) {
		spin_lock(&pdev->dev.driver_override.lock);
		need = pdev->dev.driver_override.name ?
			strlen(pdev->dev.driver_override.name) + 1 : 0;
		if (need && need <= size)
			memcpy(copy, pdev->dev.driver_override.name, need);
		spin_unlock(&pdev->dev.driver_override.lock);
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

static inline int compat_override_get(struct pci_dev *pdev, char *buf, size_t size)
{
	int len;

	spin_lock(&pdev->dev.driver_override.lock);
	len = snprintf(buf, size, "%s", pdev->dev.driver_override.name ?: "");
	spin_unlock(&pdev->dev.driver_override.lock);
	return len;
}

static inline bool compat_overridden(struct pci_dev *pdev)
{
	return READ_ONCE(pdev->dev.driver_override.name);
}

static inline bool compat_override_is_locked(struct pci_dev *pdev, const char *name)
{
	bool is;

	spin_lock(&pdev->dev.driver_override.lock);
	is = pdev->dev.driver_override.name &&
	     !strcmp(pdev->dev.driver_override.name, name);
	spin_unlock(&pdev->dev.driver_override.lock);
	return is;
}

#else /* the device lock guards it */

static inline int compat_override_set(struct pci_dev *pdev, const char *name)
{
	name = name ?: "";
	return driver_set_override(&pdev->dev, &pdev->driver_override, name, strlen(name));
}

static inline int compat_override_dup(struct pci_dev *pdev, char **name)
{
	int ret = 0;

	device_lock(&pdev->dev);
	*name = kstrdup(pdev->driver_override, GFP_KERNEL);
	if (pdev->driver_override && !*name)
		ret = -ENOMEM;
	device_unlock(&pdev->dev);
	return ret;
}

/* A bind that takes long may hold the device lock: don't wait for it. */
static inline int compat_override_get(struct pci_dev *pdev, char *buf, size_t size)
{
	int len;

	if (!READ_ONCE(pdev->driver_override))
		return 0;
	if (!device_trylock(&pdev->dev))
		return -EAGAIN;
	len = snprintf(buf, size, "%s", pdev->driver_override ?: "");
	device_unlock(&pdev->dev);
	return len;
}

static inline bool compat_overridden(struct pci_dev *pdev)
{
	return READ_ONCE(pdev->driver_override);
}

static inline bool compat_override_is_locked(struct pci_dev *pdev, const char *name)
{
	device_lock_assert(&pdev->dev);
	return pdev->driver_override && !strcmp(pdev->driver_override, name);
}

#endif

#endif
