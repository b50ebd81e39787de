// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util.h"

/*
 * What could not be read since look_start(), of this thread. Most of what is read
 * may be absent; any other failure leaves it open what is there. A path that there
 * was no memory for was counted when it was made: NULL is none.
 */
static __thread int blind;

void look_start(void)
{
	blind = 0;
}

void look_failed(int error)
{
	static const int absent[] = { 0, ENOENT, ENOTDIR, ENODEV, ESRCH };
	size_t i;

	error = error < 0 ? -error : error;
	for (i = 0; i < ARRAY_LEN(absent); i++)
		if (error == absent[i])
			return;
	if (!blind)
		blind = error;
}

int look_error(void)
{
	return -blind;
}

/* No index, policy or table of the kernel's comes near it. */
#define MAX_TEXT (64u << 20)

int fail(struct err *err, int error, const char *fmt, ...)
{
	va_list args;

	if (err) {
		va_start(args, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return -error;
}

void err_append(struct err *err, const char *fmt, ...)
{
	size_t len = strlen(err->text);
	va_list args;

	if (len && len + 1 < sizeof(err->text)) {
		err->text[len++] = ' ';
		err->text[len] = '\0';
	}
	va_start(args, fmt);
	vsnprintf(err->text + len, sizeof(err->text) - len, fmt, args);
	va_end(args);
}

int strv_take(struct strv *list, char *string)
{
	char **v;

	v = string ? reallocarray(list->v, list->count + 2, sizeof(*v)) : NULL;
	if (!v) {
		free(string);
		look_failed(ENOMEM);
		return -ENOMEM;
	}
	v[list->count++] = string;
	v[list->count] = NULL;
	list->v = v;
	return 0;
}

int strv_add(struct strv *list, const char *string)
{
	return strv_take(list, strdup(string));
}

bool strv_has(const struct strv *list, const char *string)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->v[i], string))
			return true;
	return false;
}

static int cmp_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
	if (list->count)
		qsort(list->v, list->count, sizeof(*list->v), cmp_strings);
}

void strv_clear(struct strv *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct strv){ 0 };
}

const char *const *strv_get(const struct strv *list)
{
	static const char *const empty[] = { NULL };

	return list->v ? (const char *const *)list->v : empty;
}

char *strv_join(const struct strv *list, const char *separator)
{
	size_t i, size = 1;
	char *joined, *end;

	for (i = 0; i < list->count; i++)
		size += strlen(list->v[i]) + strlen(separator);
	joined = malloc(size);
	if (!joined)
		return NULL;
	*joined = '\0';
	for (end = joined, i = 0; i < list->count; i++) {
		if (i)
			end = stpcpy(end, separator);
		end = stpcpy(end, list->v[i]);
	}
	return joined;
}

char *format(const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len >= 0)
		return text;
	look_failed(ENOMEM);
	return NULL;
}

bool starts_with(const char *string, const char *prefix)
{
	return !strncmp(string, prefix, strlen(prefix));
}

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

int to_int(const char *text, int otherwise)
{
	char *end;
	long value;

	if (!text || !*text)
		return otherwise;
	errno = 0;
	value = strtol(text, &end, 0);
	return errno || *end || value < INT_MIN || value > INT_MAX ? otherwise : (int)value;
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

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *scan_hex(const char *s, unsigned int max_digits, uint32_t *value)
{
	uint32_t n = 0;
	unsigned int digits;
	int digit;

	for (digits = 0; digits < max_digits; digits++) {
		digit = hex_digit(s[digits]);
		if (digit < 0)
			break;
		n = n << 4 | (uint32_t)digit;
	}
	*value = n;
	return digits ? s + digits : NULL;
}
