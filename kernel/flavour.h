/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_H
#define FLAVOUR_H

#include <linux/types.h>

struct device;

/**
 * enum flavour - which universe of drivers may bind a device
 * @FLAVOUR_NATIVE: the kernel's normal matching
 * @FLAVOUR_VFIO: drivers that list the device in an override-only VFIO entry
 * @FLAVOUR_NONE: no driver at all
 * @FLAVOUR_COUNT: how many there are
 */
enum flavour {
	FLAVOUR_NATIVE,
	FLAVOUR_VFIO,
	FLAVOUR_NONE,
	FLAVOUR_COUNT
};

extern const char * const flavour_words[FLAVOUR_COUNT];

int flavour_parse(const char *buf, size_t count, enum flavour *flavour);
void flavour_uevent(struct device *dev, enum flavour flavour, const char *key,
		    const char *value);

#endif
