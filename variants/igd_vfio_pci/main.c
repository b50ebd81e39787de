// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel's graphics, integrated or not: the firmware decides what they are.
 *
 * If it left an OpRegion, a user gets it as a region more, and the configuration
 * space of the host bridge and of the LPC bridge as two others, which the
 * graphics driver reads too. All are copies, made when the device is opened, and
 * read-only. If it left none, this is plain VFIO.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/vfio_pci_core.h>

#include "opregion.h"

#define IGD_ASLS_POS (VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX) + IGD_ASLS)

/**
 * struct igd_device - a display controller
 * @core: what the variant is made of
 * @firmware_asls: where the OpRegion is, read before a user could write to it
 * @asls: what the user sees of that register; his writes go no further
 */
struct igd_device {
	struct vfio_pci_core_device core;
	u32 firmware_asls;
	u8 asls[4];
};

static struct igd_device *to_igd(struct vfio_device *vdev)
{
	return container_of(vdev, struct igd_device, core.vdev);
}

static ssize_t igd_region_rw(struct vfio_pci_core_device *core, char __user *buf, size_t count,
			     loff_t *ppos, bool iswrite)
{
	unsigned int i = VFIO_PCI_OFFSET_TO_INDEX(*ppos) - VFIO_PCI_NUM_REGIONS;
	struct vfio_pci_region *region = &core->region[i];
	loff_t pos = *ppos & VFIO_PCI_OFFSET_MASK;

	if (iswrite || pos >= region->size)
		return -EINVAL;
	count = min_t(size_t, count, region->size - pos);
	if (copy_to_user(buf, region->data + pos, count))
		return -EFAULT;
	*ppos += count;
	return count;
}

static void igd_region_release(struct vfio_pci_core_device *core, struct vfio_pci_region *region)
{
	kvfree(region->data);
}

static const struct vfio_pci_regops igd_region_ops = {
	.rw = igd_region_rw,
	.release = igd_region_release,
};

/* Takes ownership of @data, also on failure. */
static int igd_add_region(struct igd_device *igd, u32 subtype, void *data, size_t size)
{
	int ret = vfio_pci_core_register_dev_region(&igd->core,
			PCI_VENDOR_ID_INTEL | VFIO_REGION_TYPE_PCI_VENDOR_TYPE, subtype,
			&igd_region_ops, size, VFIO_REGION_INFO_FLAG_READ, data);

	if (ret)
		kvfree(data);
	return ret;
}

static void *igd_config_copy(struct pci_dev *bridge)
{
	u32 *copy = kvmalloc(bridge->cfg_size, GFP_KERNEL_ACCOUNT);
	int i;

	for (i = 0; copy && i < bridge->cfg_size / 4; i++) {
		pci_read_config_dword(bridge, i * 4, &copy[i]);
		cpu_to_le32s(&copy[i]);
	}
	return copy;
}

static int igd_add_bridge(struct igd_device *igd, u32 subtype, unsigned int devfn, u32 class)
{
	struct pci_dev *bridge;
	void *copy;
	int ret = 0;

	bridge = pci_get_domain_bus_and_slot(pci_domain_nr(igd->core.pdev->bus), 0, devfn);
	if (bridge && bridge->vendor == PCI_VENDOR_ID_INTEL && bridge->class >> 8 == class) {
		copy = igd_config_copy(bridge);
		ret = copy ? igd_add_region(igd, subtype, copy, bridge->cfg_size) : -ENOMEM;
	}
	pci_dev_put(bridge);
	return ret;
}

static int igd_add_regions(struct igd_device *igd)
{
	size_t size;
	void *copy = igd_opregion_copy(igd->core.pdev, igd->firmware_asls, &size);

	if (IS_ERR_OR_NULL(copy))
		return PTR_ERR_OR_ZERO(copy);
	return igd_add_region(igd, VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION, copy, size) ?:
	       igd_add_bridge(igd, VFIO_REGION_SUBTYPE_INTEL_IGD_HOST_CFG,
			      PCI_DEVFN(0, 0), PCI_CLASS_BRIDGE_HOST) ?:
	       igd_add_bridge(igd, VFIO_REGION_SUBTYPE_INTEL_IGD_LPC_CFG,
			      PCI_DEVFN(0x1f, 0), PCI_CLASS_BRIDGE_ISA);
}

static int igd_open_device(struct vfio_device *vdev)
{
	struct igd_device *igd = to_igd(vdev);
	__le32 asls = cpu_to_le32(igd->firmware_asls);
	int ret;

	ret = vfio_pci_core_enable(&igd->core);
	if (ret)
		return ret;
	memcpy(igd->asls, &asls, sizeof(asls));
	ret = igd_add_regions(igd);
	if (ret) {
		vfio_pci_core_disable(&igd->core); /* this frees the regions */
		return ret;
	}
	vfio_pci_core_finish_enable(&igd->core);
	return 0;
}

/* How many of @count bytes at @pos are ASLS; they begin @before bytes on, at its byte @at. */
static size_t igd_asls_in(loff_t pos, size_t count, size_t *before, size_t *at)
{
	loff_t start = max_t(loff_t, pos, IGD_ASLS_POS);
	loff_t end = min_t(loff_t, pos + count, IGD_ASLS_POS + 4);

	*before = start - pos;
	*at = start - IGD_ASLS_POS;
	return start < end ? end - start : 0;
}

static ssize_t igd_read(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *ppos)
{
	size_t before, at, len;
	loff_t pos = *ppos;
	ssize_t ret;

	ret = vfio_pci_core_read(vdev, buf, count, ppos);
	if (ret <= 0)
		return ret;
	len = igd_asls_in(pos, ret, &before, &at);
	if (len && copy_to_user(buf + before, to_igd(vdev)->asls + at, len))
		return -EFAULT;
	return ret;
}

/* A write that crosses the end of the register is split: the rest is done in the next call. */
static ssize_t igd_write(struct vfio_device *vdev, const char __user *buf, size_t count,
			 loff_t *ppos)
{
	size_t before, at, len;

	len = igd_asls_in(*ppos, count, &before, &at);
	if (!len)
		return vfio_pci_core_write(vdev, buf, count, ppos);
	if (before)
		return vfio_pci_core_write(vdev, buf, before, ppos);
	if (copy_from_user(to_igd(vdev)->asls + at, buf, len))
		return -EFAULT;
	*ppos += len;
	return len;
}

static const struct vfio_device_ops igd_ops = {
	.name		= KBUILD_MODNAME,
	.init		= vfio_pci_core_init_dev,
	.release	= vfio_pci_core_release_dev,
	.open_device	= igd_open_device,
	.close_device	= vfio_pci_core_close_device,
	.ioctl		= vfio_pci_core_ioctl,
	.device_feature	= vfio_pci_core_ioctl_feature,
	.read		= igd_read,
	.write		= igd_write,
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
static const struct vfio_pci_device_ops igd_pci_ops = {
	.get_dmabuf_phys = vfio_pci_core_get_dmabuf_phys,
};
#endif

static int igd_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct igd_device *igd;
	int ret;

	igd = vfio_alloc_device(igd_device, core.vdev, &pdev->dev, &igd_ops);
	if (IS_ERR(igd))
		return PTR_ERR(igd);
	if (pci_read_config_dword(pdev, IGD_ASLS, &igd->firmware_asls))
		igd->firmware_asls = 0;
#ifdef HAVE_PCI_DEVICE_OPS
	igd->core.pci_ops = &igd_pci_ops;
#endif
	dev_set_drvdata(&pdev->dev, &igd->core);
	ret = vfio_pci_core_register_device(&igd->core);
	if (ret)
		vfio_put_device(&igd->core.vdev);
	return ret;
}

static void igd_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

/*
 * Not by PCI_DRIVER_OVERRIDE_DEVICE_VFIO(), which matches any class. These are
 * VGA, 3D and other display controllers.
 */
static const struct pci_device_id igd_table[] = {
	{
		.vendor		= PCI_VENDOR_ID_INTEL,
		.device		= PCI_ANY_ID,
		.subvendor	= PCI_ANY_ID,
		.subdevice	= PCI_ANY_ID,
		.class		= PCI_BASE_CLASS_DISPLAY << 16,
		.class_mask	= 0xff0000,
		.override_only	= PCI_ID_F_VFIO_DRIVER_OVERRIDE,
	},
	{}
};
MODULE_DEVICE_TABLE(pci, igd_table);

static struct pci_driver igd_driver = {
	.name			= KBUILD_MODNAME,
	.id_table		= igd_table,
	.probe			= igd_probe,
	.remove			= igd_remove,
	.err_handler		= &vfio_pci_core_err_handlers,
	.driver_managed_dma	= true,
};
module_pci_driver(igd_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VFIO variant: Intel graphics, with the regions that its driver needs of the firmware");
