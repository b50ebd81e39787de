/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_H
#define FLAVOUR_BUS_H

#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/types.h>

#include "flavour.h"
#include "rank.h"

/* The buses that have flavours, in the order of flavour_buses[]. */
enum {
	FLAVOUR_BUS_PCI,
	FLAVOUR_BUSES
};

#define FLAVOUR_MOST_KEYS 8
#define FLAVOUR_FACT_SIZE 64

/**
 * struct flavour_facts - what a rule may ask of a device
 * @fact: for each of its bus's keys; NULL if the device has none
 * @text: room for one that has to be composed
 */
struct flavour_facts {
	const char *fact[FLAVOUR_MOST_KEYS];
	char text[FLAVOUR_FACT_SIZE];
};

/**
 * struct flavour_bus - what the core has to know about a bus
 * @type: the kernel's; its name is that of the folder with the bus's rules
 * @words: what an override may say in place of a driver's name to mean the vfio
 *	flavour; NULL ends them
 * @keys: what a rule's terms may name, FLAVOUR_MOST_KEYS at most; NULL ends them
 * @init: make @words known, and have @named called for a device that no driver has
 *	and whose override is one of them, its lock held; 0 or a negative errno
 * @exit: the end of @init
 * @lock: let no device go, unless by a driver's probe or remove
 * @unlock: the end of @lock
 * @binding: a driver is about to probe @dev, whose lock is held
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
 * device's lock held, @binding is, the others are called without it and may sleep.
 */
struct flavour_bus {
	typeof_member(struct device, bus) type;
	const char * const *words;
	const char * const *keys;
	int (*init)(void (*named)(struct device *dev));
	void (*exit)(void);
	void (*lock)(void);
	void (*unlock)(void);
	void (*binding)(struct device *dev);
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
	bool (*describe)(struct device *dev, struct flavour_facts *facts);
};

extern const struct flavour_bus * const flavour_buses[FLAVOUR_BUSES];

const struct flavour_bus *flavour_bus_of(const struct device *dev);
bool flavour_bus_has(struct device *dev);

int flavour_bus_init(void (*named)(struct device *dev));
void flavour_bus_exit(void);

/**
 * flavour_bus_lists - does a driver's own table list a device?
 * @dev: the device, of one of the buses
 * @drv: the driver
 * @flavour: the universe to look in
 *
 * Return: true if it does.
 */
static inline bool flavour_bus_lists(struct device *dev, struct device_driver *drv,
				     enum flavour flavour)
{
	return flavour_bus_of(dev)->rank(dev, drv, flavour) != RANK_NONE;
}

#endif
