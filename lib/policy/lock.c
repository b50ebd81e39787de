// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A lock for programs that edit the policy or hand it to the kernel module. Any
 * user who can open a file can lock it, so a directory that all may read is not
 * suitable: any user could block root. This is a file that only its owner can
 * open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "policy/policy.h"

#define DIR_NAME "driver-flavour"
#define FILE_NAME "lock"
#define WAIT_MS 50

static int lock_fail(struct flavour_ctx *ctx, int error, const char *why)
{
	return fail(&ctx->err, error, "%s/" DIR_NAME "/" FILE_NAME " can't be locked: %s. Nothing "
		    "was changed.", ctx->roots[FLAVOUR_ROOT_RUN], why);
}

static int open_fail(struct flavour_ctx *ctx, int error)
{
	if (geteuid() && (error == EACCES || error == ENOENT))
		return lock_fail(ctx, error, "changing the policy needs root");
	return lock_fail(ctx, error, strerror(error));
}

/* Is it writable only by us, so that it can't have been replaced by another user? */
static bool is_ours(int fd, mode_t type, mode_t others)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	       !(st.st_mode & others);
}

static int open_dir(struct flavour_ctx *ctx)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_RUN, DIR_NAME);
	int fd;

	if (!dir)
		return ctx_oom(ctx);
	mkdir(ctx->roots[FLAVOUR_ROOT_RUN], 0755);
	mkdir(dir, 0755);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return open_fail(ctx, errno);
	if (is_ours(fd, S_IFDIR, 0022))
		return fd;
	close(fd);
	return lock_fail(ctx, EPERM, "the directory belongs to another user, or others may write "
			 "to it. Remove it");
}

static int open_file(struct flavour_ctx *ctx, int dir)
{
	int fd = openat(dir, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			0600);

	if (fd < 0)
		return open_fail(ctx, errno);
	if (is_ours(fd, S_IFREG, 0077))
		return fd;
	close(fd);
	return lock_fail(ctx, EPERM, "it is not a file that only its owner may open. Remove it");
}

/* "1: FLOCK  ADVISORY  WRITE 4711 00:18:1234 0 EOF": who has it, says the kernel. */
static int holder_pid(const struct flavour_ctx *ctx, int fd)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "locks");
	AUTOFREE char *text = read_text(path, NULL);
	AUTOFREE char *wanted = NULL;
	char *line, *save = NULL, type[16];
	struct stat st;
	int pid;

	if (!text || fstat(fd, &st))
		return 0;
	wanted = format(" %02x:%02x:%lu ", major(st.st_dev), minor(st.st_dev),
			(unsigned long)st.st_ino);
	for (line = strtok_r(text, "\n", &save); wanted && line;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, wanted) && !strstr(line, "->") &&
		    sscanf(line, "%*s %15s %*s %*s %d", type, &pid) == 2 && !strcmp(type, "FLOCK"))
			return pid;
	return 0;
}

static int tell_holder(struct flavour_ctx *ctx, int fd)
{
	int pid = holder_pid(ctx, fd);
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%d/comm", pid);
	AUTOFREE char *name = pid > 0 ? read_attr(path) : NULL;
	AUTOFREE char *who = name ? format("%s (PID %d)", name, pid) : NULL;

	return fail(&ctx->err, EBUSY, "The policy is being changed by %s, for more than %u s now. "
		    "Nothing was changed. Wait until that has ended, or end it, and try again.",
		    who ? who : "another process", ctx->lock_seconds);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_for(struct flavour_ctx *ctx, int fd)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000 };
	int64_t end = now_ms() + (int64_t)ctx->lock_seconds * 1000;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return lock_fail(ctx, errno, strerror(errno));
		if (ctx_stopped(ctx))
			return lock_fail(ctx, ECANCELED, "the operation was stopped");
		if (now_ms() >= end)
			return tell_holder(ctx, fd);
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Returns what to close() afterwards. */
int policy_lock(struct flavour_ctx *ctx)
{
	int dir = open_dir(ctx), fd, error;

	if (dir < 0)
		return dir;
	fd = open_file(ctx, dir);
	close(dir);
	if (fd < 0)
		return fd;
	error = wait_for(ctx, fd);
	if (!error)
		return fd;
	close(fd);
	return error;
}
