// SPDX-License-Identifier: GPL-2.0-or-later
/* A device's state as bytes: out of it, and into another. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "migrate.h"

void bytes_reserve(struct bytes *bytes, size_t room)
{
	if (room <= bytes->room)
		return;

	if (room < 2 * bytes->room)
		room = 2 * bytes->room;
	bytes->data = realloc(bytes->data, room);
	check(bytes->data);
	bytes->room = room;
}

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	bytes_reserve(bytes, bytes->size + size);
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

bool state_drain(int fd, struct bytes *state, size_t piece)
{
	for (;;) {
		ssize_t got;

		bytes_reserve(state, state->size + piece);
		got = read(fd, state->data + state->size, piece);
		if (!got)
			return true;
		if (got < 0 && errno == ENOMSG)
			return false;
		if (got < 0)
			die("reading the state: %s", strerror(errno));
		state->size += got;
	}
}

int state_feed(int fd, const struct bytes *state, size_t piece)
{
	size_t done = 0;

	while (done < state->size) {
		size_t left = state->size - done;
		ssize_t put = write(fd, state->data + done, left < piece ? left : piece);

		if (put < 0)
			return -errno;
		check(put > 0);
		done += put;
	}
	return 0;
}

void state_save(struct device *device, struct bytes *state, size_t piece)
{
	int fd = device_set_state(device, VFIO_DEVICE_STATE_STOP_COPY);

	check(fd >= 0);
	check(state_drain(fd, state, piece));
	device_set_state(device, VFIO_DEVICE_STATE_RUNNING);
	close(fd);
}

void state_load(struct device *device, const struct bytes *state, size_t piece)
{
	int fd = device_set_state(device, VFIO_DEVICE_STATE_RESUMING), ret;

	check(fd >= 0);
	ret = state_feed(fd, state, piece);
	if (ret)
		die("loading the state: %s", strerror(-ret));
	device_set_state(device, VFIO_DEVICE_STATE_RUNNING);
	close(fd);
}

/* No two words alike, so that what is in the wrong place is found. */
void fill(struct device *device, uint32_t seed)
{
	uint32_t *words = (uint32_t *)device->ram;

	for (size_t i = 0; i < device->ram_size / 4; i++)
		words[i] = (seed << 24) ^ (i * 2654435761u);
	device_write_reg(device, REG_INTR_MASK, seed);
	device_write_reg(device, REG_INTR_STATUS, ~seed);
}

/* Reading the status clears it, so it is read last and once. */
void expect_equal(struct device *from, struct device *to)
{
	for (size_t at = 0; at < from->ram_size; at += PAGE)
		if (memcmp(from->ram + at, to->ram + at, PAGE))
			die("the RAM of %s and %s differs in page %zu", from->vfio.address,
			    to->vfio.address, at / PAGE);

	for (unsigned int reg = REG_INTR_MASK; reg <= REG_INTR_STATUS; reg += 4) {
		uint32_t was = device_read_reg(from, reg), is = device_read_reg(to, reg);

		if (was != is)
			die("register %u was %#x and is %#x", reg, was, is);
	}
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
