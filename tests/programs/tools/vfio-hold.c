// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps a VFIO device, or only its group, in use until told to let go. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/vfio.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vfio-open.h"

struct options {
	const char *address;
	int timeout_ms;		/* -1: none */
	bool group_only;
	bool release_on_request;
};

/* What ends the wait, in the order of their names in wait_for_end(). */
enum { END_STDIN, END_SIGNAL, END_REQUEST, ENDS };

static bool parse_seconds(const char *text, int *timeout_ms)
{
	char *end;
	long seconds;

	errno = 0;
	seconds = strtol(text, &end, 10);
	if (errno || end == text || *end || seconds < 0 || seconds > INT_MAX / 1000)
		return false;

	*timeout_ms = (int)seconds * 1000;
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "group-only", no_argument, NULL, 'g' },
		{ "release-on-request", no_argument, NULL, 'r' },
		{ 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (opt == '?')
			return false;
		options->group_only |= opt == 'g';
		options->release_on_request |= opt == 'r';
	}

	/* The request comes through the device's own file. */
	if (options->group_only && options->release_on_request)
		return false;
	if (optind == argc || argc - optind > 2)
		return false;

	options->address = argv[optind];
	return argc - optind == 1 || parse_seconds(argv[optind + 1], &options->timeout_ms);
}

/* A shell gives /dev/null to what it starts with "&": that is silence, no end of input. */
static int stdin_to_watch(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st))
		return -1;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? -1 : STDIN_FILENO;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int open_request(const struct vfio_handle *vfio)
{
	union {
		struct vfio_irq_set set;
		char room[sizeof(struct vfio_irq_set) + sizeof(int32_t)];
	} irq = {
		.set = {
			.argsz = sizeof(irq.room),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = VFIO_PCI_REQ_IRQ_INDEX,
			.count = 1,
		},
	};
	int32_t fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return -1;

	memcpy(irq.set.data, &fd, sizeof(fd));
	return ioctl(vfio->device, VFIO_DEVICE_SET_IRQS, &irq) ? -1 : fd;
}

/* Answers what ended it, or NULL after an error. */
static const char *wait_for_end(struct pollfd *ends, int timeout_ms)
{
	static const char *const names[ENDS] = { "stdin", "signal", "request" };
	int count = poll(ends, ENDS, timeout_ms);

	if (count <= 0)
		return count ? NULL : "timeout";

	for (int i = 0; i < ENDS; i++)
		if (ends[i].revents)
			return names[i];
	return NULL;
}

static const char *hold(const struct vfio_handle *vfio, const struct options *options)
{
	struct pollfd ends[ENDS] = {
		[END_STDIN] = { .fd = stdin_to_watch(), .events = POLLIN },
		[END_SIGNAL] = { .fd = open_signals(), .events = POLLIN },
		[END_REQUEST] = { .fd = -1, .events = POLLIN },
	};

	if (options->release_on_request) {
		ends[END_REQUEST].fd = open_request(vfio);
		if (ends[END_REQUEST].fd < 0)
			return NULL;
	}

	printf("holding %s group %d\n", vfio->address, vfio->number);
	fflush(stdout);
	return wait_for_end(ends, options->timeout_ms);
}

static bool open_and_hold(struct vfio_handle *vfio, const struct options *options)
{
	const char *reason;

	if (!vfio_open_group(vfio, options->address))
		return false;
	if (!options->group_only && !vfio_open_device(vfio))
		return false;

	reason = hold(vfio, options);
	if (!reason)
		return vfio_failed("hold", options->address);

	/* Said before it is done: closing is what a test may see hang. */
	printf("releasing %s after %s\n", options->address, reason);
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	struct options options = { .timeout_ms = -1 };
	struct vfio_handle vfio;
	bool done;

	if (!parse_options(argc, argv, &options)) {
		fputs("usage: vfio-hold [--group-only | --release-on-request] DEV [seconds]\n",
		      stderr);
		return 2;
	}

	done = open_and_hold(&vfio, &options);
	vfio_close(&vfio);
	return !done;
}
