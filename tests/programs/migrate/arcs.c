// SPDX-License-Identifier: GPL-2.0-or-later
/* Every arc of the state machine, from and to each state, and to what is none. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"

static bool supported(struct device *device, uint32_t state)
{
	switch (state) {
	case VFIO_DEVICE_STATE_ERROR:
		return false;
	case VFIO_DEVICE_STATE_RUNNING_P2P:
		return device->flags & VFIO_MIGRATION_P2P;
	case VFIO_DEVICE_STATE_PRE_COPY:
		return device->flags & VFIO_MIGRATION_PRE_COPY;
	case VFIO_DEVICE_STATE_PRE_COPY_P2P:
		return device->flags & VFIO_MIGRATION_PRE_COPY &&
		       device->flags & VFIO_MIGRATION_P2P;
	default:
		return state < STATES;
	}
}

static bool is_precopy(uint32_t state)
{
	return state == VFIO_DEVICE_STATE_PRE_COPY || state == VFIO_DEVICE_STATE_PRE_COPY_P2P;
}

/* The states of one saving session, which share its file. */
static bool is_saving(uint32_t state)
{
	return is_precopy(state) || state == VFIO_DEVICE_STATE_STOP_COPY;
}

static bool legal(struct device *device, uint32_t from, uint32_t to)
{
	return supported(device, to) && !(from == VFIO_DEVICE_STATE_STOP_COPY && is_precopy(to));
}

static bool gives_file(uint32_t from, uint32_t to)
{
	if (to == VFIO_DEVICE_STATE_RESUMING)
		return from != VFIO_DEVICE_STATE_RESUMING;
	return is_saving(to) && !is_saving(from);
}

static int enter(struct device *device, uint32_t state, const struct bytes *good)
{
	int fd;

	device_reset(device);
	check(device_state(device) == VFIO_DEVICE_STATE_RUNNING);
	fd = device_set_state(device, state);
	check((fd >= 0) == gives_file(VFIO_DEVICE_STATE_RUNNING, state));
	if (state == VFIO_DEVICE_STATE_RESUMING)
		check(!state_feed(fd, good, good->size));
	return fd;
}

/* The file of the state that was left: it goes on with its session, or ends with it. */
static void look_at_file(int fd, uint32_t from, uint32_t to)
{
	char byte = 0;

	if (fd < 0)
		return;

	if (from == VFIO_DEVICE_STATE_RESUMING)
		check(write(fd, &byte, 1) < 0 && errno == (to == from ? EINVAL : ENODEV));
	else if (is_saving(from) && is_saving(to))
		check(read(fd, &byte, 1) == 1 && byte == 'I');
	else
		check(read(fd, &byte, 1) < 0 && errno == ENODEV);
}

static void one_arc(struct device *device, uint32_t from, uint32_t to, const struct bytes *good)
{
	bool is_legal = legal(device, from, to);
	int old = enter(device, from, good), new;
	int ret = device_try_state(device, to, &new);
	int state = device_state(device);

	if (ret != (is_legal ? 0 : -EINVAL) || state != (int)(is_legal ? to : from))
		die("%s to %s: %s, and the state is %s", state_name(from), state_name(to),
		    strerror(-ret), state_name(state));
	if ((new >= 0) != (is_legal && gives_file(from, to)))
		die("%s to %s: the file is %d", state_name(from), state_name(to), new);

	look_at_file(old, from, is_legal ? to : from);
	if (old >= 0)
		close(old);
	if (new >= 0)
		close(new);
}

/* Nothing was loaded: the device must not run. */
static void out_of_empty_load(struct device *device, uint32_t to)
{
	int fd, none;

	device_reset(device);
	fd = device_set_state(device, VFIO_DEVICE_STATE_RESUMING);
	check(device_try_state(device, to, &none) == -EINVAL && none == -1);
	check(device_state(device) == VFIO_DEVICE_STATE_ERROR);
	for (uint32_t state = 0; state <= STATES; state++) {
		check(device_try_state(device, state, &none) == -EIO && none == -1);
		check(device_state(device) == VFIO_DEVICE_STATE_ERROR);
	}
	close(fd);
	device_reset(device);
	check(device_state(device) == VFIO_DEVICE_STATE_RUNNING);
}

void arcs(struct device *device)
{
	int legals = 0, illegals = 0;
	struct bytes good = { 0 };

	fill(device, 1);
	state_save(device, &good, 1 << 20);
	for (uint32_t from = 0; from < STATES; from++) {
		if (!supported(device, from))
			continue;
		for (uint32_t to = 0; to <= STATES; to++) {
			one_arc(device, from, to, &good);
			*(legal(device, from, to) ? &legals : &illegals) += 1;
		}
		one_arc(device, from, UINT32_MAX, &good);
		if (from != VFIO_DEVICE_STATE_RESUMING)
			out_of_empty_load(device, from);
	}
	device_reset(device);
	bytes_free(&good);
	printf("%d legal and %d illegal arcs\n", legals, illegals);
}
