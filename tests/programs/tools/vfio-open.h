/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from a PCI address to a VFIO device, for the tools of the lab. */
#ifndef VFIO_OPEN_H
#define VFIO_OPEN_H

#include <stdbool.h>

struct vfio_handle {
	const char *address;
	int number;		/* of the group */
	int container;
	int group;
	int device;		/* -1 if only the group is open */
};

/* Both answer false after having said on stderr what failed. */
bool vfio_open_group(struct vfio_handle *vfio, const char *address);
bool vfio_open_device(struct vfio_handle *vfio);

/* Serves a handle that vfio_open_group() has seen, however far it got. */
void vfio_close(struct vfio_handle *vfio);

/* Prints "program: what SUBJECT: errno's name and text"; false for the caller to return. */
bool vfio_failed(const char *what, const char *subject);

#endif
