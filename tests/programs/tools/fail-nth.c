// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fail-nth [-w] N ACTION…: let the Nth allocation fail while ACTION is done.
 *
 *	write FILE DATA    one write() of DATA and a newline
 *	mkdir FOLDER
 *	insmod FILE [PARAM=VALUE…]
 *
 * Prints "ANSWER injected" or "ANSWER not-reached", ANSWER being "ok" or the
 * errno's name.  N = 0 lets nothing fail.  -w: also the Nth of each kernel
 * worker, until two seconds after ACTION or the first that failed; for what is
 * done by a work item.  Which allocations count is failslab's matter.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORKERS 512

/* Their files are open all the time: to open one takes long, and an allocation. */
static int workers[MAX_WORKERS], n_workers;
static int self;

static bool set_nth(int fd, const char *n)
{
	return pwrite(fd, n, strlen(n), 0) > 0;
}

/* What is left to count; 0 when it has failed, -1 when the task is gone. */
static int get_nth(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : -1;
}

static bool is_worker(const char *pid)
{
	char path[300], name[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	close(fd);
	return !strncmp(name, "kworker/", 8);
}

static void open_workers(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300];
	int fd;

	while (proc && (entry = readdir(proc)) && n_workers < MAX_WORKERS) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !is_worker(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fail-nth", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			workers[n_workers++] = fd;
	}
	if (proc)
		closedir(proc);
}

static void each_worker(const char *n)
{
	int i;

	for (i = 0; i < n_workers; i++)
		set_nth(workers[i], n);
}

static bool a_worker_failed(void)
{
	int i;

	for (i = 0; i < n_workers; i++)
		if (!get_nth(workers[i]))
			return true;
	return false;
}

static bool await_workers(void)
{
	const struct timespec tick = { .tv_nsec = 50000000 };
	int i;

	for (i = 0; i < 40; i++) {
		if (a_worker_failed())
			return true;
		nanosleep(&tick, NULL);
	}
	return false;
}

static int do_write(char **argv)
{
	int fd = open(argv[0], O_WRONLY | O_CLOEXEC), err;
	char data[4096];
	int len = snprintf(data, sizeof(data), "%s\n", argv[1]);

	if (fd < 0)
		return errno;
	if (!set_nth(self, argv[2]))
		return -1;
	err = write(fd, data, len) < 0 ? errno : 0;
	return err;
}

static int do_insmod(char **argv, const char *n)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	char params[1024] = "";
	int i;

	if (fd < 0)
		return errno;
	for (i = 1; argv[i]; i++) {
		strncat(params, argv[i], sizeof(params) - strlen(params) - 2);
		strcat(params, " ");
	}
	if (!set_nth(self, n))
		return -1;
	return syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
}

static int act(char **argv, char *n)
{
	if (!strcmp(argv[0], "write") && argv[1] && argv[2]) {
		char *args[] = { argv[1], argv[2], n };

		return do_write(args);
	}
	if (!strcmp(argv[0], "mkdir") && argv[1])
		return !set_nth(self, n) ? -1 : mkdir(argv[1], 0755) ? errno : 0;
	if (!strcmp(argv[0], "insmod") && argv[1])
		return do_insmod(argv + 1, n);
	return -1;
}

int main(int argc, char **argv)
{
	bool with_workers = argc > 1 && !strcmp(argv[1], "-w"), injected;
	char *n;
	int err;

	argv += 1 + with_workers;
	argc -= 1 + with_workers;
	if (argc < 3) {
		fprintf(stderr, "usage: fail-nth [-w] N write FILE DATA | mkdir FOLDER | insmod FILE\n");
		return 2;
	}
	n = argv[0];
	self = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (with_workers)
		open_workers();
	each_worker(n);
	err = act(argv + 1, n);
	injected = !get_nth(self) && strcmp(n, "0");
	set_nth(self, "0");
	if (err < 0) {
		fprintf(stderr, "fail-nth: there is no fault injection here\n");
		return 2;
	}
	if (with_workers && strcmp(n, "0")) {
		injected = await_workers() || injected;
		each_worker("0");
	}
	printf("%s %s\n", err ? strerrorname_np(err) : "ok", injected ? "injected" : "not-reached");
	return 0;
}
