// SPDX-License-Identifier: GPL-2.0-or-later
/* The migration stream of ivshmem_vfio_pci, as variants/ivshmem_vfio_pci/stream.h says. */
#define _GNU_SOURCE
#include <endian.h>
#include <string.h>

#include "migrate.h"

static const uint64_t P1 = 0x9e3779b185ebca87, P2 = 0xc2b2ae3d27d4eb4f, P3 = 0x165667b19e3779f9,
		      P4 = 0x85ebca77c2b2ae63, P5 = 0x27d4eb2f165667c5;

static uint64_t turn(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t word(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return le64toh(value);
}

static uint64_t lane(uint64_t acc, uint64_t value)
{
	return turn(acc + value * P2, 31) * P1;
}

static uint64_t stripes(const uint8_t **at, const uint8_t *end)
{
	uint64_t acc[4] = { P1 + P2, P2, 0, -P1 }, hash;

	for (; end - *at >= 32; *at += 32)
		for (int i = 0; i < 4; i++)
			acc[i] = lane(acc[i], word(*at + 8 * i, 8));

	hash = turn(acc[0], 1) + turn(acc[1], 7) + turn(acc[2], 12) + turn(acc[3], 18);
	for (int i = 0; i < 4; i++)
		hash = (hash ^ lane(0, acc[i])) * P1 + P4;
	return hash;
}

uint64_t xxh64(const uint8_t *at, size_t size)
{
	const uint8_t *end = at + size;
	uint64_t hash = size < 32 ? P5 : stripes(&at, end);

	hash += size;
	for (; end - at >= 8; at += 8)
		hash = turn(hash ^ lane(0, word(at, 8)), 27) * P1 + P4;
	for (; end - at >= 4; at += 4)
		hash = turn(hash ^ word(at, 4) * P1, 23) * P2 + P3;
	for (; at < end; at++)
		hash = turn(hash ^ *at * P5, 11) * P1;

	hash = (hash ^ hash >> 33) * P2;
	hash = (hash ^ hash >> 29) * P3;
	return hash ^ hash >> 32;
}

static struct section section_at(const struct bytes *state, size_t at, size_t number)
{
	const uint8_t *data = state->data + at;
	struct section section = { .at = at };

	check(state->size - at >= HEADER + CHECKSUM);
	check(!memcmp(data, "IVSM", 4));
	check(word(data + AT_VERSION, 2) == 1);
	check(word(data + AT_NUMBER, 4) == number);
	section.type = word(data + AT_TYPE, 2);
	section.address = word(data + AT_ADDRESS, 8);
	section.size = HEADER + word(data + AT_LENGTH, 8) + CHECKSUM;
	check(section.size <= state->size - at);
	check(word(data + section.size - CHECKSUM, 8) == xxh64(data, section.size - CHECKSUM));
	return section;
}

size_t sections_of(const struct bytes *state, struct section **sections)
{
	size_t count = 0, at = 0;

	*sections = NULL;
	while (at < state->size) {
		*sections = realloc(*sections, (count + 1) * sizeof(**sections));
		check(*sections);
		(*sections)[count] = section_at(state, at, count);
		at += (*sections)[count++].size;
	}
	return count;
}

void section_sign(struct bytes *state, const struct section *section)
{
	uint8_t *data = state->data + section->at;
	uint64_t checksum = htole64(xxh64(data, section->size - CHECKSUM));

	memcpy(data + section->size - CHECKSUM, &checksum, CHECKSUM);
}
