// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each call of the library that allocates or asks the system fails once, one after
 * the other, while a device in use is asked about: the answer may be an error, or a
 * refusal, but never yes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

/* The linker puts these in the place of the functions (--wrap); __real_X is X. */
static unsigned long calls, fail_at;
static int fail_with;

/* What the kernel answers is forged by the test, so it is asked. */
bool faults_ask_kernel;

bool __real_ctx_is_moved(const struct flavour_ctx *ctx, enum flavour_root root);
bool __wrap_ctx_is_moved(const struct flavour_ctx *ctx, enum flavour_root root);
bool __wrap_ctx_is_moved(const struct flavour_ctx *ctx, enum flavour_root root)
{
	return !faults_ask_kernel && __real_ctx_is_moved(ctx, root);
}

static bool fails(int error)
{
	if (!fail_at || ++calls != fail_at)
		return false;
	errno = error;
	return true;
}

bool faults_now(void)
{
	return fails(fail_with);
}

#define WRAP(error, otherwise, type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return fails(error) ? otherwise : __real_##name args; \
	}

#define WRAP_MEMORY(type, name, params, args) WRAP(ENOMEM, NULL, type, name, params, args)
#define WRAP_CALL(type, name, params, args) WRAP(fail_with, (type)-1, type, name, params, args)

WRAP_MEMORY(void *, malloc, (size_t size), (size))
WRAP_MEMORY(void *, calloc, (size_t count, size_t size), (count, size))
WRAP_MEMORY(void *, realloc, (void *old, size_t size), (old, size))
WRAP_MEMORY(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size))
WRAP_MEMORY(char *, strdup, (const char *s), (s))
WRAP_MEMORY(char *, strndup, (const char *s, size_t size), (s, size))
WRAP(ENOMEM, -1, int, vasprintf, (char **to, const char *format, va_list args), (to, format, args))
WRAP(fail_with, NULL, DIR *, opendir, (const char *path), (path))
WRAP(fail_with, NULL, DIR *, fdopendir, (int fd), (fd))
WRAP(fail_with, NULL, struct dirent *, readdir, (DIR *dir), (dir))
WRAP(fail_with, NULL, struct dirent64 *, readdir64, (DIR *dir), (dir))
WRAP(fail_with, NULL, char *, realpath, (const char *path, char *to), (path, to))
WRAP(fail_with, NULL, FILE *, fopen, (const char *path, const char *mode), (path, mode))
WRAP(fail_with, NULL, FILE *, fopen64, (const char *path, const char *mode), (path, mode))
WRAP_CALL(int, open, (const char *path, int flags), (path, flags))
WRAP_CALL(int, open64, (const char *path, int flags), (path, flags))
WRAP_CALL(int, openat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP_CALL(int, openat64, (int dir, const char *path, int flags), (dir, path, flags))
WRAP_CALL(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))
WRAP_CALL(ssize_t, readlink, (const char *path, char *to, size_t size), (path, to, size))
WRAP_CALL(ssize_t, readlinkat, (int dir, const char *path, char *to, size_t size),
	  (dir, path, to, size))
WRAP_CALL(int, access, (const char *path, int mode), (path, mode))
WRAP_CALL(int, faccessat, (int dir, const char *path, int mode, int flags),
	  (dir, path, mode, flags))
WRAP_CALL(int, stat, (const char *path, struct stat *st), (path, st))
WRAP_CALL(int, stat64, (const char *path, struct stat64 *st), (path, st))
WRAP_CALL(int, fstat, (int fd, struct stat *st), (fd, st))
WRAP_CALL(int, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP_CALL(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
	  (dir, path, st, flags))
WRAP_CALL(int, fstatat64, (int dir, const char *path, struct stat64 *st, int flags),
	  (dir, path, st, flags))
WRAP_CALL(int, statx, (int dir, const char *path, int flags, unsigned int mask, struct statx *st),
	  (dir, path, flags, mask, st))

void faults_put_block(struct fake *fake, const char *real, const char *number)
{
	AUTOFREE char *dev = format("%s/dev", real);
	AUTOFREE char *link = format("sys/class/block/%s", strrchr(real, '/') + 1);
	AUTOFREE char *node = format("sys/dev/block/%s", number);

	fake_file(fake, dev, number);
	fake_link(fake, link, real);
	fake_link(fake, node, real);
}

void faults_put_disk(struct fake *fake)
{
	faults_put_block(fake, DISK, "259:0");
	faults_put_block(fake, PARTITION, "259:1");
	fake_file(fake, PARTITION "/partition", "1\n");
	fake_file(fake, "proc/swaps", "Filename Type\n");
	fake_file(fake, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
}

static struct fake *machine(void)
{
	struct fake *fake = fake_new();

	fake_device(fake, NIC_AT, ID_NIC, NULL, 1);
	fake_device(fake, NVME_AT, ID_NVME, NULL, 2);
	fake_device(fake, VGA_AT, ID_VGA, NULL, 3);
	return fake;
}

/* Would it be done? */
static bool says_yes(struct fake *fake, const char *address, enum flavour flavour)
{
	struct flavour_device *dev;
	struct flavour_plan *plan;
	bool yes = false;

	if (flavour_device_new(fake->ctx, address, &dev))
		return false;
	if (!flavour_plan_new(dev, flavour, NULL, 0, NULL, &plan)) {
		yes = !flavour_plan_result(plan) && !flavour_plan_noop(plan);
		flavour_plan_free(plan);
	}
	flavour_device_unref(dev);
	return yes;
}

static bool says_nobody(struct fake *fake, const char *address)
{
	struct flavour_device *dev;
	struct flavour_uses *uses;
	bool nobody = false;

	if (flavour_device_new(fake->ctx, address, &dev))
		return false;
	if (!flavour_uses_new(dev, &uses)) {
		nobody = !flavour_uses_count(uses);
		flavour_uses_free(uses);
	}
	flavour_device_unref(dev);
	return nobody;
}

/* All of it from the start, with call number @at failing. */
static bool is_wrong(struct fake *fake, const char *address, enum flavour flavour, unsigned long at)
{
	bool wrong;

	fail_at = 0;
	fake_forget(fake);
	calls = 0;
	fail_at = at;
	wrong = says_yes(fake, address, flavour) || says_nobody(fake, address);
	fail_at = 0;
	return wrong;
}

static unsigned long sweep(struct fake *fake, const char *address, enum flavour flavour, int error,
			   const char *what)
{
	unsigned long at = 0, wrong = 0;

	fail_with = error;
	do {
		if (!is_wrong(fake, address, flavour, ++at))
			continue;
		print_error("%s: call %lu failed with %s, and it would be done\n", what, at,
			    strerrorname_np(error));
		wrong++;
	} while (calls >= at);
	assert_true(at > 50);
	return wrong;
}

/* Without a failure it is refused for this reason, and not for what can't be read. */
static void expect_text(struct fake *fake, const char *address, const char *text)
{
	struct flavour_device *dev = fake_get(fake, address);
	struct flavour_uses *uses;
	bool found = false;
	size_t i;

	assert_int_equal(flavour_uses_new(dev, &uses), 0);
	for (i = 0; i < flavour_uses_count(uses); i++) {
		const struct flavour_use *use = flavour_uses_get(uses, i);

		assert_int_not_equal(flavour_use_kind(use), FLAVOUR_USE_UNKNOWN);
		found |= strstr(flavour_use_text(use), text) != NULL;
	}
	assert_true(found);
	flavour_uses_free(uses);
	flavour_device_unref(dev);
}

void faults_never_yes(const struct use *uses, size_t count)
{
	static const int errors[] = { EIO, EMFILE, ENOMEM };
	unsigned long wrong = 0;
	size_t i, j;

	for (i = 0; i < count; i++) {
		struct fake *fake = machine();
		const char *address = uses[i].make(fake);

		if (uses[i].text)
			expect_text(fake, address, uses[i].text);
		for (j = 0; j < ARRAY_LEN(errors); j++)
			wrong += sweep(fake, address, uses[i].flavour, errors[j], uses[i].name);
		fake_free(fake);
	}
	assert_int_equal(wrong, 0);
}
