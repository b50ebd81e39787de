// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO variant for 1234:7e57: does everything that vfio-pci does, with places for
 * what is special about the device. See docs/writing-a-variant.md.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

/**
 * struct template_vfio_device - a device
 * @core: what the variant is made of; it comes first
 */
struct template_vfio_device {
	struct vfio_pci_core_device core;
};

static struct template_vfio_device *to_template_vfio(struct vfio_device *vdev)
{
	return container_of(vdev, struct template_vfio_device, core.vdev);
}

static int template_vfio_open_device(struct vfio_device *vdev)
{
	struct template_vfio_device *self = to_template_vfio(vdev);
	int ret;

	ret = vfio_pci_core_enable(&self->core);
	if (ret)
		return ret;

	vfio_pci_core_finish_enable(&self->core);
	return 0;
}

static const struct vfio_device_ops template_vfio_ops = {
	.name		= KBUILD_MODNAME,
	.init		= vfio_pci_core_init_dev,
	.release	= vfio_pci_core_release_dev,
	.open_device	= template_vfio_open_device,
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
static const struct vfio_pci_device_ops template_vfio_pci_ops = {
	.get_dmabuf_phys = vfio_pci_core_get_dmabuf_phys,
};
#endif

static int template_vfio_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct template_vfio_device *self;
	int ret;

	/* Not supported by this driver: the next candidate is tried, vfio-pci last. */
	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM))
		return -ENODEV;

	self = vfio_alloc_device(template_vfio_device, core.vdev, &pdev->dev,
				 &template_vfio_ops);
	if (IS_ERR(self))
		return PTR_ERR(self);

#ifdef HAVE_PCI_DEVICE_OPS
	self->core.pci_ops = &template_vfio_pci_ops;
#endif
	/* The core gets its device from drvdata, so set it before registering. */
	dev_set_drvdata(&pdev->dev, &self->core);
	ret = vfio_pci_core_register_device(&self->core);
	if (ret)
		vfio_put_device(&self->core.vdev);
	return ret;
}

static void template_vfio_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

static const struct pci_device_id template_vfio_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(0x1234, 0x7e57) },
	{}
};
MODULE_DEVICE_TABLE(pci, template_vfio_table);

static struct pci_driver template_vfio_driver = {
	.name			= KBUILD_MODNAME,
	.id_table		= template_vfio_table,
	.probe			= template_vfio_probe,
	.remove			= template_vfio_remove,
	.err_handler		= &vfio_pci_core_err_handlers,
	.driver_managed_dma	= true,
};
module_pci_driver(template_vfio_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VFIO variant for 1234:7e57");
