// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * write-fuzz SEED COUNT FILE…: COUNT writes of made-up text to the FILEs, whose
 * names tell what is nearly right for them: driver_flavour, driver_override, or a
 * rule's match, flavour and active.
 *
 * Prints how often each was answered by what.  Exits with 1 when an answer is
 * none of the documented ones, which it names, with the text that got it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILES 64
#define MAX_ERRNO 134
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(array) ((array)[rnd(COUNT(array))])

struct kind {
	const char *name;
	void (*make)(void);
	int answers[8]; /* besides success; ends with 0 */
	unsigned long written, got[MAX_ERRNO];
};

struct file {
	const char *path;
	struct kind *kind;
	int fd;
};

static char text[8192];
static size_t len;
static unsigned long long state;

static unsigned int rnd(unsigned int below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static void add(const char *s, size_t n)
{
	if (n > sizeof(text) - len)
		n = sizeof(text) - len;
	memcpy(text + len, s, n);
	len += n;
}

static void add_string(const char *s)
{
	add(s, strlen(s));
}

static void add_random(size_t n)
{
	char c;

	while (n--) {
		c = rnd(256);
		add(&c, 1);
	}
}

static void add_from(const char *set, size_t n)
{
	while (n--)
		add(set + rnd(strlen(set)), 1);
}

/* Something wrong with it, in most ways that come to mind. */
static void mutate(void)
{
	size_t at = len ? rnd(len) : 0;

	switch (rnd(10)) {
	case 0:
		if (len)
			text[at] ^= 1 << rnd(8);
		break;
	case 1:
		len = at;
		break;
	case 2:
		if (len)
			text[at] = '\0';
		break;
	case 3:
		add_random(1 + rnd(8));
		break;
	case 4:
		add_from("\n \t\r", 1 + rnd(4));
		break;
	case 5:
		add(text, len);
		break;
	case 6:
		if (len)
			text[at] ^= 0x20;
		break;
	case 7:
		add_from("A", 4096 - (len < 4096 ? len : 4096) + rnd(3) - 1);
		break;
	case 8:
		len -= len == sizeof(text);
		memmove(text + 1, text, len++);
		text[0] = " \n\t="[rnd(4)];
		break;
	default:
		len = 0;
		add_random(rnd(128));
	}
}

static void make_word(void)
{
	static const char *const words[] = { "native", "vfio", "none", "NATIVE", "vfio-pci", "" };

	add_string(PICK(words));
	/* The right ones take time: one in a hundred is enough. */
	if (rnd(100))
		mutate();
	if (rnd(2))
		add_string("\n");
}

static void make_override(void)
{
	static const char *const names[] = {
		"vfio", "vfio-pci*", "vfio_pci*", "vfio-pci", "none", "native", "(null)", "",
		"nvme", "e1000e", "%s%n", "../../vfio",
	};

	add_string(PICK(names));
	if (rnd(3))
		mutate();
	if (rnd(2))
		add_string("\n");
}

static void make_glob(void)
{
	static const char *const globs[] = {
		"*", "0000:0?:*", "pci:v0000*", "0000:00:02.0", "[", "[]", "[!", "[^-]", "\\",
		"[a-", "[z-a]*", "**********", "?", "[]-]", "*[0-9a-f]*[!x]",
	};

	if (rnd(3))
		add_string(PICK(globs));
	else
		add_from("*?[]!^-\\:.0123456789abcdefvds", rnd(24));
}

static void make_match(void)
{
	static const char *const keys[] = {
		"address=", "modalias=", "physfn=", "ADDRESS=", "address", "=", "id=", "dsn=",
	};
	int n = rnd(11);

	while (n--) {
		add_string(rnd(8) ? keys[rnd(3)] : PICK(keys));
		if (rnd(30))
			make_glob();
		add_from(" \t", rnd(20) ? 1 : 1 + rnd(300));
	}
	if (!rnd(3))
		mutate();
	if (rnd(2))
		add_string("\n");
}

static void make_active(void)
{
	static const char *const values[] = { "0", "1", "y", "n", "on", "off", "2", "", "-1" };

	add_string(PICK(values));
	if (rnd(2))
		mutate();
}

#define KIND(_name, _make, ...) \
	{ .name = (_name), .make = (_make), .answers = { __VA_ARGS__ } }

static struct kind kinds[] = {
	KIND("driver_flavour", make_word, EINVAL, EBUSY, EOPNOTSUPP, ENODEV, ENOMEM, ETIMEDOUT),
	KIND("driver_override", make_override, EINVAL, ENOMEM),
	KIND("match", make_match, EINVAL, EBUSY, ENOMEM),
	KIND("flavour", make_word, EINVAL, EBUSY),
	KIND("active", make_active, EINVAL),
};

static bool open_file(struct file *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	unsigned int i;

	file->path = path;
	file->fd = open(path, O_WRONLY | O_CLOEXEC);
	for (i = 0; i < COUNT(kinds) && slash; i++)
		if (!strcmp(slash + 1, kinds[i].name))
			file->kind = &kinds[i];
	if (file->fd < 0)
		perror(path);
	return file->fd >= 0 && file->kind;
}

static bool documented(const struct kind *kind, int err)
{
	unsigned int i;

	for (i = 0; i < COUNT(kind->answers); i++)
		if (kind->answers[i] == err)
			return true;
	return !err;
}

static void show(const struct file *file, int err)
{
	size_t i;

	printf("%s answers %s to '", file->path, strerrorname_np(err) ?: "?");
	for (i = 0; i < len && i < 200; i++)
		printf(text[i] >= ' ' && text[i] < 127 ? "%c" : "\\%03o", (unsigned char)text[i]);
	printf("' (%zu bytes)\n", len);
}

/* Returns whether the answer was one that is documented. */
static bool write_one(struct file *file)
{
	int err;

	len = 0;
	file->kind->make();
	if (!len) /* no write at all */
		add_string("\n");
	err = pwrite(file->fd, text, len, 0) < 0 ? errno : 0;
	file->kind->written++;
	file->kind->got[err % MAX_ERRNO]++;
	if (documented(file->kind, err))
		return true;
	show(file, err);
	return false;
}

static void report(void)
{
	unsigned long all = 0;
	unsigned int i, err;

	for (i = 0; i < COUNT(kinds); i++) {
		if (!kinds[i].written)
			continue;
		printf("%-15s %8lu writes: ok %lu", kinds[i].name, kinds[i].written,
		       kinds[i].got[0]);
		for (err = 1; err < MAX_ERRNO; err++)
			if (kinds[i].got[err])
				printf(", %s %lu", strerrorname_np(err), kinds[i].got[err]);
		printf("\n");
		all += kinds[i].written;
	}
	printf("writes %lu\n", all);
}

int main(int argc, char **argv)
{
	struct file files[MAX_FILES];
	unsigned long count, i, bad = 0;
	int n = 0;

	if (argc < 4 || argc - 3 > MAX_FILES) {
		fprintf(stderr, "usage: write-fuzz SEED COUNT FILE...\n");
		return 2;
	}
	state = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	for (; n < argc - 3; n++)
		if (!open_file(&files[n], argv[n + 3]))
			return 2;
	for (i = 0; i < count && bad < 10; i++)
		bad += !write_one(&files[rnd(n)]);
	report();
	return bad > 0;
}
