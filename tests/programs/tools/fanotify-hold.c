// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fanotify-hold DIR GO: have a child open DIR, and answer its open() only when there is a
 * file GO, as a virus scanner that takes its time; print "holding" when the child waits,
 * "opened" at its end. Others may open what is on DIR's mount. DIR has to be a mount.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(int fan, int fd)
{
	struct fanotify_response response = { .fd = fd, .response = FAN_ALLOW };

	if (write(fan, &response, sizeof(response)) != sizeof(response))
		err(1, "fanotify: answer");
	close(fd);
}

/* Returns the event's file, that of the child's open(). */
static int next_of(int fan, pid_t child)
{
	struct fanotify_event_metadata event;

	for (;;) {
		/* Room for one: the next one is read the next time. */
		if (read(fan, &event, sizeof(event)) != sizeof(event))
			err(1, "fanotify: read");
		if (event.pid == child)
			return event.fd;
		answer(fan, event.fd);
	}
}

static pid_t start_child(const char *dir)
{
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (!child)
		_exit(open(dir, O_RDONLY | O_DIRECTORY) < 0);
	return child;
}

int main(int argc, char **argv)
{
	int fan, held, status;
	pid_t child;

	if (argc != 3)
		errx(2, "usage: fanotify-hold DIR GO");
	fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
	if (fan < 0 || fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_MOUNT,
				     FAN_OPEN_PERM | FAN_ONDIR, AT_FDCWD, argv[1]))
		err(1, "fanotify: %s", argv[1]);
	child = start_child(argv[1]);
	held = next_of(fan, child);
	puts("holding");
	fflush(stdout);
	fanotify_mark(fan, FAN_MARK_FLUSH | FAN_MARK_MOUNT, 0, AT_FDCWD, NULL);
	while (access(argv[2], F_OK))
		usleep(20000);
	answer(fan, held);
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "it could not be opened");
	puts("opened");
	return 0;
}
