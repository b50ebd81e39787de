/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from a PCI address to a VFIO device, for the tools of the lab. */
#ifndef VFIO_OPEN_H
#define VFIO_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vfio_handle {
	const char *address;
	int number;		/* of the group */
	int container;
	int group;
	int device;		/* -1 if only the group is open */
	bool cdev;		/* by its own node, in place of the group's */
	int iommufd;		/* then these have its address space */
	uint32_t ioas;
};

/*
 * Both answer false after having said on stderr what failed. With VFIO_BACKEND=cdev in
 * the environment the first opens the device's own node and the second binds it to an
 * iommufd.
 */
bool vfio_open_group(struct vfio_handle *vfio, const char *address);
bool vfio_open_device(struct vfio_handle *vfio);

/* Let the device reach memory, at that address. Says nothing, as ioctl() does not. */
bool vfio_map(struct vfio_handle *vfio, void *memory, size_t size, uint64_t iova);

/* vfio-cdev.c */
bool vfio_open_cdev(struct vfio_handle *vfio);
bool vfio_bind_cdev(struct vfio_handle *vfio);
bool vfio_map_cdev(struct vfio_handle *vfio, void *memory, size_t size, uint64_t iova);

/* Serves a handle that vfio_open_group() has seen, however far it got. */
void vfio_close(struct vfio_handle *vfio);

/* Prints "program: what SUBJECT: errno's name and text"; false for the caller to return. */
bool vfio_failed(const char *what, const char *subject);

#endif
