// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of our options would get a refused plan through: the library does not know
 * their names. What is in use is to be freed first, so --force is never advised.
 */
#include <errno.h>

#include "advice.h"

struct advice advise(const struct flavour_plan *plan)
{
	const struct flavour_uses *uses = flavour_plan_uses(plan);
	size_t i, count = flavour_uses_count(uses), members = 0;

	if (flavour_plan_result(plan) != -EBUSY)
		return (struct advice){ 0 };
	for (i = 0; i < count; i++)
		members += flavour_use_kind(flavour_uses_get(uses, i)) == FLAVOUR_USE_GROUP;
	return (struct advice){ .group = members, .enough = members && members == count };
}
