/* SPDX-License-Identifier: GPL-2.0-only */
/* What other kernels lack, under the name that we use. */
#ifndef IVSHMEM_COMPAT_H
#define IVSHMEM_COMPAT_H

#include <linux/vfio_pci_core.h>

#ifndef HAVE_PRECOPY
/* Without the flag no arc leads to these states. */
#define VFIO_MIGRATION_PRE_COPY		0
#define VFIO_DEVICE_STATE_PRE_COPY	6
#define VFIO_DEVICE_STATE_PRE_COPY_P2P	7
#endif

#if defined(HAVE_GET_IOMAP)
/* Since 7.2 the core maps all BARs when a device is enabled. */
static inline int vfio_pci_core_setup_barmap(struct vfio_pci_core_device *vdev, int bar)
{
	return PTR_ERR_OR_ZERO((void __force *)vfio_pci_core_get_iomap(vdev, bar));
}
#elif !defined(HAVE_SETUP_BARMAP)
static inline int vfio_pci_core_setup_barmap(struct vfio_pci_core_device *vdev, int bar)
{
	int ret;

	if (vdev->barmap[bar])
		return 0;

	ret = pci_request_selected_regions(vdev->pdev, BIT(bar), "vfio");
	if (ret)
		return ret;

	vdev->barmap[bar] = pci_iomap(vdev->pdev, bar, 0);
	if (vdev->barmap[bar])
		return 0;

	pci_release_selected_regions(vdev->pdev, BIT(bar));
	return -ENOMEM;
}
#endif

#endif
