// SPDX-License-Identifier: LGPL-2.1-or-later
/* PFs and VFs. */
#include <stdio.h>

#include "device/device.h"

API const char *flavour_device_physfn(struct flavour_device *dev)
{
	if (device_first(dev, HAVE_PHYSFN))
		dev->physfn = device_link(dev, "physfn");
	return dev->physfn;
}

static unsigned int count_attr(struct flavour_device *dev, const char *attr)
{
	int n = device_is_leaving(dev) ? 0 : device_attr_int(dev, attr, 0);

	return n > 0 ? (unsigned int)n : 0;
}

API unsigned int flavour_device_num_vfs(struct flavour_device *dev)
{
	return count_attr(dev, "sriov_numvfs");
}

API unsigned int flavour_device_total_vfs(struct flavour_device *dev)
{
	return count_attr(dev, "sriov_totalvfs");
}

API const char *flavour_device_vf(struct flavour_device *dev, unsigned int index)
{
	char attr[32];

	snprintf(attr, sizeof(attr), "virtfn%u", index);
	free(dev->vf);
	dev->vf = device_link(dev, attr);
	return dev->vf;
}
