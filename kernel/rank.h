/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * How well a driver serves a device: pure, and the same on every bus.
 *
 * The kernel module, libflavour and the tests compile this one file, so that
 * they can't disagree.
 */
#ifndef FLAVOUR_RANK_H
#define FLAVOUR_RANK_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/*
 * A rank is a number, the smaller the better: 0 for an entry that names all that
 * the bus knows of a device, RANK_GENERIC for one that names nothing and so is for
 * every device, RANK_NONE if no entry lists the device. What lies between is the
 * bus's to say.
 */
#define RANK_GENERIC 47
#define RANK_NONE    (~0U)

/**
 * struct rank - how well a driver serves a device
 * @value: the rank of its best entry
 * @name: the driver's name, which decides between equals; owned by the caller
 */
struct rank {
	unsigned int value;
	const char *name;
};

/**
 * rank_is_generic - is it the rank of a driver for every device?
 * @value: the rank
 *
 * Return: true if it is; false also for RANK_NONE.
 */
static inline bool rank_is_generic(unsigned int value)
{
	return value == RANK_GENERIC;
}

int flavour_rank_cmp(const struct rank *a, const struct rank *b);

#endif
