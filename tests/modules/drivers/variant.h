/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the test variants have in common. A header and not an object: one
 * object in several modules is a warning at W=1.
 */
#ifndef TEST_VARIANT_H
#define TEST_VARIANT_H

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

static int variant_open_device(struct vfio_device *core_vdev)
{
	struct vfio_pci_core_device *vdev =
		container_of(core_vdev, struct vfio_pci_core_device, vdev);
	int ret;

	ret = vfio_pci_core_enable(vdev);
	if (ret)
		return ret;

	vfio_pci_core_finish_enable(vdev);
	return 0;
}

static const struct vfio_device_ops variant_ops = {
	.name		= KBUILD_MODNAME,
	.init		= vfio_pci_core_init_dev,
	.release	= vfio_pci_core_release_dev,
	.open_device	= variant_open_device,
	.close_device	= vfio_pci_core_close_device,
	.ioctl		= vfio_pci_core_ioctl,
	.device_feature	= vfio_pci_core_ioctl_feature,
	.read		= vfio_pci_core_read,
	.write		= vfio_pci_core_write,
	.mmap		= vfio_pci_core_mmap,
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
static const struct vfio_pci_device_ops variant_pci_ops = {
	.get_dmabuf_phys = vfio_pci_core_get_dmabuf_phys,
};
#endif

static int variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci_core_device *vdev;
	int ret;

	vdev = vfio_alloc_device(vfio_pci_core_device, vdev, &pdev->dev,
				 &variant_ops);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);

#ifdef HAVE_PCI_DEVICE_OPS
	vdev->pci_ops = &variant_pci_ops;
#endif
	/* vfio_pci_core finds its device here, so before it registers. */
	dev_set_drvdata(&pdev->dev, vdev);
	ret = vfio_pci_core_register_device(vdev);
	if (ret)
		vfio_put_device(&vdev->vdev);
	return ret;
}

static void variant_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *vdev = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(vdev);
	vfio_put_device(&vdev->vdev);
}

/* The driver, named after its module, with a probe of its own if need be. */
#define MODULE_VARIANT(_table, _probe, _description)			\
	static struct pci_driver variant_driver = {			\
		.name			= KBUILD_MODNAME,		\
		.id_table		= _table,			\
		.probe			= _probe,			\
		.remove			= variant_remove,		\
		.err_handler		= &vfio_pci_core_err_handlers,	\
		.driver_managed_dma	= true,				\
	};								\
	module_pci_driver(variant_driver);				\
	MODULE_LICENSE("GPL");						\
	MODULE_DESCRIPTION(_description)

#endif
