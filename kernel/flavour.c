// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flavours' words, and the uevent that announces one.
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "flavour.h"

const char * const flavour_words[FLAVOUR_COUNT] = {
	[FLAVOUR_NATIVE] = "native",
	[FLAVOUR_VFIO]   = "vfio",
	[FLAVOUR_NONE]   = "none",
};

/**
 * flavour_parse - read a flavour's word as written to a file
 * @buf: what was written; a NUL follows it
 * @count: its length; a newline or NULs at its end do not matter
 * @flavour: the flavour, set on success
 *
 * Return: 0 or -EINVAL.
 */
int flavour_parse(const char *buf, size_t count, enum flavour *flavour)
{
	size_t len = strnlen(buf, count);
	int i = sysfs_match_string(flavour_words, buf);

	/* A word with something behind its NUL is none. */
	if (i < 0 || memchr_inv(buf + len, 0, count - len))
		return -EINVAL;
	*flavour = i;
	return 0;
}

/**
 * flavour_uevent - tell user space of a device's flavour
 * @dev: the device
 * @flavour: the flavour that it has, or that was requested
 * @key: what else to tell, NULL for nothing
 * @value: of @key
 */
void flavour_uevent(struct device *dev, enum flavour flavour, const char *key,
		    const char *value)
{
	char *word = kasprintf(GFP_KERNEL, "DRIVER_FLAVOUR=%s", flavour_words[flavour]);
	char *more = key ? kasprintf(GFP_KERNEL, "%s=%s", key, value) : NULL;
	char *env[3] = { word, more };

	/*
	 * If @more can't be allocated, send nothing: an event without @key means
	 * that the device has the flavour.
	 */
	if (word && (more || !key))
		kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, env);
	kfree(word);
	kfree(more);
}
