// SPDX-License-Identifier: GPL-2.0-or-later
/* --hints: how to give a device to a guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"

char *hint_qemu(struct flavour_device *dev)
{
	char *text;

	if (asprintf(&text, "-device vfio-pci,host=%s", flavour_device_address(dev)) < 0)
		return NULL;
	return text;
}

/* NULL where the kernel has no such node. */
char *hint_qemu_iommufd(struct flavour_device *dev)
{
	char *text;

	if (!flavour_device_vfio_node(dev) ||
	    asprintf(&text, "-object iommufd,id=iommufd0 -device vfio-pci,host=%s,iommufd=iommufd0",
		     flavour_device_address(dev)) < 0)
		return NULL;
	return text;
}

/* Left without it, libvirt takes a variant for a driver that it may replace. */
static char *driver_element(struct flavour_device *dev)
{
	const char *driver = flavour_device_driver(dev);
	char *text;

	if (!driver || !strcmp(driver, "vfio-pci"))
		return strdup("");
	if (asprintf(&text, "\n  <driver model='%s'/>", driver) < 0)
		return NULL;
	return text;
}

char *hint_libvirt(struct flavour_device *dev)
{
	unsigned int domain, bus, slot, function;
	char *driver, *text;

	if (sscanf(flavour_device_address(dev), "%x:%x:%x.%x", &domain, &bus, &slot,
		   &function) != 4)
		return NULL;
	driver = driver_element(dev);
	if (!driver)
		return NULL;
	if (asprintf(&text,
		     "%s<hostdev mode='subsystem' type='pci' managed='no'>%s\n"
		     "  <source>\n"
		     "    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		     "  </source>\n"
		     "</hostdev>",
		     *driver ? "<!-- libvirt 10.0 or newer: an older one refuses this driver -->\n" : "",
		     driver, domain, bus, slot, function) < 0)
		text = NULL;
	free(driver);
	return text;
}
