// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may come from a file, a mount or an interface's name is printed as it is
 * nowhere: stdout and stderr go through here. A terminal gets no control
 * characters but tabs and ends of lines, and everybody gets UTF-8. Colours and the
 * progress bar, which are our own, go by raw_stdout() and raw_stderr().
 */
#include <stdio.h>
#include <unistd.h>

#include "ctl.h"

struct clean {
	FILE *raw;
	bool json;
	unsigned char held[4];	/* the begin of a character */
	size_t count;
};

static struct clean out, err;

FILE *raw_stdout(void)
{
	fflush(stdout);
	return out.raw ? out.raw : stdout;
}

FILE *raw_stderr(void)
{
	fflush(stderr);
	return err.raw ? err.raw : stderr;
}

/* JSON can have no \x, and loses what is no text. */
static void put_escaped(const struct clean *clean, unsigned int byte, bool text)
{
	if (!clean->json)
		fprintf(clean->raw, "\\x%02x", byte);
	else if (text)
		fprintf(clean->raw, "\\u%04x", byte);
	else
		fputs("\xef\xbf\xbd", clean->raw);
}

static void put_ascii(const struct clean *clean, unsigned char c)
{
	if ((c >= ' ' && c != 0x7f) || c == '\n' || c == '\t')
		fputc(c, clean->raw);
	else
		put_escaped(clean, c, true);
}

/* The length of a character by its first byte; 0: none begins so. */
static size_t length_of(unsigned char first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* No overlong forms, no surrogates, nothing above U+10FFFF: said by the second byte. */
static bool may_follow(const unsigned char *held, size_t count, unsigned char c)
{
	if ((c & 0xc0) != 0x80)
		return false;
	if (count > 1)
		return true;
	switch (held[0]) {
	case 0xe0:
		return c >= 0xa0;
	case 0xed:
		return c < 0xa0;
	case 0xf0:
		return c >= 0x90;
	case 0xf4:
		return c < 0x90;
	default:
		return true;
	}
}

static void give_up(struct clean *clean)
{
	size_t i;

	for (i = 0; i < clean->count; i++)
		put_escaped(clean, clean->held[i], false);
	clean->count = 0;
}

static void put_whole(struct clean *clean)
{
	/* U+0080 to U+009f are controls as well. */
	if (clean->held[0] == 0xc2 && clean->held[1] < 0xa0)
		put_escaped(clean, clean->held[1], true);
	else
		fwrite(clean->held, 1, clean->count, clean->raw);
	clean->count = 0;
}

static void put(struct clean *clean, unsigned char c)
{
	if (clean->count && !may_follow(clean->held, clean->count, c))
		give_up(clean);
	if (!clean->count && c < 0x80) {
		put_ascii(clean, c);
	} else if (clean->count || length_of(c)) {
		clean->held[clean->count++] = c;
		if (clean->count == length_of(clean->held[0]))
			put_whole(clean);
	} else {
		put_escaped(clean, c, false);
	}
}

static ssize_t clean_write(void *data, const char *text, size_t size)
{
	struct clean *clean = data;
	size_t i;

	for (i = 0; i < size; i++)
		put(clean, (unsigned char)text[i]);
	return fflush(clean->raw) ? -1 : (ssize_t)size;
}

static FILE *make(struct clean *clean, FILE *raw, int mode)
{
	const cookie_io_functions_t calls = { .write = clean_write };
	FILE *made = fopencookie(clean, "w", calls);

	if (!made)
		return raw;
	setvbuf(made, NULL, mode, BUFSIZ);
	clean->raw = raw;
	return made;
}

void clean_output(void)
{
	stdout = make(&out, stdout, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
	stderr = make(&err, stderr, _IOLBF);
}

void clean_for_json(void)
{
	out.json = true;
}
