// SPDX-License-Identifier: GPL-2.0-only
/* A section of the migration stream as a row of bytes, for both directions. */
#include <linux/build_bug.h>

#include "stream.h"

static_assert(sizeof(struct ivshmem_section_header) == 32);
static_assert(sizeof(struct ivshmem_identity) == 16);
static_assert(sizeof(struct ivshmem_regs) == 8);

/**
 * ivshmem_section_init() - begin a section
 * @section: whatever is left in it of the last one, but its payload, is gone
 * @type: of the section
 * @number: in the stream, from 0
 * @address: in the RAM, or 0
 * @length: of the payload, in bytes
 *
 * The reader of a stream passes zeroes, and has the header overwritten.
 */
void ivshmem_section_init(struct ivshmem_section *section, enum ivshmem_section_type type,
			  u32 number, u64 address, u64 length)
{
	section->header = (struct ivshmem_section_header) {
		.magic		= cpu_to_le32(IVSHMEM_STREAM_MAGIC),
		.version	= cpu_to_le16(IVSHMEM_STREAM_VERSION),
		.type		= cpu_to_le16(type),
		.number		= cpu_to_le32(number),
		.address	= cpu_to_le64(address),
		.length		= cpu_to_le64(length),
	};
	section->pos = 0;
	xxh64_reset(&section->hash, 0);
}

/**
 * ivshmem_section_next() - where the next bytes of a section are, or belong
 * @section: of which not all has passed
 * @left: how many bytes follow there
 *
 * Return: a place in @section, or NULL if the RAM itself is it.
 */
void *ivshmem_section_next(struct ivshmem_section *section, size_t *left)
{
	u64 payload_end;

	if (section->pos < sizeof(section->header)) {
		*left = sizeof(section->header) - section->pos;
		return (u8 *)&section->header + section->pos;
	}

	payload_end = ivshmem_section_payload_end(section);
	if (section->pos < payload_end) {
		*left = payload_end - section->pos;
		if (ivshmem_section_type(section) == IVSHMEM_SECTION_RAM)
			return NULL;
		return (u8 *)&section->payload + section->pos - sizeof(section->header);
	}

	*left = ivshmem_section_size(section) - section->pos;
	return (u8 *)&section->checksum + section->pos - payload_end;
}

/**
 * ivshmem_section_pass() - bytes have passed
 * @section: whose they are
 * @count: at most as many as ivshmem_section_next() said
 *
 * Adds them to the hash, but for the RAM, of which who copied it has done so.
 */
void ivshmem_section_pass(struct ivshmem_section *section, size_t count)
{
	size_t left;
	void *bytes = ivshmem_section_next(section, &left);

	if (bytes && (section->pos < sizeof(section->header) ||
		      section->pos < ivshmem_section_payload_end(section)))
		xxh64_update(&section->hash, bytes, count);
	section->pos += count;
}
