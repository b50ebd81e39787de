// SPDX-License-Identifier: GPL-2.0-only
/* Access to the device: the registers in one BAR, the RAM in another. */
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "bar.h"
#include "transfer.h"
#include "vfio_dev.h"

#define IVSHMEM_REG_INTR_MASK	0
#define IVSHMEM_REG_INTR_STATUS	4

/* Pages of user space that are pinned at a time; page faults wait meanwhile. */
#define IVSHMEM_BATCH		32

/* The command register, to be given back to ivshmem_bar_put(), or an errno. */
static int ivshmem_bar_get(struct ivshmem_device *dev)
{
	struct pci_dev *pdev = dev->core.pdev;
	u16 command;

	down_write(&dev->core.memory_lock);
	if (!ivshmem_bar_powered(pdev)) {
		up_write(&dev->core.memory_lock);
		return -EIO;
	}

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	return command;
}

static void ivshmem_bar_put(struct ivshmem_device *dev, int command)
{
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(dev->core.pdev, PCI_COMMAND, command);
	up_write(&dev->core.memory_lock);
}

/*
 * memcpy_fromio() and memcpy_toio() copy four bytes at a time on x86, and each
 * access to an uncached mapping is slow. This copies words in bursts: first all
 * reads, then all writes.
 */
#define IVSHMEM_BURST		64

static void ivshmem_read_ram(u64 *to, const void __iomem *from, size_t count)
{
	u64 a, b, c, d, e, f, g, h;

	for (; count >= IVSHMEM_BURST; count -= IVSHMEM_BURST, from += IVSHMEM_BURST) {
		a = __raw_readq(from);
		b = __raw_readq(from + 8);
		c = __raw_readq(from + 16);
		d = __raw_readq(from + 24);
		e = __raw_readq(from + 32);
		f = __raw_readq(from + 40);
		g = __raw_readq(from + 48);
		h = __raw_readq(from + 56);
		*to++ = a;
		*to++ = b;
		*to++ = c;
		*to++ = d;
		*to++ = e;
		*to++ = f;
		*to++ = g;
		*to++ = h;
	}
	memcpy_fromio(to, from, count);
}

static void ivshmem_write_ram(void __iomem *to, const u64 *from, size_t count)
{
	u64 a, b, c, d, e, f, g, h;

	for (; count >= IVSHMEM_BURST; count -= IVSHMEM_BURST, to += IVSHMEM_BURST) {
		a = *from++;
		b = *from++;
		c = *from++;
		d = *from++;
		e = *from++;
		f = *from++;
		g = *from++;
		h = *from++;
		__raw_writeq(a, to);
		__raw_writeq(b, to + 8);
		__raw_writeq(c, to + 16);
		__raw_writeq(d, to + 24);
		__raw_writeq(e, to + 32);
		__raw_writeq(f, to + 40);
		__raw_writeq(g, to + 48);
		__raw_writeq(h, to + 56);
	}
	memcpy_toio(to, from, count);
}

static bool ivshmem_in_words(const void *bytes, const void __iomem *ram)
{
	return IS_ALIGNED((unsigned long)bytes | (unsigned long)ram, sizeof(u64));
}

static void ivshmem_save_bytes(struct ivshmem_transfer *transfer, void *bytes,
			       const void __iomem *ram, size_t count)
{
	if (ivshmem_in_words(bytes, ram))
		ivshmem_read_ram(bytes, ram, count);
	else
		memcpy_fromio(bytes, ram, count);
	xxh64_update(&transfer->section.hash, bytes, count);
}

static void ivshmem_load_bytes(struct ivshmem_transfer *transfer, const void *bytes,
			       void __iomem *ram, size_t count)
{
	xxh64_update(&transfer->section.hash, bytes, count);
	if (ivshmem_in_words(bytes, ram))
		ivshmem_write_ram(ram, bytes, count);
	else
		memcpy_toio(ram, bytes, count);
}

/* Copies between the RAM and pages; the data begins at @offset in the first one. */
static void ivshmem_copy_pages(struct ivshmem_transfer *transfer, struct page **pages,
			       size_t offset, size_t count)
{
	void __iomem *ram = transfer->dev->core.barmap[IVSHMEM_BAR_RAM] +
			    le64_to_cpu(transfer->section.header.address) +
			    transfer->section.pos - sizeof(transfer->section.header);
	size_t part;
	void *page;

	for (; count; count -= part, ram += part, offset = 0) {
		part = min(count, PAGE_SIZE - offset);
		page = kmap_local_page(*pages++);
		if (transfer->kind == IVSHMEM_LOAD)
			ivshmem_load_bytes(transfer, page + offset, ram, part);
		else
			ivshmem_save_bytes(transfer, page + offset, ram, part);
		kunmap_local(page);
	}
}

static int ivshmem_copy_ram(struct ivshmem_transfer *transfer, struct page **pages,
			    size_t offset, size_t count)
{
	struct ivshmem_device *dev = transfer->dev;
	int command, ret = 0;

	command = ivshmem_bar_get(dev);
	if (command < 0)
		return command;

	/* A reset clears a half-loaded RAM; nothing must come after it. */
	if (ivshmem_transfer_void(transfer)) {
		ret = -ENODEV;
	} else {
		dev->half_loaded |= transfer->kind == IVSHMEM_LOAD;
		ivshmem_copy_pages(transfer, pages, offset, count);
	}
	ivshmem_bar_put(dev, command);
	return ret;
}

/**
 * ivshmem_bar_copy_ram() - copy the payload of a section that is RAM
 * @transfer: says which part of the RAM, and in which direction
 * @buf: in user space; memory, and not another device's
 * @count: bytes, at most what is left of the payload
 *
 * The pages of user space are pinned and copied to or from as they are, since a
 * copy in between would take as long as the one that is needed. What is copied
 * is added to the section's hash.
 *
 * Return: how many bytes were copied, which may be less than @count, or -errno.
 */
ssize_t ivshmem_bar_copy_ram(struct ivshmem_transfer *transfer, char __user *buf, size_t count)
{
	bool load = transfer->kind == IVSHMEM_LOAD;
	unsigned long start = (unsigned long)buf;
	size_t offset = offset_in_page(start);
	struct page *pages[IVSHMEM_BATCH];
	int pinned, ret;

	count = min(count, sizeof(pages) / sizeof(*pages) * PAGE_SIZE - offset);
	pinned = pin_user_pages_fast(start - offset, DIV_ROUND_UP(offset + count, PAGE_SIZE),
				     load ? 0 : FOLL_WRITE, pages);
	if (pinned <= 0)
		return pinned ?: -EFAULT;

	count = min(count, pinned * PAGE_SIZE - offset);
	ret = ivshmem_copy_ram(transfer, pages, offset, count);
	unpin_user_pages_dirty_lock(pages, pinned, !load);
	return ret ?: count;
}

/* Reading the status clears it, so write it back: the save may be cancelled. */
int ivshmem_bar_get_regs(struct ivshmem_device *dev, struct ivshmem_regs *regs)
{
	void __iomem *bar = dev->core.barmap[IVSHMEM_BAR_REGS];
	int command = ivshmem_bar_get(dev);
	u32 status;

	if (command < 0)
		return command;

	status = readl(bar + IVSHMEM_REG_INTR_STATUS);
	writel(status, bar + IVSHMEM_REG_INTR_STATUS);
	regs->intr_status = cpu_to_le32(status);
	regs->intr_mask = cpu_to_le32(readl(bar + IVSHMEM_REG_INTR_MASK));
	ivshmem_bar_put(dev, command);
	return 0;
}

static void ivshmem_set_regs(struct ivshmem_device *dev, const struct ivshmem_regs *regs)
{
	void __iomem *bar = dev->core.barmap[IVSHMEM_BAR_REGS];

	writel(le32_to_cpu(regs->intr_mask), bar + IVSHMEM_REG_INTR_MASK);
	writel(le32_to_cpu(regs->intr_status), bar + IVSHMEM_REG_INTR_STATUS);
}

int ivshmem_bar_finish_load(struct ivshmem_device *dev, const struct ivshmem_regs *regs)
{
	int command = ivshmem_bar_get(dev);

	if (command < 0)
		return command;

	ivshmem_set_regs(dev, regs);
	dev->half_loaded = false;
	ivshmem_bar_put(dev, command);
	return 0;
}

int ivshmem_bar_reset_regs(struct ivshmem_device *dev)
{
	static const struct ivshmem_regs zero;
	int command = ivshmem_bar_get(dev);

	if (command < 0)
		return command;

	ivshmem_set_regs(dev, &zero);
	ivshmem_bar_put(dev, command);
	return 0;
}

void ivshmem_bar_discard_load(struct ivshmem_device *dev)
{
	int command = ivshmem_bar_get(dev);

	if (command < 0)
		return;

	if (dev->half_loaded)
		memset_io(dev->core.barmap[IVSHMEM_BAR_RAM], 0, dev->ram_size);
	dev->half_loaded = false;
	ivshmem_bar_put(dev, command);
}
