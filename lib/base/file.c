// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files, links and folders: small ones, read and written in one go. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/base.h"

/* No index, policy or table of the kernel's comes near it. */
#define MAX_TEXT (64u << 20)

static ssize_t read_all(int fd, char **buf)
{
	size_t used = 0, room = 4096;
	ssize_t n = 1;
	char *grown;

	*buf = malloc(room);
	while (*buf && n) {
		n = read(fd, *buf + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		used += (size_t)n;
		if (used > MAX_TEXT) {
			errno = EFBIG;
			return -1;
		}
		if (used < room - 1)
			continue;
		grown = realloc(*buf, room * 4);
		if (!grown)
			return -1;
		*buf = grown;
		room *= 4;
	}
	if (!*buf)
		return -1;
	(*buf)[used] = '\0';
	return (ssize_t)used;
}

bool is_dev_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* Files can be read to their end; of devices only /dev/null, which masks a file. */
static bool is_readable(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EMEDIUMTYPE;
	return S_ISREG(st.st_mode) || is_dev_null(&st);
}

/* A FIFO is opened without waiting for its other end, and then refused. */
static int open_text(const char *path)
{
	int saved, fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

	if (!path)
		errno = ENOMEM;
	if (fd < 0 || is_readable(fd))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* In words that tell the administrator what to correct. */
const char *read_strerror(int error)
{
	switch (error < 0 ? -error : error) {
	case EMEDIUMTYPE:
		return "It is a FIFO or a device, not a file";
	case EFBIG:
		return "It is larger than 64 MiB";
	default:
		return strerror(error < 0 ? -error : error);
	}
}

/* The whole of a file, NUL-terminated; NULL with errno set if it can't be read. */
char *read_text(const char *path, size_t *size)
{
	int saved, fd = open_text(path);
	char *text = NULL;
	ssize_t n;

	if (fd < 0) {
		look_failed(path ? errno : 0);
		return NULL;
	}
	n = read_all(fd, &text);
	saved = errno;
	close(fd);
	if (n < 0) {
		free(text);
		look_failed(saved);
		errno = saved;
		return NULL;
	}
	if (size)
		*size = (size_t)n;
	return text;
}

/* An attribute of sysfs is at most a page, and asked for thousands of times. */
char *read_attr_at(int dir, const char *path)
{
	int fd = path ? openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	char buf[4097], *text = NULL;
	ssize_t n = -1;
	int error = path ? errno : 0;

	if (fd >= 0) {
		n = read(fd, buf, sizeof(buf) - 1);
		error = n < 0 ? errno : 0;
		close(fd);
	}
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	if (n >= 0) {
		buf[n] = '\0';
		text = strdup(buf);
		error = text ? 0 : ENOMEM;
	}
	look_failed(error);
	return text;
}

char *read_attr(const char *path)
{
	return read_attr_at(AT_FDCWD, path);
}

int read_attr_int(const char *path, int otherwise)
{
	AUTOFREE char *text = read_attr(path);

	return to_int(text, otherwise);
}

static char *link_target_at(int dir, const char *path, bool base)
{
	char buf[PATH_MAX], *slash, *target;
	ssize_t n = path ? readlinkat(dir, path, buf, sizeof(buf) - 1) : -1;

	if (n < 0) {
		/* Here EINVAL says that it is no link. */
		look_failed(!path || errno == EINVAL ? 0 : errno);
		return NULL;
	}
	buf[n] = '\0';
	slash = base ? strrchr(buf, '/') : NULL;
	target = strdup(slash ? slash + 1 : buf);
	look_failed(target ? 0 : ENOMEM);
	return target;
}

char *link_target(const char *path)
{
	return link_target_at(AT_FDCWD, path, false);
}

char *link_base_at(int dir, const char *path)
{
	return link_target_at(dir, path, true);
}

char *link_base(const char *path)
{
	return link_base_at(AT_FDCWD, path);
}

bool path_exists_at(int dir, const char *path)
{
	bool exists = path && !faccessat(dir, path, F_OK, 0);

	look_failed(exists || !path ? 0 : errno);
	return exists;
}

bool path_exists(const char *path)
{
	return path_exists_at(AT_FDCWD, path);
}

/* Where a link leads in the end, to be freed. */
char *real_path(const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;

	look_failed(real || !path ? 0 : errno);
	return real;
}

int write_attr(void *unused, const char *path, const char *text)
{
	int error = 0, fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		error = -errno;
	else if ((size_t)n != strlen(text))
		error = -EIO;
	close(fd);
	return error;
}

/* The names in a directory, without those that start with a dot. */
int list_dir_unsorted(const char *path, struct strv *names)
{
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	int error = dir ? 0 : path ? -errno : -ENOMEM;

	while (!error && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			error = strv_add(names, entry->d_name);
	if (!error)
		error = -errno;
	if (dir)
		closedir(dir);
	look_failed(path ? error : 0);
	return error;
}

int list_dir(const char *path, struct strv *names)
{
	int error = list_dir_unsorted(path, names);

	strv_sort(names);
	return error;
}
