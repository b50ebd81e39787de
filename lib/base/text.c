// SPDX-License-Identifier: LGPL-2.1-or-later
/* Strings, and lists of them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

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

/* NULL past the end */
const char *strv_get(const struct strv *list, size_t index)
{
	return index < list->count ? list->v[index] : NULL;
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
