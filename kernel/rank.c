// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "rank.h"

/**
 * flavour_rank_cmp - which of two drivers comes first?
 * @a: one
 * @b: the other
 *
 * Return: negative if @a is the better candidate, positive if @b is, 0 if they
 * have the same rank and name.
 */
int flavour_rank_cmp(const struct rank *a, const struct rank *b)
{
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return strcmp(a->name, b->name);
}
