// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

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

	if (!string)
		return -ENOMEM;
	v = reallocarray(list->v, list->count + 2, sizeof(*v));
	if (!v) {
		free(string);
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
	return len < 0 ? NULL : text;
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

/* The whole of a file, NUL-terminated; NULL with errno set if it can't be read. */
char *read_text(const char *path, size_t *size)
{
	int saved, fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *text = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read_all(fd, &text);
	saved = errno;
	close(fd);
	if (n < 0) {
		free(text);
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
	int fd = path ? openat(dir, path, O_RDONLY | O_CLOEXEC) : -1;
	char buf[4097];
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	while (n && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	buf[n] = '\0';
	return strdup(buf);
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
	char buf[PATH_MAX], *slash;
	ssize_t n = path ? readlinkat(dir, path, buf, sizeof(buf) - 1) : -1;

	if (n < 0)
		return NULL;
	buf[n] = '\0';
	slash = base ? strrchr(buf, '/') : NULL;
	return strdup(slash ? slash + 1 : buf);
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

bool path_exists(const char *path)
{
	return path && !access(path, F_OK);
}

int write_attr(void *unused, const char *path, const char *text)
{
	int error = 0, fd = open(path, O_WRONLY | O_CLOEXEC);
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
	int error = 0;

	if (!dir)
		return path ? -errno : -ENOMEM;
	while (!error && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			error = strv_add(names, entry->d_name);
	closedir(dir);
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
