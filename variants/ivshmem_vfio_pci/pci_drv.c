// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VFIO driver for QEMU's ivshmem-plain, with live migration: the bus glue.
 *
 *	pci_drv.c	which devices, probe and remove
 *	vfio_dev.c	what VFIO asks of a device
 *	lm.c		live migration: the state machine
 *	transfer.c	the file that the state is read from or written to
 *	save.c		... read
 *	load.c		... written
 *	stream.c	what is in it: the format
 *	dirty.c		which pages of the RAM are written meanwhile
 *	bar.c		access to the registers and the RAM
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "vfio_dev.h"

static struct ivshmem_device *ivshmem_drvdata(struct pci_dev *pdev)
{
	return container_of(dev_get_drvdata(&pdev->dev), struct ivshmem_device, core);
}

static int ivshmem_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct ivshmem_device *dev;
	int ret;

	/* The registers alone, as of ivshmem-doorbell without a peer's memory. */
	if (!pci_resource_len(pdev, IVSHMEM_BAR_RAM))
		return -ENODEV;

	dev = vfio_alloc_device(ivshmem_device, core.vdev, &pdev->dev, &ivshmem_vfio_ops);
	if (IS_ERR(dev))
		return PTR_ERR(dev);

#ifdef HAVE_PCI_DEVICE_OPS
	dev->core.pci_ops = &ivshmem_pci_ops;
#endif
	/* vfio_pci_core gets its device from drvdata, so set it before registering. */
	dev_set_drvdata(&pdev->dev, &dev->core);
	ret = vfio_pci_core_register_device(&dev->core);
	if (ret)
		vfio_put_device(&dev->core.vdev);
	return ret;
}

static void ivshmem_remove(struct pci_dev *pdev)
{
	struct ivshmem_device *dev = ivshmem_drvdata(pdev);

	vfio_pci_core_unregister_device(&dev->core);
	vfio_put_device(&dev->core.vdev);
}

/*
 * Called with locks of the core held that page faults take, too, above all
 * memory_lock. So it takes no lock and only counts. See ivshmem_state_lock().
 */
static void ivshmem_reset_done(struct pci_dev *pdev)
{
	atomic_inc(&ivshmem_drvdata(pdev)->resets);
}

static const struct pci_error_handlers ivshmem_err_handlers = {
	.reset_done	= ivshmem_reset_done,
	.error_detected	= vfio_pci_core_aer_err_detected,
};

static const struct pci_device_id ivshmem_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_VENDOR_ID_REDHAT_QUMRANET, 0x1110) },
	{}
};
MODULE_DEVICE_TABLE(pci, ivshmem_table);

static struct pci_driver ivshmem_driver = {
	.name			= KBUILD_MODNAME,
	.id_table		= ivshmem_table,
	.probe			= ivshmem_probe,
	.remove			= ivshmem_remove,
	.err_handler		= &ivshmem_err_handlers,
	.driver_managed_dma	= true,
};
module_pci_driver(ivshmem_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VFIO driver for QEMU's ivshmem-plain, with live migration");
