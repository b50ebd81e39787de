// SPDX-License-Identifier: GPL-2.0-or-later
/* --hints: how to give a device to a guest. */
#include <stdio.h>

#include "change.h"

char *hint_qemu(struct flavour_device *dev)
{
	char *text;

	if (asprintf(&text, "-device vfio-pci,host=%s", flavour_device_address(dev)) < 0)
		return NULL;
	return text;
}

char *hint_libvirt(struct flavour_device *dev)
{
	unsigned int domain, bus, slot, function;
	char *text;

	if (sscanf(flavour_device_address(dev), "%x:%x:%x.%x", &domain, &bus, &slot,
		   &function) != 4)
		return NULL;
	if (asprintf(&text,
		     "<hostdev mode='subsystem' type='pci' managed='no'>\n"
		     "  <source>\n"
		     "    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		     "  </source>\n"
		     "</hostdev>", domain, bus, slot, function) < 0)
		return NULL;
	return text;
}
