// SPDX-License-Identifier: GPL-2.0-only
/*
 * A narrow variant: one NVMe controller of one subsystem vendor, and no others.
 *
 * User space reaches the controller's registers, the first 4 KiB of BAR 0, by
 * read() and write() only, so that each write is looked at; the doorbells
 * behind them it may map. A controller is stopped when it is handed over and
 * when it comes back, also if nothing can reset the function.
 */
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/nvme.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>
#include <linux/vfio_pci_core.h>

/* BAR 0 is region 0, so an offset in the file is one in the BAR. */
#define SNAP_FIRST_MAPPABLE	PAGE_ALIGN(NVME_REG_DBS)
#define SNAP_ADMIN_QUEUE_END	(NVME_REG_ACQ + 8)

/**
 * struct snap_device - a controller
 * @core: what the variant is made of
 * @regs: the registers, while the device is open
 * @lock: no other write between the look at CC and the write that depends on it
 */
struct snap_device {
	struct vfio_pci_core_device core;
	void __iomem *regs;
	struct mutex lock; /* of writes to @regs */
};

static struct snap_device *to_snap(struct vfio_device *vdev)
{
	return container_of(vdev, struct snap_device, core.vdev);
}

/* Can the controller be accessed? It must be in D0 with memory decoding on. */
static int snap_stop(struct snap_device *snap)
{
	u32 halves = max(1, NVME_CAP_TIMEOUT(readl(snap->regs + NVME_REG_CAP)));
	u32 version = readl(snap->regs + NVME_REG_VS);
	u32 cc = readl(snap->regs + NVME_REG_CC);
	u32 csts;
	int ret;

	if (!version || version == U32_MAX)
		return -EIO;
	if (cc & NVME_CC_ENABLE)
		writel(cc & ~NVME_CC_ENABLE, snap->regs + NVME_REG_CC);
	/* A controller may take two minutes: stop waiting if the program is killed. */
	ret = readl_poll_timeout(snap->regs + NVME_REG_CSTS, csts,
				 !(csts & NVME_CSTS_RDY) || csts == U32_MAX ||
				 fatal_signal_pending(current),
				 USEC_PER_MSEC, halves * USEC_PER_SEC / 2);
	if (ret || !(csts & NVME_CSTS_RDY))
		return ret;
	return csts == U32_MAX ? -EIO : -EINTR;
}

static int snap_open_device(struct vfio_device *vdev)
{
	struct snap_device *snap = to_snap(vdev);
	struct pci_dev *pdev = snap->core.pdev;
	int ret;

	ret = vfio_pci_core_enable(&snap->core);
	if (ret)
		return ret;
	snap->regs = pci_iomap_range(pdev, 0, 0, NVME_REG_DBS);
	if (!snap->regs) {
		ret = -ENOMEM;
		goto err_disable;
	}
	ret = snap_stop(snap);
	if (ret) {
		pci_warn(pdev, "the controller does not stop: %pe\n", ERR_PTR(ret));
		goto err_unmap;
	}
	vfio_pci_core_finish_enable(&snap->core);
	return 0;

err_unmap:
	pci_iounmap(pdev, snap->regs);
err_disable:
	vfio_pci_core_disable(&snap->core);
	return ret;
}

/* User space may have left the device in D3, or its BARs off; the core restores both. */
static void snap_close_device(struct vfio_device *vdev)
{
	struct snap_device *snap = to_snap(vdev);
	struct pci_dev *pdev = snap->core.pdev;
	int ret = pm_runtime_resume_and_get(&pdev->dev);
	u16 cmd;

	if (!ret) {
		pci_set_power_state(pdev, PCI_D0);
		pci_read_config_word(pdev, PCI_COMMAND, &cmd);
		pci_write_config_word(pdev, PCI_COMMAND, cmd | PCI_COMMAND_MEMORY);
		ret = snap_stop(snap);
		pm_runtime_put(&pdev->dev);
	}
	if (ret && ret != -EINTR)
		pci_warn(pdev, "the controller does not stop: %pe\n", ERR_PTR(ret));
	pci_iounmap(pdev, snap->regs);
	vfio_pci_core_close_device(vdev);
}

/* If the BARs are off, the core returns the error, after this. */
static bool snap_enabled(struct snap_device *snap)
{
	struct vfio_pci_core_device *core = &snap->core;
	u32 cc = 0;

	down_read(&core->memory_lock);
	if (core->pdev->current_state == PCI_D0 &&
	    (core->pdev->no_command_memory || core->vconfig[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		cc = readl(snap->regs + NVME_REG_CC);
	up_read(&core->memory_lock);
	return cc & NVME_CC_ENABLE;
}

static int snap_check_write(struct snap_device *snap, loff_t pos, size_t count)
{
	loff_t end = pos + count;

	lockdep_assert_held(&snap->lock);
	if ((count != 4 && count != 8) || pos % count)
		return -EINVAL;
	/*
	 * An NSSR would reset the other controllers of the subsystem, which the
	 * user may not have.
	 */
	if (pos < NVME_REG_NSSR + 4 && end > NVME_REG_NSSR)
		return -EPERM;
	if (pos < SNAP_ADMIN_QUEUE_END && end > NVME_REG_AQA && snap_enabled(snap))
		return -EBUSY;
	return 0;
}

static ssize_t snap_write(struct vfio_device *vdev, const char __user *buf, size_t count,
			  loff_t *ppos)
{
	struct snap_device *snap = to_snap(vdev);
	ssize_t ret;

	if (*ppos >= NVME_REG_DBS)
		return vfio_pci_core_write(vdev, buf, count, ppos);

	if (pm_runtime_resume_and_get(&snap->core.pdev->dev))
		return -EIO;
	mutex_lock(&snap->lock);
	ret = snap_check_write(snap, *ppos, count);
	if (!ret)
		ret = vfio_pci_core_write(vdev, buf, count, ppos);
	mutex_unlock(&snap->lock);
	pm_runtime_put(&snap->core.pdev->dev);
	return ret;
}

static int snap_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff < SNAP_FIRST_MAPPABLE >> PAGE_SHIFT)
		return -EINVAL;
	return vfio_pci_core_mmap(vdev, vma);
}

/* Of BAR 0 only what is behind the registers may be mapped. */
struct snap_mappable {
	struct vfio_region_info_cap_sparse_mmap sparse;
	struct vfio_region_sparse_mmap_area area;
};

static void snap_fill_info(struct snap_device *snap, struct vfio_region_info *info,
			   struct snap_mappable *cap)
{
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		      VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	info->offset = 0;
	info->size = pci_resource_len(snap->core.pdev, 0);
	*cap = (struct snap_mappable) {
		.sparse.header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
		.sparse.header.version = 1,
		.sparse.nr_areas = 1,
		.area.offset = SNAP_FIRST_MAPPABLE,
		.area.size = info->size - SNAP_FIRST_MAPPABLE,
	};
}

#ifdef HAVE_REGION_INFO_CAPS
static int snap_get_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
				struct vfio_info_cap *caps)
{
	struct snap_mappable cap;

	if (info->index != VFIO_PCI_BAR0_REGION_INDEX)
		return vfio_pci_ioctl_get_region_info(vdev, info, caps);
	snap_fill_info(to_snap(vdev), info, &cap);
	return vfio_info_add_capability(caps, &cap.sparse.header, sizeof(cap));
}
#else
static long snap_bar_info(struct snap_device *snap, struct vfio_region_info __user *arg, u32 argsz)
{
	struct {
		struct vfio_region_info info;
		struct snap_mappable cap;
	} bar = { .info.argsz = sizeof(bar) };

	snap_fill_info(snap, &bar.info, &bar.cap);
	/* If the user's buffer is too small, argsz returns the required size. */
	if (argsz < sizeof(bar))
		return copy_to_user(arg, &bar, sizeof(bar.info)) ? -EFAULT : 0;
	bar.info.cap_offset = offsetof(typeof(bar), cap);
	return copy_to_user(arg, &bar, sizeof(bar)) ? -EFAULT : 0;
}

static long snap_region_info_ioctl(struct vfio_device *vdev, unsigned long arg)
{
	struct vfio_region_info __user *uinfo = (void __user *)arg;
	struct vfio_region_info info;

	if (copy_from_user(&info, uinfo, offsetofend(struct vfio_region_info, offset)))
		return -EFAULT;
	if (info.argsz >= sizeof(info) && info.index == VFIO_PCI_BAR0_REGION_INDEX)
		return snap_bar_info(to_snap(vdev), uinfo, info.argsz);
	return vfio_pci_core_ioctl(vdev, VFIO_DEVICE_GET_REGION_INFO, arg);
}
#endif

static long snap_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	/* An ioeventfd would write to the registers without calling snap_write(). */
	if (cmd == VFIO_DEVICE_IOEVENTFD)
		return -ENOTTY;
#ifndef HAVE_REGION_INFO_CAPS
	if (cmd == VFIO_DEVICE_GET_REGION_INFO)
		return snap_region_info_ioctl(vdev, arg);
#endif
	return vfio_pci_core_ioctl(vdev, cmd, arg);
}

static int snap_init_dev(struct vfio_device *vdev)
{
	mutex_init(&to_snap(vdev)->lock);
	return vfio_pci_core_init_dev(vdev);
}

static const struct vfio_device_ops snap_ops = {
	.name		= KBUILD_MODNAME,
	.init		= snap_init_dev,
	.release	= vfio_pci_core_release_dev,
	.open_device	= snap_open_device,
	.close_device	= snap_close_device,
	.ioctl		= snap_ioctl,
	.device_feature	= vfio_pci_core_ioctl_feature,
	.read		= vfio_pci_core_read,
	.write		= snap_write,
	.mmap		= snap_mmap,
	.request	= vfio_pci_core_request,
	.match		= vfio_pci_core_match,
#ifdef HAVE_MATCH_TOKEN_UUID
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#endif
#ifdef HAVE_REGION_INFO_CAPS
	.get_region_info_caps = snap_get_region_info,
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
/* By a dma-buf of the registers another device could write to them. */
static int snap_get_dmabuf_phys(struct vfio_pci_core_device *core,
				struct p2pdma_provider **provider, unsigned int region,
				struct phys_vec *phys_vec,
				struct vfio_region_dma_range *ranges, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (region == VFIO_PCI_BAR0_REGION_INDEX &&
		    ranges[i].offset < SNAP_FIRST_MAPPABLE)
			return -EINVAL;
	return vfio_pci_core_get_dmabuf_phys(core, provider, region, phys_vec, ranges, count);
}

static const struct vfio_pci_device_ops snap_pci_ops = {
	.get_dmabuf_phys = snap_get_dmabuf_phys,
};
#endif

static int snap_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct snap_device *snap;
	int ret;

	/*
	 * Refuse a controller whose doorbells can't be mapped, and a device that
	 * is not an NVMe controller: vfio-pci is the next candidate.
	 */
	if (pdev->class != PCI_CLASS_STORAGE_EXPRESS ||
	    !(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) <= SNAP_FIRST_MAPPABLE)
		return -ENODEV;

	snap = vfio_alloc_device(snap_device, core.vdev, &pdev->dev, &snap_ops);
	if (IS_ERR(snap))
		return PTR_ERR(snap);
#ifdef HAVE_PCI_DEVICE_OPS
	snap->core.pci_ops = &snap_pci_ops;
#endif
	/* The core gets its own struct from drvdata: @core is the first member. */
	dev_set_drvdata(&pdev->dev, &snap->core);
	ret = vfio_pci_core_register_device(&snap->core);
	if (ret)
		vfio_put_device(&snap->core.vdev);
	return ret;
}

static void snap_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

/*
 * Not by PCI_DRIVER_OVERRIDE_DEVICE_VFIO(), which matches any subsystem. The
 * class is left open, because libvirt ignores an alias that names one; the probe
 * checks it.
 */
static const struct pci_device_id snap_table[] = {
	{
		.vendor		= PCI_VENDOR_ID_REDHAT,
		.device		= 0x0010,
		.subvendor	= PCI_SUBVENDOR_ID_REDHAT_QUMRANET,
		.subdevice	= PCI_ANY_ID,
		.override_only	= PCI_ID_F_VFIO_DRIVER_OVERRIDE,
	},
	{}
};
MODULE_DEVICE_TABLE(pci, snap_table);

static struct pci_driver snap_driver = {
	.name			= KBUILD_MODNAME,
	.id_table		= snap_table,
	.probe			= snap_probe,
	.remove			= snap_remove,
	.err_handler		= &vfio_pci_core_err_handlers,
	.driver_managed_dma	= true,
};
module_pci_driver(snap_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VFIO variant: NVMe controllers of one subsystem vendor, their admin registers trapped");
