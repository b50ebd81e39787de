// SPDX-License-Identifier: GPL-2.0-or-later
/* State changes, transfers, resets and the guest, all at once and at random. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"

static struct device *device;
static struct bytes good;
static atomic_bool stop;
static atomic_int offered = -1;	/* a transfer's file, for whoever takes it first */

static void *transfers(void *arg)
{
	struct bytes room = { 0 };
	unsigned int round = 0;

	bytes_reserve(&room, good.size);
	while (!stop) {
		int fd = atomic_exchange(&offered, -1);
		/* Its own RAM is no place for a state; nor must it be one to hang in. */
		void *buf = ++round % 8 ? room.data : device->ram;

		if (fd < 0) {
			usleep(100);
			continue;
		}
		while (read(fd, buf, 1 + round % 300000) > 0)
			;
		state_feed(fd, &good, 1 + round % 100000);
		close(fd);
	}
	bytes_free(&room);
	return arg;
}

static void *resets(void *arg)
{
	for (unsigned int round = 0; !stop; round++) {
		usleep(round % 7 * 1000);
		device_reset(device);
	}
	return arg;
}

static void *guest(void *arg)
{
	volatile uint8_t *ram = device->ram;

	for (size_t at = 0; !stop; at = (at + 7 * PAGE + 1) % device->ram_size)
		ram[at] = ram[device->ram_size - 1 - at] + 1;
	return arg;
}

static unsigned long walk(double end)
{
	unsigned long changes = 0;
	uint32_t random = 1;

	while (seconds() < end || !changes) {
		int fd, old;

		random = random * 1664525 + 1013904223;
		if (!device_try_state(device, 1 + (random >> 16) % (STATES - 1), &fd))
			changes++;
		if (fd < 0)
			continue;
		old = atomic_exchange(&offered, fd);
		if (old >= 0)
			close(old);
	}
	return changes;
}

void races(struct device *one, int duration)
{
	void *(*const bodies[])(void *) = { transfers, transfers, resets, guest };
	pthread_t threads[sizeof(bodies) / sizeof(*bodies)];
	struct bytes state = { 0 };
	unsigned long changes;

	device = one;
	fill(device, 0x1c);
	state_save(device, &good, 1 << 20);
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++)
		check(!pthread_create(&threads[i], NULL, bodies[i], NULL));

	changes = walk(seconds() + duration);
	stop = true;
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++)
		pthread_join(threads[i], NULL);

	device_reset(device);
	check(device_state(device) == VFIO_DEVICE_STATE_RUNNING);
	state_load(device, &good, 1 << 20);
	state_save(device, &state, 1 << 20);
	check(state.size == good.size && !memcmp(state.data, good.data, good.size));
	printf("%lu changes of state\n", changes);
	bytes_free(&state);
	bytes_free(&good);
}
