// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of the RAM are written while the device runs.
 *
 * While a transfer tracks them, a page that was sent is unmapped. A read maps
 * it again, read-only; a write marks it and maps it writable, so it faults once
 * until it is sent again. All of that is under core.memory_lock: faults take it
 * for reading, whoever takes a page to send it, for writing.
 *
 * Not seen are writes by other devices, to which user space may have mapped the
 * RAM, and by other users of the same memory on the host.
 */
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "bar.h"
#include "dirty.h"

static u64 ivshmem_ram_offset(pgoff_t pgoff)
{
	return ((u64)pgoff << PAGE_SHIFT) & VFIO_PCI_OFFSET_MASK;
}

static void ivshmem_unmap(struct ivshmem_device *dev, u64 start, u64 length)
{
	unmap_mapping_range(dev->core.vdev.inode->i_mapping,
			    VFIO_PCI_INDEX_TO_OFFSET(IVSHMEM_BAR_RAM) + start, length, true);
}

static void ivshmem_set_tracker(struct ivshmem_device *dev, struct ivshmem_transfer *transfer)
{
	down_write(&dev->core.memory_lock);
	dev->tracker = transfer;
	up_write(&dev->core.memory_lock);
}

/* No page has been sent yet, so none has to be unmapped. */
void ivshmem_dirty_track(struct ivshmem_transfer *transfer)
{
	ivshmem_set_tracker(transfer->dev, transfer);
}

void ivshmem_dirty_untrack(struct ivshmem_transfer *transfer)
{
	ivshmem_set_tracker(transfer->dev, NULL);
}

void ivshmem_dirty_take(struct ivshmem_transfer *transfer, unsigned long first,
			unsigned long count)
{
	struct ivshmem_device *dev = transfer->dev;

	down_write(&dev->core.memory_lock);
	bitmap_clear(transfer->pages, first, count);
	if (dev->tracker)
		ivshmem_unmap(dev, (u64)first << PAGE_SHIFT, (u64)count << PAGE_SHIFT);
	up_write(&dev->core.memory_lock);
}

static void ivshmem_mark(struct ivshmem_device *dev, unsigned long page)
{
	struct ivshmem_transfer *tracker = dev->tracker;

	lockdep_assert_held(&dev->core.memory_lock);

	if (tracker && !test_and_set_bit(page, tracker->pages))
		wake_up(&tracker->wait);
}

void ivshmem_dirty_written(struct ivshmem_device *dev, u64 start, size_t count)
{
	u64 end = min(start + count, dev->ram_size);

	down_read(&dev->core.memory_lock);
	for (start = round_down(start, PAGE_SIZE); start < end; start += PAGE_SIZE)
		ivshmem_mark(dev, start >> PAGE_SHIFT);
	up_read(&dev->core.memory_lock);
}

/* The same check as in vfio_pci_core, whose function is not exported. */
static bool ivshmem_mappable(struct vfio_pci_core_device *core)
{
	u16 command = le16_to_cpu(*(__le16 *)&core->vconfig[PCI_COMMAND]);

	return !core->pm_runtime_engaged && ivshmem_bar_powered(core->pdev) &&
	       command & PCI_COMMAND_MEMORY;
}

/* That of the mapping is read-only, since it has a pfn_mkwrite(). */
static pgprot_t ivshmem_writable(struct vm_area_struct *vma)
{
	return pgprot_decrypted(pgprot_noncached(vm_get_page_prot(vma->vm_flags)));
}

static vm_fault_t ivshmem_map_locked(struct ivshmem_device *dev, struct vm_fault *vmf)
{
	u64 offset = ivshmem_ram_offset(vmf->pgoff);
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	pgprot_t prot;

	if (!ivshmem_mappable(&dev->core) || offset >= dev->ram_size)
		return VM_FAULT_SIGBUS;

	if (write)
		ivshmem_mark(dev, offset >> PAGE_SHIFT);

	/*
	 * If no transfer tracks writes, map it writable at once, so that the
	 * first write does not fault.
	 */
	prot = write || !dev->tracker ? ivshmem_writable(vmf->vma) : vmf->vma->vm_page_prot;
	return vmf_insert_pfn_prot(vmf->vma, vmf->address & PAGE_MASK,
				   (pci_resource_start(dev->core.pdev, IVSHMEM_BAR_RAM) + offset)
				   >> PAGE_SHIFT, prot);
}

static vm_fault_t ivshmem_fault(struct vm_fault *vmf)
{
	struct vfio_pci_core_device *core = vmf->vma->vm_private_data;
	struct ivshmem_device *dev = container_of(core, struct ivshmem_device, core);
	vm_fault_t ret;

	down_read(&core->memory_lock);
	ret = ivshmem_map_locked(dev, vmf);
	up_read(&core->memory_lock);
	return ret;
}

/*
 * A write to a page that is mapped read-only. Letting the mm upgrade the entry
 * would race with dirty tracking: after this returns, the page may be sent,
 * unmapped, and mapped again by a reader, and the mm would find the entry
 * unchanged. So map it anew, under the lock.
 */
static vm_fault_t ivshmem_mkwrite(struct vm_fault *vmf)
{
	struct vfio_pci_core_device *core = vmf->vma->vm_private_data;
	struct ivshmem_device *dev = container_of(core, struct ivshmem_device, core);

	ivshmem_unmap(dev, ivshmem_ram_offset(vmf->pgoff), PAGE_SIZE);
	return ivshmem_fault(vmf);
}

static const struct vm_operations_struct ivshmem_vm_ops = {
	.fault		= ivshmem_fault,
	.pfn_mkwrite	= ivshmem_mkwrite,
};

int ivshmem_dirty_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	int ret = vfio_pci_core_mmap(vdev, vma);

	if (!ret && VFIO_PCI_OFFSET_TO_INDEX((u64)vma->vm_pgoff << PAGE_SHIFT) == IVSHMEM_BAR_RAM)
		vma->vm_ops = &ivshmem_vm_ops;
	return ret;
}

static u64 ivshmem_pages_to_bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

/* Without the headers of the sections: their number is not known. */
static void ivshmem_left(struct ivshmem_transfer *transfer, struct vfio_precopy_info *info)
{
	const struct ivshmem_section *section = &transfer->section;
	unsigned long all = bitmap_weight(transfer->pages, transfer->page_count);
	unsigned long again = bitmap_weight(transfer->pages, transfer->cursor);

	if (!transfer->first_pass)
		again = all;
	info->initial_bytes = ivshmem_pages_to_bytes(all - again);
	info->dirty_bytes = ivshmem_pages_to_bytes(again);
	*(transfer->first_pass ? &info->initial_bytes : &info->dirty_bytes) +=
		ivshmem_section_size(section) - section->pos;
}

static long ivshmem_precopy_info(struct ivshmem_transfer *transfer, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vfio_precopy_info info = {};
	long ret = 0;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	mutex_lock(&transfer->lock);
	if (ivshmem_transfer_void(transfer))
		ret = -ENODEV;
	else if (transfer->stopped)
		ret = -EINVAL;
	else
		ivshmem_left(transfer, &info);
	mutex_unlock(&transfer->lock);
	if (ret)
		return ret;

	info.flags = 0;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

long ivshmem_dirty_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	return ivshmem_precopy_info(file->private_data, (void __user *)arg);
}
