// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Nodes of VFIO devices, /dev/vfio/devices/vfioN. To have one open is to use the
 * device; who has bound it to an iommufd also owns the DMA of its whole IOMMU group.
 */
#include <stdio.h>
#include <string.h>

#include "use/use.h"

#define FOLDER "/vfio-dev/"

/* Which of them are bound can't be told from outside, so all of them count. */
bool vfio_node_is_of_sibling(struct flavour_device *dev, const char *real)
{
	const char *folder = strstr(real, FOLDER);
	AUTOFREE char *link = NULL, *group = NULL;

	if (!folder || !flavour_device_vfio_group_node(dev))
		return false;
	link = format("%.*s/iommu_group", (int)(folder - real), real);
	group = link_base(link);
	return group && to_int(group, -1) == flavour_device_group(dev);
}

/* The major number of these nodes; 0 if there are none. */
unsigned int vfio_node_major(const struct flavour_ctx *ctx)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "devices");
	AUTOFREE char *text = read_text(path, NULL);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;
	char name[16];
	unsigned int major;

	for (; line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%u %15s", &major, name) == 2 && !strcmp(name, "vfio-dev"))
			return major;
	return 0;
}

/*
 * The device that an open file is of, by what the file says itself on newer kernels: sysfs
 * has no more of it once its driver is being unbound.
 */
char *vfio_node_real(const char *sysfs, int dir, const char *file, unsigned int minor)
{
	AUTOFREE char *path = format("../fdinfo/%s", file);
	AUTOFREE char *info = read_attr_at(dir, path);
	char *at = info ? strstr(info, "vfio-device-syspath:") : NULL;

	at = at ? strstr(at, "/sys/") : NULL;
	if (!at)
		return NULL;
	at += strlen("/sys/");
	at[strcspn(at, "\n")] = '\0';
	return format("%s/%s" FOLDER "vfio%u", sysfs, at, minor);
}
