// SPDX-License-Identifier: GPL-2.0-or-later
/* vfio-migrate: live migration by VFIO's own interface, from one device to another. */
#define _GNU_SOURCE
#include <string.h>

#include "migrate.h"

static void usage(void)
{
	fputs("usage: vfio-migrate info DEV\n"
	      "       vfio-migrate move FROM TO [PIECE]      pieces of so many bytes\n"
	      "       vfio-migrate precopy FROM TO [PIECE]\n"
	      "       vfio-migrate arcs DEV\n"
	      "       vfio-migrate bad FROM TO               every way to spoil a stream\n"
	      "       vfio-migrate bad-few FROM TO\n"
	      "       vfio-migrate tracking DEV\n"
	      "       vfio-migrate races DEV SECONDS\n"
	      "       vfio-migrate speed FROM TO\n"
	      "The devices are ivshmem, with a driver that can migrate; their RAM is overwritten.\n",
	      stderr);
	exit(2);
}

static void info(struct device *device)
{
	printf("%s%s%s%s %zu bytes of RAM\n", state_name(device_state(device)),
	       device->flags & VFIO_MIGRATION_STOP_COPY ? " stop-copy" : "",
	       device->flags & VFIO_MIGRATION_P2P ? " p2p" : "",
	       device->flags & VFIO_MIGRATION_PRE_COPY ? " pre-copy" : "", device->ram_size);
}

static void with_one(const char *verb, struct device *device, const char *number)
{
	if (!strcmp(verb, "info"))
		info(device);
	else if (!strcmp(verb, "arcs"))
		arcs(device);
	else if (!strcmp(verb, "tracking"))
		tracking(device);
	else if (!strcmp(verb, "races") && number)
		races(device, atoi(number));
	else
		usage();
}

static void with_two(const char *verb, struct device *from, struct device *to,
		     const char *number)
{
	size_t piece = number ? strtoul(number, NULL, 10) : 1 << 20;

	if (!strcmp(verb, "move"))
		move(from, to, piece, false);
	else if (!strcmp(verb, "precopy"))
		move(from, to, piece, true);
	else if (!strcmp(verb, "bad"))
		bad_streams(from, to);
	else if (!strcmp(verb, "bad-few"))
		one_of_each(from, to);
	else if (!strcmp(verb, "speed"))
		speed(from, to);
	else
		usage();
}

int main(int argc, char **argv)
{
	struct device one, two;
	bool pair;

	if (argc < 3 || argc > 5 || argv[1][0] == '-')
		usage();

	pair = argc > 3 && strchr(argv[3], ':');
	device_open(&one, argv[2]);
	if (pair)
		device_open(&two, argv[3]);

	if (pair)
		with_two(argv[1], &one, &two, argv[4]);
	else
		with_one(argv[1], &one, argv[3]);

	if (pair)
		device_close(&two);
	device_close(&one);
	return 0;
}
