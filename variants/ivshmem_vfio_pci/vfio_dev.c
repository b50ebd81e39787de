// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VFIO device operations: those of vfio_pci_core, with live migration and a
 * reset that works even if PCI has none.
 */
#include <linux/uaccess.h>

#include "bar.h"
#include "compat.h"
#include "dirty.h"
#include "lm.h"
#include "vfio_dev.h"

static int ivshmem_init(struct vfio_device *vdev)
{
	struct ivshmem_device *dev = to_ivshmem(vdev);
	int ret;

	ret = vfio_pci_core_init_dev(vdev);
	if (ret)
		return ret;

	mutex_init(&dev->state_mutex);
	dev->ram_size = pci_resource_len(dev->core.pdev, IVSHMEM_BAR_RAM);
	ivshmem_lm_init(dev);
	return 0;
}

static void ivshmem_release(struct vfio_device *vdev)
{
	mutex_destroy(&to_ivshmem(vdev)->state_mutex);
	vfio_pci_core_release_dev(vdev);
}

static int ivshmem_open_device(struct vfio_device *vdev)
{
	struct ivshmem_device *dev = to_ivshmem(vdev);
	int ret;

	ret = vfio_pci_core_enable(&dev->core);
	if (ret)
		return ret;

	ret = vfio_pci_core_setup_barmap(&dev->core, IVSHMEM_BAR_REGS);
	if (!ret)
		ret = vfio_pci_core_setup_barmap(&dev->core, IVSHMEM_BAR_RAM);
	if (ret) {
		vfio_pci_core_disable(&dev->core);
		return ret;
	}

	/* Report that a reset works: if PCI has none, this driver does one. */
	dev->pci_resets = dev->core.reset_works;
	dev->core.reset_works = true;

	ivshmem_lm_open(dev);
	vfio_pci_core_finish_enable(&dev->core);
	return 0;
}

static void ivshmem_close_device(struct vfio_device *vdev)
{
	ivshmem_lm_close(to_ivshmem(vdev));
	vfio_pci_core_close_device(vdev);
}

static long ivshmem_reset(struct ivshmem_device *dev, unsigned long arg)
{
	long ret = 0;

	if (dev->pci_resets) {
		ret = vfio_pci_core_ioctl(&dev->core.vdev, VFIO_DEVICE_RESET, arg);
	} else {
		ivshmem_bar_reset_regs(dev);
		atomic_inc(&dev->resets);
	}

	ivshmem_lm_sync(dev);
	return ret;
}

/* Refuse ioeventfds to the RAM: the core would write to it without dirty tracking. */
static bool ivshmem_is_ram_ioeventfd(unsigned long arg)
{
	struct vfio_device_ioeventfd ioeventfd;

	return !copy_from_user(&ioeventfd, (void __user *)arg, sizeof(ioeventfd)) &&
	       VFIO_PCI_OFFSET_TO_INDEX(ioeventfd.offset) == IVSHMEM_BAR_RAM;
}

static long ivshmem_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	if (cmd == VFIO_DEVICE_RESET)
		return ivshmem_reset(to_ivshmem(vdev), arg);

	if (cmd == VFIO_DEVICE_IOEVENTFD && ivshmem_is_ram_ioeventfd(arg))
		return -EINVAL;

	return vfio_pci_core_ioctl(vdev, cmd, arg);
}

/* Mark the page after the data is written: if it was sent before that, it is sent again. */
static ssize_t ivshmem_write(struct vfio_device *vdev, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	loff_t pos = *ppos;
	ssize_t ret;

	ret = vfio_pci_core_write(vdev, buf, count, ppos);
	if (VFIO_PCI_OFFSET_TO_INDEX(pos) == IVSHMEM_BAR_RAM)
		ivshmem_dirty_written(to_ivshmem(vdev), pos & VFIO_PCI_OFFSET_MASK, count);
	return ret;
}

const struct vfio_device_ops ivshmem_vfio_ops = {
	.name		= KBUILD_MODNAME,
	.init		= ivshmem_init,
	.release	= ivshmem_release,
	.open_device	= ivshmem_open_device,
	.close_device	= ivshmem_close_device,
	.ioctl		= ivshmem_ioctl,
	.device_feature	= vfio_pci_core_ioctl_feature,
	.read		= vfio_pci_core_read,
	.write		= ivshmem_write,
	.mmap		= ivshmem_dirty_mmap,
	.request	= vfio_pci_core_request,
	.match		= vfio_pci_core_match,
#ifdef HAVE_MATCH_TOKEN_UUID
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#endif
#ifdef HAVE_REGION_INFO_CAPS
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
#endif
#ifdef HAVE_VFIO_IOMMUFD
	.bind_iommufd	= vfio_iommufd_physical_bind,
	.unbind_iommufd	= vfio_iommufd_physical_unbind,
	.attach_ioas	= vfio_iommufd_physical_attach_ioas,
#endif
#ifdef HAVE_VFIO_IOMMUFD_DETACH
	.detach_ioas	= vfio_iommufd_physical_detach_ioas,
#endif
#ifdef HAVE_VFIO_IOMMUFD_PASID
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,
	.pasid_detach_ioas = vfio_iommufd_physical_pasid_detach_ioas,
#endif
};

#ifdef HAVE_PCI_DEVICE_OPS
const struct vfio_pci_device_ops ivshmem_pci_ops = {
	.get_dmabuf_phys = NULL, /* what other devices write to the RAM is not tracked */
};
#endif
