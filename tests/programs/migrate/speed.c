// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the state moves, against memcpy() by the same user through a mapping
 * of the same BAR; and how much of it is left to move once the device stops.
 * Lines `runs` are for bench/report, in nanoseconds or bytes.
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "migrate.h"

enum { ROUNDS = 9, PIECE = 1 << 20 };
enum { COPY_FROM, SAVE, COPY_TO, LOAD, WAYS };

static const char *const names[WAYS] = {
	"migrate.memcpy_from", "migrate.save", "migrate.memcpy_to", "migrate.load",
};

static double one_way(int way, struct device *from, struct device *to, struct bytes *state,
		      uint8_t *memory)
{
	double start = seconds();

	switch (way) {
	case COPY_FROM:
		memcpy(memory, from->ram, from->ram_size);
		break;
	case COPY_TO:
		memcpy(to->ram, memory, to->ram_size);
		break;
	case SAVE:
		state->size = 0;
		state_save(from, state, PIECE);
		break;
	case LOAD:
		state_load(to, state, PIECE);
		break;
	}
	return seconds() - start;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_runs(const char *name, const double *values, size_t count, double scale)
{
	printf("runs %s", name);
	for (size_t i = 0; i < count; i++)
		printf(" %.0f", values[i] * scale);
	putchar('\n');
}

static void print_rate(const char *what, const double *ours, const double *theirs, size_t size)
{
	double mine = size / ours[ROUNDS / 2] / 1e6, memcpys = size / theirs[ROUNDS / 2] / 1e6;

	printf("%s: %.0f MB/s, memcpy %.0f MB/s, that is %.0f %%\n", what, mine, memcpys,
	       100 * mine / memcpys);
}

static void rates(struct device *from, struct device *to)
{
	uint8_t *memory = malloc(from->ram_size);
	struct bytes state = { 0 };
	double took[WAYS][ROUNDS];

	check(memory);
	fill(from, 0x33);
	fill(to, 0x44);
	for (int round = -1; round < ROUNDS; round++)
		for (int way = 0; way < WAYS; way++) {
			double time = one_way(way, from, to, &state, memory);

			if (round >= 0)
				took[way][round] = time;
		}
	expect_equal(from, to);

	for (int way = 0; way < WAYS; way++) {
		print_runs(names[way], took[way], ROUNDS, 1e9);
		qsort(took[way], ROUNDS, sizeof(double), by_size);
	}
	print_rate("save", took[SAVE], took[COPY_FROM], from->ram_size);
	print_rate("load", took[LOAD], took[COPY_TO], from->ram_size);
	bytes_free(&state);
	free(memory);
}

/* Once all was sent, so many pages in a hundred are written; the rest has those. */
static void stopped_part(struct device *from, int percent)
{
	size_t pages = from->ram_size / PAGE, step = 100 / percent, written = 0;
	struct bytes state = { 0 }, rest = { 0 };
	double size, want;
	char name[64];
	int fd;

	fd = device_set_state(from, VFIO_DEVICE_STATE_PRE_COPY);
	check(!state_drain(fd, &state, PIECE));
	for (size_t page = 0; page < pages; page += step, written++)
		from->ram[page * PAGE + page % PAGE] ^= 1;
	device_set_state(from, VFIO_DEVICE_STATE_STOP_COPY);
	check(state_drain(fd, &rest, PIECE));
	device_set_state(from, VFIO_DEVICE_STATE_RUNNING);
	close(fd);

	size = rest.size;
	want = written * PAGE;
	snprintf(name, sizeof(name), "migrate.stopped_%d", percent);
	print_runs(name, &size, 1, 1);
	snprintf(name, sizeof(name), "migrate.written_%d", percent);
	print_runs(name, &want, 1, 1);
	printf("%d %% of the pages written: %.0f bytes, and %zu are sent with the device stopped\n",
	       percent, want, rest.size);
	check(rest.size >= written * PAGE);
	check(rest.size <= written * (PAGE + HEADER + CHECKSUM) + 200);
	bytes_free(&state);
	bytes_free(&rest);
}

void speed(struct device *from, struct device *to)
{
	rates(from, to);
	if (from->flags & VFIO_MIGRATION_PRE_COPY)
		for (int percent = 1; percent <= 100; percent *= 10)
			stopped_part(from, percent);
}
