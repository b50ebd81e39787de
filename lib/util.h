/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FLAVOUR_UTIL_H
#define FLAVOUR_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define API __attribute__((visibility("default")))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void free_charp(char **p)
{
	free(*p);
}

#define AUTOFREE __attribute__((cleanup(free_charp)))

/* One or more sentences: what is wrong, and what to do about it. */
struct err {
	char text[1024];
};

/*
 * The first failure since look_start(), in this thread: what can't be examined
 * may be in use.
 */
void look_start(void);
void look_failed(int error);
int look_error(void);

int fail(struct err *err, int error, const char *format, ...) PRINTF(3, 4);
void err_append(struct err *err, const char *format, ...) PRINTF(2, 3);

/* A growing list of strings, ended by NULL; all zero is an empty one. */
struct strv {
	char **v;
	size_t count;
};

int strv_add(struct strv *list, const char *string);
int strv_take(struct strv *list, char *string);
bool strv_has(const struct strv *list, const char *string);
void strv_sort(struct strv *list);
void strv_clear(struct strv *list);
const char *const *strv_get(const struct strv *list);
char *strv_join(const struct strv *list, const char *separator);

char *format(const char *fmt, ...) PRINTF(1, 2);
bool starts_with(const char *string, const char *prefix);
char *read_text(const char *path, size_t *size);
const char *read_strerror(int error);
struct stat;
bool is_dev_null(const struct stat *st);
char *read_attr(const char *path);
char *read_attr_at(int dir, const char *path);
int to_int(const char *text, int otherwise);
int read_attr_int(const char *path, int otherwise);
char *link_target(const char *path);
char *link_base(const char *path);
char *link_base_at(int dir, const char *path);
bool path_exists_at(int dir, const char *path);
bool path_exists(const char *path);
char *real_path(const char *path);
int write_attr(void *unused, const char *path, const char *text);
int list_dir_unsorted(const char *path, struct strv *names);
int list_dir(const char *path, struct strv *names);

/* Reads a number off a string; the string may go on behind it. */
const char *scan_hex(const char *s, unsigned int max_digits, uint32_t *value);

#endif
