// SPDX-License-Identifier: GPL-2.0-only
/* The file that a device's state is read from, or written to. */
#include <linux/anon_inodes.h>
#include <linux/bitmap.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pm_runtime.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "bar.h"
#include "dirty.h"
#include "transfer.h"

bool ivshmem_transfer_void(struct ivshmem_transfer *transfer)
{
	lockdep_assert_held(&transfer->lock);
	return transfer->ended || atomic_read(&transfer->dev->resets) != transfer->resets;
}

/* Copies bytes either of the section or of the RAM, as many as there are and fit. */
static ssize_t ivshmem_copy(struct ivshmem_transfer *transfer, char __user *buf, size_t count)
{
	struct ivshmem_section *section = &transfer->section;
	ssize_t copied;
	size_t left;
	void *bytes;

	bytes = ivshmem_section_next(section, &left);
	copied = min(count, left);
	if (!bytes)
		copied = ivshmem_bar_copy_ram(transfer, buf, copied);
	else if (transfer->kind == IVSHMEM_LOAD ? copy_from_user(bytes, buf, copied) :
						  copy_to_user(buf, bytes, copied))
		copied = -EFAULT;

	if (copied > 0)
		ivshmem_section_pass(section, copied);
	return copied;
}

static ssize_t ivshmem_copy_out(struct ivshmem_transfer *transfer, char __user *buf, size_t count)
{
	struct ivshmem_section *section = &transfer->section;
	int ret;

	if (section->pos == ivshmem_section_size(section)) {
		ret = ivshmem_save_next(transfer);
		if (ret <= 0)
			return ret;
	}
	if (section->pos == ivshmem_section_payload_end(section))
		section->checksum = cpu_to_le64(xxh64_digest(&section->hash));
	return ivshmem_copy(transfer, buf, count);
}

static ssize_t ivshmem_copy_in(struct ivshmem_transfer *transfer, char __user *buf, size_t count)
{
	ssize_t copied;

	if (transfer->error)
		return transfer->error;

	if (transfer->complete) {
		transfer->error = -EINVAL;
		return transfer->error;
	}

	copied = ivshmem_copy(transfer, buf, count);
	if (copied > 0)
		transfer->error = ivshmem_load_check(transfer);
	return transfer->error ?: copied;
}

static ssize_t ivshmem_transfer_rw(struct file *file, char __user *buf, size_t count)
{
	struct ivshmem_transfer *transfer = file->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	if (mutex_lock_interruptible(&transfer->lock))
		return -ERESTARTSYS;

	while (done < count) {
		if (ivshmem_transfer_void(transfer))
			ret = -ENODEV;
		else if (signal_pending(current))
			ret = -ERESTARTSYS;
		else if (transfer->kind == IVSHMEM_LOAD)
			ret = ivshmem_copy_in(transfer, buf + done, count - done);
		else
			ret = ivshmem_copy_out(transfer, buf + done, count - done);
		if (ret <= 0)
			break;
		done += ret;
		cond_resched();
	}

	/* If the stream is refused, return the error from this write. */
	if (done && !transfer->error)
		ret = done;
	mutex_unlock(&transfer->lock);
	return ret;
}

static ssize_t ivshmem_transfer_read(struct file *file, char __user *buf, size_t count,
				     loff_t *pos)
{
	return ivshmem_transfer_rw(file, buf, count);
}

static ssize_t ivshmem_transfer_write(struct file *file, const char __user *buf, size_t count,
				      loff_t *pos)
{
	return ivshmem_transfer_rw(file, (char __user *)buf, count);
}

static __poll_t ivshmem_transfer_poll(struct file *file, poll_table *wait)
{
	struct ivshmem_transfer *transfer = file->private_data;
	bool ready;

	poll_wait(file, &transfer->wait, wait);

	mutex_lock(&transfer->lock);
	ready = transfer->stopped || ivshmem_transfer_void(transfer) || !transfer->number ||
		transfer->section.pos < ivshmem_section_size(&transfer->section) ||
		!bitmap_empty(transfer->pages, transfer->page_count);
	mutex_unlock(&transfer->lock);
	return ready ? EPOLLIN | EPOLLRDNORM : 0;
}

static int ivshmem_transfer_release(struct inode *inode, struct file *file)
{
	struct ivshmem_transfer *transfer = file->private_data;

	mutex_destroy(&transfer->lock);
	kvfree(transfer->pages);
	kfree(transfer);
	return 0;
}

static const struct file_operations ivshmem_save_fops = {
	.owner		= THIS_MODULE,
	.read		= ivshmem_transfer_read,
	.poll		= ivshmem_transfer_poll,
#ifdef HAVE_PRECOPY
	.unlocked_ioctl	= ivshmem_dirty_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
#endif
	.release	= ivshmem_transfer_release,
};

static const struct file_operations ivshmem_load_fops = {
	.owner		= THIS_MODULE,
	.write		= ivshmem_transfer_write,
	.release	= ivshmem_transfer_release,
};

static struct ivshmem_transfer *ivshmem_transfer_alloc(struct ivshmem_device *dev,
						       enum ivshmem_transfer_kind kind)
{
	struct ivshmem_transfer *transfer;

	transfer = kzalloc(sizeof(*transfer), GFP_KERNEL_ACCOUNT);
	if (!transfer)
		return NULL;

	transfer->page_count = DIV_ROUND_UP_ULL(dev->ram_size, PAGE_SIZE);
	transfer->pages = kvcalloc(BITS_TO_LONGS(transfer->page_count), sizeof(long),
				   GFP_KERNEL_ACCOUNT);
	if (!transfer->pages) {
		kfree(transfer);
		return NULL;
	}

	bitmap_fill(transfer->pages, transfer->page_count);
	transfer->dev = dev;
	transfer->kind = kind;
	transfer->stopped = kind == IVSHMEM_SAVE_STOPPED;
	transfer->first_pass = true;
	transfer->resets = dev->resets_seen;
	mutex_init(&transfer->lock);
	init_waitqueue_head(&transfer->wait);
	ivshmem_section_init(&transfer->section, 0, 0, 0, 0);
	if (kind != IVSHMEM_LOAD)
		transfer->section.pos = ivshmem_section_size(&transfer->section);
	return transfer;
}

/**
 * ivshmem_transfer_begin() - begin to save or to load a device's state
 * @dev: the device, open, its state_mutex held
 * @kind: of the transfer
 *
 * Return: the transfer, with a reference to its file that
 * ivshmem_transfer_end() drops, or an ERR_PTR().
 */
struct ivshmem_transfer *ivshmem_transfer_begin(struct ivshmem_device *dev,
						enum ivshmem_transfer_kind kind)
{
	bool load = kind == IVSHMEM_LOAD;
	struct ivshmem_transfer *transfer;
	int ret;

	transfer = ivshmem_transfer_alloc(dev, kind);
	if (!transfer)
		return ERR_PTR(-ENOMEM);

	/* Reads and writes of this file don't go through VFIO, which would wake the device. */
	ret = pm_runtime_resume_and_get(&dev->core.pdev->dev);
	if (ret)
		goto err_free;

	transfer->file = anon_inode_getfile("[ivshmem-migration]",
					    load ? &ivshmem_load_fops : &ivshmem_save_fops,
					    transfer, load ? O_WRONLY : O_RDONLY);
	if (IS_ERR(transfer->file)) {
		ret = PTR_ERR(transfer->file);
		goto err_pm_put;
	}

	stream_open(file_inode(transfer->file), transfer->file);
	if (kind == IVSHMEM_SAVE_RUNNING)
		ivshmem_dirty_track(transfer);
	return transfer;

err_pm_put:
	pm_runtime_put(&dev->core.pdev->dev);
err_free:
	mutex_destroy(&transfer->lock);
	kvfree(transfer->pages);
	kfree(transfer);
	return ERR_PTR(ret);
}

/**
 * ivshmem_transfer_end() - end it, whatever its user still does with the file
 * @transfer: not to be used any more
 *
 * Waits for a read or write under way.
 */
void ivshmem_transfer_end(struct ivshmem_transfer *transfer)
{
	if (transfer->kind == IVSHMEM_SAVE_RUNNING)
		ivshmem_dirty_untrack(transfer);

	mutex_lock(&transfer->lock);
	transfer->ended = true;
	mutex_unlock(&transfer->lock);

	wake_up_all(&transfer->wait);
	pm_runtime_put(&transfer->dev->core.pdev->dev);
	fput(transfer->file);
}
