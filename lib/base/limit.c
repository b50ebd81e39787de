// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A time limit for what may wait in the kernel for a driver: writes to sysfs and
 * loads of modules. A process that waits there can't be ended, nor can one that has
 * such a thread. So with a limit they are done by a child, which is left behind if
 * it does not return: it can finish what it has begun, and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#define WAKE_MS 2000	/* for a child to return that was told to */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void limit_start(struct limit *limit, unsigned int ms)
{
	limit->end = ms ? now_ms() + ms : 0;
}

void limit_extend(struct limit *limit, unsigned int ms)
{
	if (limit->end && limit->end < now_ms() + ms)
		limit_start(limit, ms);
}

/* As poll() takes it: -1 if there is no limit. */
static int ms_left(const struct limit *limit)
{
	int64_t left = limit->end - now_ms();

	if (!limit->end)
		return -1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

bool limit_is_over(const struct limit *limit)
{
	return !ms_left(limit);
}

static void wake(int signal)
{
}

/*
 * The caller's files are closed, for it may stay for long: a pipe would not end, and a
 * disk that the plan holds would keep its name.
 */
static void work(int to, const struct limit *limit, int (*call)(void *data), void *data)
{
	const struct sigaction action = { .sa_handler = wake };	/* no SA_RESTART */
	sigset_t set;
	int error;

	to = fcntl(to, F_DUPFD, STDERR_FILENO + 1);
	close_range(0, (unsigned int)to - 1, 0);
	close_range((unsigned int)to + 1, ~0u, 0);
	while (open("/dev/null", O_RDWR) >= 0 && fcntl(STDERR_FILENO, F_GETFD) < 0)
		;
	if (limit->wakes) {
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigaction(SIGUSR1, &action, NULL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	error = call(data);
	_exit(write(to, &error, sizeof(error)) != sizeof(error));
}

/* Until the child has answered or ended, or the time is over. */
static bool wait_for(int from, const struct limit *limit)
{
	struct pollfd fd = { .fd = from, .events = POLLIN };
	int n;

	do {
		n = poll(&fd, 1, ms_left(limit));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int read_answer(int from, pid_t pid)
{
	int error;

	/* Without an answer it was killed. */
	if (read(from, &error, sizeof(error)) != sizeof(error))
		error = -EINTR;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return error;
}

static int wait_for_child(struct limit *limit, int from, pid_t pid, const char *what)
{
	bool answered = wait_for(from, limit), woken = !answered && limit->wakes;
	int error;

	if (woken) {
		kill(pid, SIGUSR1);
		limit_extend(limit, WAKE_MS);
		answered = wait_for(from, limit);
	}
	if (answered) {
		error = read_answer(from, pid);
		return woken && error == -EINTR ? -ETIME : error;
	}
	limit->under_way = true;
	limit->what = strdup(what);
	return -EINPROGRESS;
}

int limit_call(struct limit *limit, const char *what, int (*call)(void *data), void *data)
{
	int fds[2], error;
	pid_t pid;

	if (!limit || !limit->end)
		return call(data);
	if (limit->under_way)
		return -EINPROGRESS;
	if (limit_is_over(limit))
		return -ETIME;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		work(fds[1], limit, call, data);
	error = -errno;
	close(fds[1]);
	if (pid > 0)
		error = wait_for_child(limit, fds[0], pid, what);
	close(fds[0]);
	return error;
}
