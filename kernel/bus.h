/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_H
#define FLAVOUR_BUS_H

#include <linux/types.h>

#include "bus/pci_match.h"
#include "flavour.h"

struct device;
struct device_driver;

/**
 * struct rule_facts - what a rule may ask of a device
 * @address: its name on the bus
 * @physfn: the address of its PF; NULL if it is no VF
 * @modalias: its modalias for native drivers
 */
struct rule_facts {
	const char *address;
	const char *physfn;
	char modalias[MATCH_ALIAS_SIZE];
};

/**
 * struct flavour_bus - what the core has to know about a bus
 * @words: what an override may say in place of a driver's name to mean the vfio
 *	flavour; NULL ends them
 * @refuse: why this device can't have the flavour now: 0, or a negative errno
 * @rank: how specific @drv's own table is about @dev in a flavour, up to
 *	RANK_GENERIC, the smaller the better; RANK_NONE if it does not list it
 * @alias: the module alias of @dev in a flavour; kfree() it; NULL if out of memory
 * @override_dup: copy the override in force to be kfree()d, NULL if unset; 0 or -ENOMEM
 * @overridden: is an override set? Waits for nothing
 * @override_get: copy the override as far as it fits, with its NUL, without
 *	waiting; its length, 0 if unset, -EAGAIN if a lock is in the way
 * @override_set: set the override, or clear it if NULL; 0 or a negative errno
 * @unbind: unbind the driver, unless @refuse has a reason by now, which no one
 *	can give until the driver is unbound; 0 or a negative errno
 * @kernel_dma: does @drv leave the device's DMA domain to the kernel?
 * @added: may drivers bind @dev yet?
 * @describe: fill in what rules are matched against; false for a device that
 *	is none of theirs
 *
 * @rank, @overridden, @override_get and @kernel_dma may be called with the
 * device's lock held, the others are called without it and may sleep.
 */
struct flavour_bus {
	const char * const *words;
	int (*refuse)(struct device *dev, enum flavour want);
	unsigned int (*rank)(struct device *dev, struct device_driver *drv,
			     enum flavour flavour);
	char *(*alias)(struct device *dev, enum flavour flavour);
	int (*override_dup)(struct device *dev, char **name);
	bool (*overridden)(struct device *dev);
	int (*override_get)(struct device *dev, char *buf, size_t size);
	int (*override_set)(struct device *dev, const char *name);
	int (*unbind)(struct device *dev);
	bool (*kernel_dma)(struct device_driver *drv);
	bool (*added)(struct device *dev);
	bool (*describe)(struct device *dev, struct rule_facts *facts);
};

#endif
