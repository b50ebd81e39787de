/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_DIRTY_H
#define IVSHMEM_DIRTY_H

#include <linux/bitmap.h>

#include "transfer.h"

#ifdef HAVE_PRECOPY
/* Between these, writes to the RAM set the bits of the transfer's pages. */
void ivshmem_dirty_track(struct ivshmem_transfer *transfer);
void ivshmem_dirty_untrack(struct ivshmem_transfer *transfer);

/* These pages are being sent: clear their bits, and let writes set them again. */
void ivshmem_dirty_take(struct ivshmem_transfer *transfer, unsigned long first,
			unsigned long count);

/* The RAM was written, but not through a mapping. */
void ivshmem_dirty_written(struct ivshmem_device *dev, u64 start, size_t count);

int ivshmem_dirty_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);
long ivshmem_dirty_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
#else
#define ivshmem_dirty_mmap vfio_pci_core_mmap

static inline void ivshmem_dirty_track(struct ivshmem_transfer *transfer) {}
static inline void ivshmem_dirty_untrack(struct ivshmem_transfer *transfer) {}

static inline void ivshmem_dirty_take(struct ivshmem_transfer *transfer, unsigned long first,
				      unsigned long count)
{
	bitmap_clear(transfer->pages, first, count);
}

static inline void ivshmem_dirty_written(struct ivshmem_device *dev, u64 start, size_t count) {}
#endif

#endif
