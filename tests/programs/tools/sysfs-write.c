// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysfs-write [-n|-s] FILE DATA: write DATA and a newline to FILE, in one write(),
 * and print "ok" or the name of the errno.  -n: no newline.  -s: with a signal
 * every 10 ms, which restarts the write.  @PATH: the bytes of another file, as
 * they are ("@" alone: no bytes at all).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char data[1 << 20];

static ssize_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (fd >= 0)
		close(fd);
	return len;
}

static ssize_t gather(const char *arg, const char *end)
{
	if (arg[0] == '@')
		return arg[1] ? slurp(arg + 1) : 0;
	return snprintf(data, sizeof(data), "%s%s", arg, end);
}

static int write_once(const char *path, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done = fd < 0 ? -1 : write(fd, data, len);
	int err = done < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static void on_alarm(int sig)
{
}

static void begin_signals(void)
{
	const struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
	bool signals = argc > 1 && !strcmp(argv[1], "-s");
	const char *end = "\n";
	ssize_t len;
	int err;

	if (signals || (argc > 1 && !strcmp(argv[1], "-n"))) {
		end = signals ? end : "";
		argv++;
		argc--;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: sysfs-write [-n|-s] FILE DATA|@PATH\n");
		return 2;
	}

	len = gather(argv[2], end);
	if (len < 0) {
		perror(argv[2]);
		return 2;
	}
	if (signals)
		begin_signals();
	do {
		err = write_once(argv[1], len);
	} while (signals && err == EINTR);
	puts(err ? strerrorname_np(err) : "ok");
	return err != 0;
}
