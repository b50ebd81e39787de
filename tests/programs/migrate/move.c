// SPDX-License-Identifier: GPL-2.0-or-later
/* A device moves to another one while its user goes on writing. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "migrate.h"

/*
 * What a guest would do: read and write its memory, mostly in one part of it, and
 * write through the device's file.
 */
struct guest {
	struct device *device;
	pthread_t threads[2];
	atomic_bool stop;
	atomic_ulong writes;
};

static void *writer(void *arg)
{
	struct guest *guest = arg;
	struct device *device = guest->device;
	uint32_t random = 1;

	while (!guest->stop) {
		uint64_t at;

		random = random * 1664525 + 1013904223;
		at = random % device->ram_size & ~7ull;
		if (guest->writes % 4096)
			at %= device->ram_size / 8;
		if (random >> 28)
			memcpy(device->ram + at, &random, 4);
		else
			check(pwrite(device->vfio.device, &random, 4, device->ram_at + at) == 4);
		guest->writes++;
	}
	return NULL;
}

/* So that pages are mapped read-only before they are written. */
static void *reader(void *arg)
{
	struct guest *guest = arg;
	volatile uint8_t *ram = guest->device->ram;

	while (!guest->stop)
		for (size_t at = 0; at < guest->device->ram_size && !guest->stop; at += PAGE)
			(void)ram[at];
	return NULL;
}

static void guest_start(struct guest *guest)
{
	check(!pthread_create(&guest->threads[0], NULL, writer, guest));
	check(!pthread_create(&guest->threads[1], NULL, reader, guest));
}

static void guest_stop(struct guest *guest)
{
	guest->stop = true;
	pthread_join(guest->threads[0], NULL);
	pthread_join(guest->threads[1], NULL);
}

static struct vfio_precopy_info precopy_info(int fd)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	if (ioctl(fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
		die("the size of what is left: %s", strerror(errno));
	return info;
}

/* Some rounds through the whole RAM, each while the guest writes. */
static void copy_running(struct device *from, int out, int in, size_t piece)
{
	size_t goal = 3 * from->ram_size, copied = 0;
	struct bytes part = { 0 };

	check(precopy_info(out).initial_bytes >= from->ram_size);
	check(!precopy_info(out).dirty_bytes);
	bytes_reserve(&part, piece);
	while (copied < goal) {
		ssize_t got = read(out, part.data, piece);

		if (got < 0 && errno == ENOMSG)
			continue;
		check(got > 0);
		part.size = got;
		check(!state_feed(in, &part, piece));
		copied += got;
	}
	check(!precopy_info(out).initial_bytes);
	bytes_free(&part);
}

/* As a guest leaves its devices before its drivers find them. */
static void move_asleep(struct device *from, struct device *to, size_t piece)
{
	struct bytes state = { 0 };

	fill(from, 0x66);
	device_memory(from, false);
	device_memory(to, false);
	state_save(from, &state, piece);
	state_load(to, &state, piece);
	device_memory(from, true);
	device_memory(to, true);
	expect_equal(from, to);
	bytes_free(&state);
}

void move(struct device *from, struct device *to, size_t piece, bool precopy)
{
	struct guest guest = { .device = from };
	struct bytes rest = { 0 };
	int out = -1, in;

	fill(from, 0x5a);
	fill(to, 0xa5);
	in = device_set_state(to, VFIO_DEVICE_STATE_RESUMING);
	guest_start(&guest);
	if (precopy) {
		out = device_set_state(from, VFIO_DEVICE_STATE_PRE_COPY);
		copy_running(from, out, in, piece);
		guest_stop(&guest);
		check(device_set_state(from, VFIO_DEVICE_STATE_STOP_COPY) == -1);
	} else {
		while (guest.writes < 1000)
			usleep(1000);
		guest_stop(&guest);
		out = device_set_state(from, VFIO_DEVICE_STATE_STOP_COPY);
	}

	check(state_drain(out, &rest, piece));
	check(!state_feed(in, &rest, piece));
	device_set_state(to, VFIO_DEVICE_STATE_RUNNING);
	device_set_state(from, VFIO_DEVICE_STATE_RUNNING);
	expect_equal(from, to);
	printf("moved %zu KiB of RAM, %zu KiB of the stream with the device stopped, %lu writes meanwhile\n",
	       from->ram_size >> 10, rest.size >> 10, guest.writes);
	close(out);
	close(in);
	bytes_free(&rest);
	move_asleep(from, to, piece);
}

/* --- what counts as written ---------------------------------------------------- */

static bool readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1 && pollfd.revents & POLLIN;
}

/* The stream so far has these pages as sections of their own, and ends there. */
static void expect_pages(int fd, struct bytes *state, const uint64_t *pages, size_t count)
{
	struct section *sections;
	size_t before, all;

	before = sections_of(state, &sections);
	free(sections);
	check(precopy_info(fd).dirty_bytes == count * PAGE);
	check(readable(fd) == (count > 0));
	check(!state_drain(fd, state, 1000));
	all = sections_of(state, &sections);
	check(all == before + count);
	for (size_t i = 0; i < count; i++) {
		check(sections[before + i].size == HEADER + PAGE + CHECKSUM);
		check(sections[before + i].address == pages[i] * PAGE);
	}
	check(!readable(fd));
	free(sections);
}

/* The kernel would write there by itself, and no page fault would tell. */
static void no_ioeventfd(struct device *device)
{
	struct vfio_device_ioeventfd ioeventfd = {
		.argsz = sizeof(ioeventfd),
		.flags = VFIO_DEVICE_IOEVENTFD_32,
		.offset = device->ram_at,
		.fd = eventfd(0, 0),
	};

	check(ioeventfd.fd >= 0);
	check(ioctl(device->vfio.device, VFIO_DEVICE_IOEVENTFD, &ioeventfd) < 0 &&
	      errno == EINVAL);
	ioeventfd.offset = device->regs_at;
	check(!ioctl(device->vfio.device, VFIO_DEVICE_IOEVENTFD, &ioeventfd));
	close(ioeventfd.fd);
}

void tracking(struct device *device)
{
	volatile uint8_t *ram = device->ram;
	struct bytes state = { 0 };
	int fd;

	no_ioeventfd(device);
	fill(device, 0x7c);
	fd = device_set_state(device, VFIO_DEVICE_STATE_PRE_COPY);
	check(readable(fd));
	check(!state_drain(fd, &state, 1 << 20));
	expect_pages(fd, &state, NULL, 0);

	for (size_t at = 0; at < device->ram_size; at += PAGE)
		(void)ram[at];
	expect_pages(fd, &state, NULL, 0);

	ram[3 * PAGE + 5] ^= 1;
	ram[3 * PAGE + 9] ^= 1;
	expect_pages(fd, &state, (const uint64_t[]){ 3 }, 1);

	check(pwrite(device->vfio.device, "page", 4, device->ram_at + 5 * PAGE + 8) == 4);
	expect_pages(fd, &state, (const uint64_t[]){ 5 }, 1);

	(void)ram[7 * PAGE];
	/* Round and round: the last one sent was page 5. */
	ram[7 * PAGE] ^= 1;
	ram[1 * PAGE] ^= 1;
	ram[device->ram_size - 1] ^= 1;
	expect_pages(fd, &state, (const uint64_t[]){ 7, device->ram_size / PAGE - 1, 1 }, 3);

	ram[3 * PAGE] ^= 1;
	expect_pages(fd, &state, (const uint64_t[]){ 3 }, 1);

	check(device_set_state(device, VFIO_DEVICE_STATE_STOP_COPY) == -1);
	check(ioctl(fd, VFIO_MIG_GET_PRECOPY_INFO,
		    &(struct vfio_precopy_info){ .argsz = sizeof(struct vfio_precopy_info) }) < 0 &&
	      errno == EINVAL);
	check(readable(fd));
	check(state_drain(fd, &state, 1 << 20));
	device_set_state(device, VFIO_DEVICE_STATE_RUNNING);
	ram[2 * PAGE] ^= 1;
	close(fd);
	bytes_free(&state);
	printf("reads are not sent again, writes are, each page once\n");
}
