// SPDX-License-Identifier: GPL-2.0-only
/* Saving: decides what to send next. */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "bar.h"
#include "dirty.h"
#include "transfer.h"

/* The maximum length of a section of RAM, so that only a small part is sent again. */
#define IVSHMEM_RUN_PAGES	(SZ_256K / PAGE_SIZE)

static void ivshmem_save_begin(struct ivshmem_transfer *transfer, enum ivshmem_section_type type,
			       u64 address, u64 length)
{
	ivshmem_section_init(&transfer->section, type, transfer->number++, address, length);
}

static int ivshmem_save_identity(struct ivshmem_transfer *transfer)
{
	struct pci_dev *pdev = transfer->dev->core.pdev;

	transfer->section.payload.identity = (struct ivshmem_identity) {
		.vendor		= cpu_to_le16(pdev->vendor),
		.device		= cpu_to_le16(pdev->device),
		.ram_size	= cpu_to_le64(transfer->dev->ram_size),
	};
	ivshmem_save_begin(transfer, IVSHMEM_SECTION_IDENTITY, 0,
			   sizeof(struct ivshmem_identity));
	return 1;
}

static int ivshmem_save_regs(struct ivshmem_transfer *transfer)
{
	int ret = ivshmem_bar_get_regs(transfer->dev, &transfer->section.payload.regs);

	if (ret)
		return ret;

	ivshmem_save_begin(transfer, IVSHMEM_SECTION_REGS, 0, sizeof(struct ivshmem_regs));
	return 1;
}

static int ivshmem_save_end(struct ivshmem_transfer *transfer)
{
	ivshmem_save_begin(transfer, IVSHMEM_SECTION_END, 0, 0);
	return 1;
}

/*
 * Continue after the last page that was sent, so that a page that is always dirty
 * does not delay others.
 */
static unsigned long ivshmem_find_page(struct ivshmem_transfer *transfer)
{
	unsigned long page;

	page = find_next_bit(transfer->pages, transfer->page_count, transfer->cursor);
	if (page < transfer->page_count)
		return page;

	transfer->first_pass = false;
	return find_first_bit(transfer->pages, transfer->page_count);
}

static bool ivshmem_save_ram(struct ivshmem_transfer *transfer)
{
	unsigned long first = ivshmem_find_page(transfer), end;
	u64 address, limit;

	if (first >= transfer->page_count)
		return false;

	end = min(first + IVSHMEM_RUN_PAGES, transfer->page_count);
	end = find_next_zero_bit(transfer->pages, end, first);
	transfer->cursor = end;
	ivshmem_dirty_take(transfer, first, end - first);

	address = (u64)first << PAGE_SHIFT;
	limit = min((u64)end << PAGE_SHIFT, transfer->dev->ram_size);
	ivshmem_save_begin(transfer, IVSHMEM_SECTION_RAM, address, limit - address);
	return true;
}

int ivshmem_save_next(struct ivshmem_transfer *transfer)
{
	lockdep_assert_held(&transfer->lock);

	if (!transfer->number)
		return ivshmem_save_identity(transfer);

	switch (ivshmem_section_type(&transfer->section)) {
	case IVSHMEM_SECTION_END:
		return 0;
	case IVSHMEM_SECTION_REGS:
		return ivshmem_save_end(transfer);
	default:
		if (ivshmem_save_ram(transfer))
			return 1;
		return transfer->stopped ? ivshmem_save_regs(transfer) : -ENOMSG;
	}
}

void ivshmem_save_stopped(struct ivshmem_transfer *transfer)
{
	mutex_lock(&transfer->lock);
	transfer->stopped = true;
	mutex_unlock(&transfer->lock);
	wake_up_all(&transfer->wait);
}

unsigned long ivshmem_save_size(struct ivshmem_device *dev, struct ivshmem_transfer *transfer)
{
	const u64 frame = sizeof(struct ivshmem_section_header) + sizeof(__le64);
	u64 ram = dev->ram_size, pages;

	if (transfer && transfer->kind != IVSHMEM_LOAD)
		ram = (u64)bitmap_weight(transfer->pages, transfer->page_count) << PAGE_SHIFT;

	/* In the worst case every page has a section of its own. */
	pages = DIV_ROUND_UP_ULL(ram, PAGE_SIZE);
	return ram + pages * frame + 3 * frame + sizeof(struct ivshmem_identity) +
	       sizeof(struct ivshmem_regs);
}
