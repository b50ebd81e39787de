// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a device, in a few words; explain has the sentences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static char *blocked_group(struct ctl *ctl, struct flavour_device *dev)
{
	struct flavour_group *group = ctl_group(ctl, flavour_device_group(dev));
	struct flavour_device *blocker = group ? flavour_group_blocker(group) : NULL;
	char *text;

	if (!blocker || asprintf(&text, "%s has %s", flavour_device_address(blocker),
				 flavour_device_driver(blocker)) < 0)
		return NULL;
	return text;
}

/* Is there a driver that knows the device better than the generic one? */
static char *better_driver(struct flavour_device *dev)
{
	struct flavour_candidates *candidates;
	struct flavour_candidate *best;
	char *text = NULL;

	if (strcmp(flavour_device_driver(dev), "vfio-pci") ||
	    flavour_candidates_new(dev, FLAVOUR_VFIO, &candidates))
		return NULL;
	best = flavour_candidates_get(candidates, 0);
	if (best && !flavour_candidate_is_generic(best) && flavour_candidate_is_usable(best) &&
	    asprintf(&text, "better: %s",
		     flavour_module_name(flavour_candidate_module(best))) < 0)
		text = NULL;
	flavour_candidates_free(candidates);
	return text;
}

bool has_better_driver(struct flavour_device *dev)
{
	char *better = flavour_device_driver(dev) ? better_driver(dev) : NULL;
	bool has = better;

	free(better);
	return has;
}

static char *vfio_problem(struct ctl *ctl, struct flavour_device *dev)
{
	char *text;

	if (!flavour_device_driver(dev))
		return strdup("no driver");
	if (flavour_device_group(dev) < 0)
		return strdup("no IOMMU group");
	text = blocked_group(ctl, dev);
	return text ? text : better_driver(dev);
}

char *device_problem(struct ctl *ctl, struct flavour_device *dev)
{
	const char *driver = flavour_device_driver(dev);
	const char *override;
	char *text;

	if (!driver && flavour_device_vfio_group_node(dev))
		return strdup("being unbound");
	switch (flavour_device_flavour(dev)) {
	case FLAVOUR_UNKNOWN:
		return strdup("gone");
	case FLAVOUR_VFIO:
		return vfio_problem(ctl, dev);
	case FLAVOUR_NATIVE:
		override = flavour_device_override(dev);
		if (!override || (driver && !strcmp(driver, override)))
			return NULL;
		return asprintf(&text, "override %s", override) < 0 ? NULL : text;
	default:
		return driver ? strdup("still bound") : NULL;
	}
}
