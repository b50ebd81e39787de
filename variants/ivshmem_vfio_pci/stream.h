/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The migration stream.
 *
 * A stream is a row of sections, each of a header, a payload and a checksum,
 * without gaps. Numbers are little-endian. A section's bytes are
 *
 *	 0	magic, "IVSM"
 *	 4	version of the format: 1
 *	 6	type of the section
 *	 8	its number in the stream, from 0
 *	12	0
 *	16	address, for a section of RAM, else 0
 *	24	n, length of the payload
 *	32	payload
 *	32 + n	XXH64, seed 0, of all that comes before it in the section
 *
 * and the types, in the order of the stream,
 *
 *	1	identity, one: which devices can load this; 16 bytes
 *			0 PCI vendor, 2 PCI device, 4 zero, 8 length of the RAM
 *	2	RAM, any number: that part of the BAR from the address on;
 *		what is sent again replaces what was sent before
 *	3	registers, one: 0 interrupt mask, 4 interrupt status; 8 bytes
 *	4	end, one, no payload
 *
 * The parts of the RAM cover all of it. The configuration space is not in the
 * stream: it is emulated, and whoever emulates the machine moves it.
 *
 * A reader checks everything that it does not use, too, and nothing that it
 * can't check is in the stream, so any bit that is flipped is found. A section
 * that is lost or moved is found by the number, a stream that is cut by its
 * end. A change that a reader of version 1 would get wrong makes it version 2;
 * all sections bear the same.
 *
 * XXH64 and not a CRC: the checksum is to find what went wrong on the way, and
 * must not cost more than to copy the RAM does.
 */
#ifndef IVSHMEM_STREAM_H
#define IVSHMEM_STREAM_H

#include <asm/byteorder.h>
#include <linux/types.h>
#include <linux/xxhash.h>

#define IVSHMEM_STREAM_MAGIC	0x4d535649
#define IVSHMEM_STREAM_VERSION	1

enum ivshmem_section_type {
	IVSHMEM_SECTION_IDENTITY = 1,
	IVSHMEM_SECTION_RAM = 2,
	IVSHMEM_SECTION_REGS = 3,
	IVSHMEM_SECTION_END = 4,
};

struct ivshmem_section_header {
	__le32 magic;
	__le16 version;
	__le16 type;
	__le32 number;
	__le32 zero;
	__le64 address;
	__le64 length;
};

struct ivshmem_identity {
	__le16 vendor;
	__le16 device;
	__le32 zero;
	__le64 ram_size;
};

struct ivshmem_regs {
	__le32 intr_mask;
	__le32 intr_status;
};

/**
 * struct ivshmem_section - the section that is passing, in either direction
 * @header: as it is in the stream
 * @payload: that too, if it is not the RAM's
 * @checksum: that too
 * @pos: how many bytes of the section have passed
 * @hash: of what has passed
 */
struct ivshmem_section {
	struct ivshmem_section_header header;
	union {
		struct ivshmem_identity identity;
		struct ivshmem_regs regs;
	} payload;
	__le64 checksum;
	u64 pos;
	struct xxh64_state hash;
};

void ivshmem_section_init(struct ivshmem_section *section, enum ivshmem_section_type type,
			  u32 number, u64 address, u64 length);
void *ivshmem_section_next(struct ivshmem_section *section, size_t *left);
void ivshmem_section_pass(struct ivshmem_section *section, size_t count);

static inline enum ivshmem_section_type ivshmem_section_type(const struct ivshmem_section *section)
{
	return le16_to_cpu(section->header.type);
}

static inline u64 ivshmem_section_payload_end(const struct ivshmem_section *section)
{
	return sizeof(section->header) + le64_to_cpu(section->header.length);
}

static inline u64 ivshmem_section_size(const struct ivshmem_section *section)
{
	return ivshmem_section_payload_end(section) + sizeof(section->checksum);
}

#endif
