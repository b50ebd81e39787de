// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has come: is it what stream.h says, and does it fit this device?
 *
 * The RAM is written before its checksum is known. That does no harm: from the
 * first byte on the device is half loaded, and only a stream that was good to
 * its end, or a reset, which clears the RAM, makes it run again.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "bar.h"
#include "transfer.h"

static int ivshmem_refuse(struct ivshmem_transfer *transfer, int error, const char *why)
{
	pci_notice_ratelimited(transfer->dev->core.pdev,
			       "migration stream refused in section %u: %s\n",
			       transfer->number, why);
	return error;
}

static u64 ivshmem_expected_length(enum ivshmem_section_type type)
{
	switch (type) {
	case IVSHMEM_SECTION_IDENTITY:
		return sizeof(struct ivshmem_identity);
	case IVSHMEM_SECTION_REGS:
		return sizeof(struct ivshmem_regs);
	default:
		return 0;
	}
}

static bool ivshmem_fits(const struct ivshmem_transfer *transfer)
{
	const struct ivshmem_section_header *header = &transfer->section.header;
	enum ivshmem_section_type type = ivshmem_section_type(&transfer->section);
	u64 address = le64_to_cpu(header->address);
	u64 length = le64_to_cpu(header->length), end;

	if (type != IVSHMEM_SECTION_RAM)
		return !address && length == ivshmem_expected_length(type);

	return length && !check_add_overflow(address, length, &end) &&
	       end <= transfer->dev->ram_size;
}

/* Is a section of this type allowed here, after those that came before? */
static bool ivshmem_in_order(const struct ivshmem_transfer *transfer)
{
	switch (ivshmem_section_type(&transfer->section)) {
	case IVSHMEM_SECTION_IDENTITY:
		return !transfer->number;
	case IVSHMEM_SECTION_RAM:
	case IVSHMEM_SECTION_REGS:
		return transfer->number && !transfer->regs_seen;
	case IVSHMEM_SECTION_END:
		return transfer->regs_seen;
	default:
		return false;
	}
}

static int ivshmem_check_header(struct ivshmem_transfer *transfer)
{
	const struct ivshmem_section_header *header = &transfer->section.header;

	if (le32_to_cpu(header->magic) != IVSHMEM_STREAM_MAGIC)
		return ivshmem_refuse(transfer, -EINVAL, "no section begins there");
	if (le16_to_cpu(header->version) != IVSHMEM_STREAM_VERSION)
		return ivshmem_refuse(transfer, -EPROTONOSUPPORT,
				      "another version, load it with the driver that knows it");
	if (header->zero || le32_to_cpu(header->number) != transfer->number)
		return ivshmem_refuse(transfer, -EINVAL, "another one belongs here");
	if (!ivshmem_in_order(transfer))
		return ivshmem_refuse(transfer, -EINVAL, "its type is not due");
	if (!ivshmem_fits(transfer))
		return ivshmem_refuse(transfer, -EINVAL, "it does not fit the device");
	return 0;
}

static int ivshmem_load_identity(struct ivshmem_transfer *transfer)
{
	const struct ivshmem_identity *identity = &transfer->section.payload.identity;
	struct pci_dev *pdev = transfer->dev->core.pdev;

	if (identity->zero || le16_to_cpu(identity->vendor) != pdev->vendor ||
	    le16_to_cpu(identity->device) != pdev->device ||
	    le64_to_cpu(identity->ram_size) != transfer->dev->ram_size)
		return ivshmem_refuse(transfer, -EINVAL,
				      "from a device of another kind, or with another size of RAM");
	return 0;
}

/* Pages that were received only in part don't count. */
static void ivshmem_load_ram(struct ivshmem_transfer *transfer)
{
	const struct ivshmem_section_header *header = &transfer->section.header;
	u64 address = le64_to_cpu(header->address);
	u64 limit = address + le64_to_cpu(header->length);
	unsigned long first = DIV_ROUND_UP_ULL(address, PAGE_SIZE);
	unsigned long end = limit == transfer->dev->ram_size ? transfer->page_count :
							       limit >> PAGE_SHIFT;

	if (first < end)
		bitmap_clear(transfer->pages, first, end - first);
}

static int ivshmem_section_arrived(struct ivshmem_transfer *transfer)
{
	struct ivshmem_section *section = &transfer->section;

	if (le64_to_cpu(section->checksum) != xxh64_digest(&section->hash))
		return ivshmem_refuse(transfer, -EBADMSG, "its checksum is wrong");

	switch (ivshmem_section_type(section)) {
	case IVSHMEM_SECTION_IDENTITY:
		return ivshmem_load_identity(transfer);
	case IVSHMEM_SECTION_RAM:
		ivshmem_load_ram(transfer);
		return 0;
	case IVSHMEM_SECTION_REGS:
		transfer->regs = section->payload.regs;
		transfer->regs_seen = true;
		return 0;
	case IVSHMEM_SECTION_END:
		transfer->complete = true;
		return 0;
	}
	return 0;
}

int ivshmem_load_check(struct ivshmem_transfer *transfer)
{
	struct ivshmem_section *section = &transfer->section;
	int ret;

	lockdep_assert_held(&transfer->lock);

	if (section->pos == sizeof(section->header))
		return ivshmem_check_header(transfer);
	if (section->pos < sizeof(section->header) ||
	    section->pos < ivshmem_section_size(section))
		return 0;

	ret = ivshmem_section_arrived(transfer);
	if (ret)
		return ret;

	transfer->number++;
	ivshmem_section_init(section, 0, 0, 0, 0);
	return 0;
}

int ivshmem_load_finish(struct ivshmem_transfer *transfer)
{
	int ret;

	mutex_lock(&transfer->lock);
	ret = transfer->error;
	if (!ret && !transfer->complete)
		ret = ivshmem_refuse(transfer, -EINVAL, "it was cut off");
	if (!ret && !bitmap_empty(transfer->pages, transfer->page_count))
		ret = ivshmem_refuse(transfer, -EINVAL, "it lacks a part of the RAM");
	if (!ret)
		ret = ivshmem_bar_finish_load(transfer->dev, &transfer->regs);
	mutex_unlock(&transfer->lock);
	return ret;
}
