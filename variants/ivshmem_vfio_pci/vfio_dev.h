/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_VFIO_DEV_H
#define IVSHMEM_VFIO_DEV_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/vfio_pci_core.h>

struct ivshmem_transfer;

enum ivshmem_bar {
	IVSHMEM_BAR_REGS = 0,
	IVSHMEM_BAR_RAM = 2,
};

/**
 * struct ivshmem_device - an ivshmem function that VFIO has
 * @core: what all VFIO PCI drivers have; its drvdata points here
 * @ram_size: length of the RAM BAR in bytes
 * @pci_resets: PCI knows a way to reset the function
 * @resets: resets since the driver was bound; see ivshmem_state_lock()
 * @state_mutex: held while the state changes
 * @resets_seen: those of @resets that @mig_state knows about
 * @mig_state: where the migration state machine is
 * @transfer: the one transfer under way, or NULL
 * @tracker: the transfer that wants to know of writes, or NULL; under
 *	core.memory_lock
 * @half_loaded: the RAM is neither this device's nor, as a whole, another's;
 *	under core.memory_lock
 *
 * Locks nest so: state_mutex, the transfer's lock, the mm's locks,
 * core.memory_lock. The last two follow from page faults in a BAR's mapping,
 * the second and third from copies to user space.
 */
struct ivshmem_device {
	struct vfio_pci_core_device core;
	u64 ram_size;
	bool pci_resets;
	atomic_t resets;

	struct mutex state_mutex; /* guards the next three */
	int resets_seen;
	enum vfio_device_mig_state mig_state;
	struct ivshmem_transfer *transfer;

	struct ivshmem_transfer *tracker;
	bool half_loaded;
};

static inline struct ivshmem_device *to_ivshmem(struct vfio_device *vdev)
{
	return container_of(vdev, struct ivshmem_device, core.vdev);
}

extern const struct vfio_device_ops ivshmem_vfio_ops;
#ifdef HAVE_PCI_DEVICE_OPS
extern const struct vfio_pci_device_ops ivshmem_pci_ops;
#endif

#endif
