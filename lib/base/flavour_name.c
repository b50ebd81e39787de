// SPDX-License-Identifier: LGPL-2.1-or-later
/* The words for flavours. */
#include <string.h>

#include "base/base.h"

static const char *const names[] = {
	[FLAVOUR_NATIVE]  = "native",
	[FLAVOUR_VFIO]    = "vfio",
	[FLAVOUR_NONE]    = "none",
};

API const char *flavour_name(enum flavour flavour)
{
	return (unsigned int)flavour < ARRAY_LEN(names) ? names[flavour] : "unknown";
}

API enum flavour flavour_from_name(const char *name)
{
	enum flavour flavour;

	for (flavour = FLAVOUR_NATIVE; flavour <= FLAVOUR_NONE; flavour++)
		if (name && !strcmp(name, names[flavour]))
			return flavour;
	return FLAVOUR_UNKNOWN;
}

API const char *flavour_version(void)
{
	return FLAVOUR_VERSION;
}
