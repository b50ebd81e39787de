// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams that must not be loaded, and what the device is afterwards. */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"

static struct device *target;
static struct bytes good, bad;
static struct section *sections;
static size_t section_count;
static int refused;

static void start_over(void)
{
	bad.size = 0;
	bytes_add(&bad, good.data, good.size);
}

static void expect_clear(const char *what, size_t where)
{
	static const uint8_t zero[PAGE];

	for (size_t at = 0; at < target->ram_size; at += PAGE)
		if (memcmp(target->ram + at, zero, PAGE))
			die("%s at %zu: after the reset page %zu is half loaded", what, where,
			    at / PAGE);
	check(!device_read_reg(target, REG_INTR_MASK) &&
	      !device_read_reg(target, REG_INTR_STATUS));
}

/*
 * What is in @bad is refused, by write() with @error or, if that is 0, at its
 * end; the device can't be made to run, and a reset leaves nothing of it.
 */
static void expect_refused(const char *what, size_t where, int error)
{
	int fd = device_set_state(target, VFIO_DEVICE_STATE_RESUMING), none, ret;

	ret = state_feed(fd, &bad, 1 << 20);
	if (error && ret != -error)
		die("%s at %zu: write says %s", what, where, strerror(-ret));

	ret = device_try_state(target, VFIO_DEVICE_STATE_RUNNING, &none);
	if (!ret || device_state(target) != VFIO_DEVICE_STATE_ERROR)
		die("%s at %zu: it runs, or could: %s, %s", what, where, strerror(-ret),
		    state_name(device_state(target)));
	check(device_try_state(target, VFIO_DEVICE_STATE_RUNNING, &none) == -EIO);
	check(write(fd, "I", 1) < 0 && errno == ENODEV);

	device_reset(target);
	check(device_state(target) == VFIO_DEVICE_STATE_RUNNING);
	expect_clear(what, where);
	close(fd);
	refused++;
}

static void flip(size_t at, int bit)
{
	start_over();
	bad.data[at] ^= 1 << bit;
	expect_refused("a flipped bit", at, 0);
}

/* Every byte of what frames it and of a small payload, and some of the RAM. */
static void flipped(void)
{
	for (size_t i = 0; i < section_count; i++) {
		const struct section *section = &sections[i];
		size_t step = section->type == RAM ? section->size / 5 - 1 : 1;

		for (size_t at = 0; at < HEADER; at++)
			flip(section->at + at, (at + i) % 8);
		for (size_t at = HEADER; at < section->size - CHECKSUM; at += step)
			flip(section->at + at, (at + i) % 8);
		for (size_t at = 1; at <= CHECKSUM; at++)
			flip(section->at + section->size - at, (at + i) % 8);
	}
}

static void cut_at(size_t size)
{
	start_over();
	bad.size = size;
	expect_refused("a cut", size, 0);
}

static void cut(void)
{
	for (size_t i = 0; i < section_count; i++) {
		cut_at(sections[i].at);
		cut_at(sections[i].at + 1);
		cut_at(sections[i].at + HEADER);
		cut_at(sections[i].at + sections[i].size / 2);
		cut_at(sections[i].at + sections[i].size - 1);
	}
}

static void add_section(size_t i)
{
	bytes_add(&bad, good.data + sections[i].at, sections[i].size);
}

static void reordered(void)
{
	for (size_t i = 0; i + 1 < section_count; i++) {
		bad.size = 0;
		for (size_t j = 0; j < section_count; j++)
			add_section(j == i ? i + 1 : j == i + 1 ? i : j);
		expect_refused("two that are swapped", i, EINVAL);
	}
	for (size_t i = 0; i < section_count; i++) {
		bad.size = 0;
		for (size_t j = 0; j < section_count; j++)
			if (j != i)
				add_section(j);
		expect_refused("one that is missing", i, i + 1 < section_count ? EINVAL : 0);

		bad.size = 0;
		for (size_t j = 0; j < section_count; j++) {
			add_section(j);
			if (j == i)
				add_section(j);
		}
		expect_refused("one that comes twice", i, EINVAL);
	}
}

/* Fields with a lie in them, and a checksum that is right. */
static void put(size_t i, size_t at, uint64_t value, size_t size)
{
	value = htole64(value);
	memcpy(bad.data + sections[i].at + at, &value, size);
}

static void lie(const char *what, size_t i, size_t at, uint64_t value, size_t size, int error)
{
	start_over();
	put(i, at, value, size);
	section_sign(&bad, &sections[i]);
	expect_refused(what, i, error);
}

static void later_version(void)
{
	start_over();
	for (size_t i = 0; i < section_count; i++) {
		put(i, AT_VERSION, 2, 2);
		section_sign(&bad, &sections[i]);
	}
	expect_refused("a later version", 0, EPROTONOSUPPORT);
}

static void lies(void)
{
	uint64_t size = target->ram_size;

	lie("another vendor", 0, HEADER, 0x8086, 2, EINVAL);
	lie("another device", 0, HEADER + 2, 0x1111, 2, EINVAL);
	lie("more RAM", 0, HEADER + 8, 2 * size, 8, EINVAL);
	lie("less RAM", 0, HEADER + 8, size / 2, 8, EINVAL);
	lie("an identity of 4 GiB", 0, AT_LENGTH, 1ull << 32, 8, EINVAL);
	lie("RAM outside the BAR", 1, AT_ADDRESS, size, 8, EINVAL);
	lie("RAM across its end", 1, AT_ADDRESS, size - PAGE, 8, EINVAL);
	lie("RAM that wraps around", 1, AT_ADDRESS, -(uint64_t)PAGE, 8, EINVAL);
	lie("endless RAM", 1, AT_LENGTH, UINT64_MAX, 8, EINVAL);
	lie("no RAM", 1, AT_LENGTH, 0, 8, EINVAL);
	lie("an unknown type", 1, AT_TYPE, 77, 2, EINVAL);
	lie("RAM in the wrong place, so that a part is missing", 1, AT_ADDRESS,
	    sections[2].address, 8, 0);
	lie("registers too long", section_count - 2, AT_LENGTH, 16, 8, EINVAL);
	lie("an end that is not", section_count - 1, AT_LENGTH, 1, 8, EINVAL);
}

static void more_than_all(void)
{
	start_over();
	bytes_add(&bad, "I", 1);
	expect_refused("a byte after the end", bad.size, EINVAL);
}

/* Closed in the middle of a load; the next user finds nothing of it. */
static void left_half(void)
{
	const char *address = target->vfio.address;
	int fd = device_set_state(target, VFIO_DEVICE_STATE_RESUMING);

	start_over();
	bad.size /= 2;
	check(!state_feed(fd, &bad, 1 << 20));
	device_close(target);
	check(write(fd, "I", 1) < 0 && errno == ENODEV);
	close(fd);
	device_open(target, address);
	check(device_state(target) == VFIO_DEVICE_STATE_RUNNING);
	expect_clear("a load that was left", 0);
}

static void begin(struct device *from, struct device *to)
{
	target = to;
	fill(from, 0xba);
	memset(to->ram, 0, to->ram_size);
	state_save(from, &good, 1 << 20);
	section_count = sections_of(&good, &sections);
}

static void end(struct device *from, struct device *to)
{
	fill(to, 0x11);
	state_load(to, &good, 1 << 20);
	expect_equal(from, to);
	printf("%d bad streams refused, %zu sections, then a good one loaded\n", refused,
	       section_count);
	bytes_free(&good);
	bytes_free(&bad);
	free(sections);
}

void one_of_each(struct device *from, struct device *to)
{
	begin(from, to);
	flip(sections[1].at + sections[1].size / 2, 3);
	cut_at(sections[1].at + sections[1].size);
	left_half();
	end(from, to);
}

void bad_streams(struct device *from, struct device *to)
{
	begin(from, to);
	check(section_count > 4);
	check(sections[0].type == IDENTITY && sections[1].type == RAM && sections[2].type == RAM);
	check(sections[section_count - 2].type == REGS && sections[section_count - 1].type == END);

	flipped();
	cut();
	reordered();
	later_version();
	lies();
	more_than_all();
	left_half();
	end(from, to);
}
