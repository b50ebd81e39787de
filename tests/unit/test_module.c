// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Modules as depmod and libkmod know them: files that a compiler and the real
 * depmod made. Skipped if there is no depmod.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

static const char *const files[] = {
	"fake-core.ko", "fake-extra.ko", "fake-variant.ko", "fake-vfio-pci.ko",
};

static void run_depmod(struct fake *fake)
{
	AUTOFREE char *command = format("PATH=$PATH:/sbin:/usr/sbin depmod -b %s 1.0", fake->dir);

	if (system(command))
		fail_msg("%s", command);
}

static void install(struct fake *fake, const char *file)
{
	AUTOFREE char *from = format("%s/%s", getenv("FAKE_MODULES"), file);
	AUTOFREE char *to = format("lib/modules/1.0/kernel/%s", file);
	AUTOFREE char *bytes = NULL;
	size_t size;

	bytes = read_text(from, &size);
	assert_non_null(bytes);
	fake_bytes(fake, to, bytes, size);
}

static int setup(void **state)
{
	struct fake *fake = fake_new();
	AUTOFREE char *root = format("%s/lib/modules/1.0", fake->dir);
	size_t i;

	for (i = 0; i < ARRAY_LEN(files); i++)
		install(fake, files[i]);
	fake_file(fake, "lib/modules/1.0/modules.builtin", "kernel/built-in-one.ko\n");
	fake_file(fake, "lib/modules/1.0/modules.order", "");
	run_depmod(fake);
	assert_int_equal(flavour_ctx_set_root(fake->ctx, FLAVOUR_ROOT_MODULES, root), 0);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_module *get(struct fake *fake, const char *name)
{
	struct flavour_modules *modules;
	struct flavour_module *found = NULL;
	size_t i;

	assert_int_equal(flavour_modules_new(fake->ctx, FLAVOUR_VFIO, &modules), 0);
	for (i = 0; i < flavour_modules_count(modules); i++)
		if (!strcmp(flavour_module_name(flavour_modules_get(modules, i)), name))
			found = flavour_modules_get(modules, i);
	flavour_modules_free(modules);
	assert_non_null(found);
	return found;
}

static uint64_t size_of(const char *file)
{
	AUTOFREE char *path = format("%s/%s", getenv("FAKE_MODULES"), file);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static void depmods_index_is_read(void **state)
{
	struct flavour_modules *modules;
	struct fake *fake = *state;
	struct flavour_module *variant;

	assert_int_equal(flavour_modules_new(fake->ctx, FLAVOUR_VFIO, &modules), 0);
	assert_int_equal(flavour_modules_count(modules), 2);
	variant = flavour_modules_get(modules, 0);
	assert_string_equal(flavour_module_name(variant), "fake_variant");
	assert_string_equal(flavour_module_alias(variant, FLAVOUR_VFIO, 0),
			    "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*");
	assert_null(flavour_module_alias(variant, FLAVOUR_VFIO, 1));
	assert_null(flavour_module_alias(variant, FLAVOUR_NATIVE, 0));
	assert_null(flavour_modules_get(modules, 2));
	flavour_modules_free(modules);
}

static void files_and_sizes(void **state)
{
	struct flavour_module *module = get(*state, "fake_vfio_pci");

	assert_contains(flavour_module_path(module), "/kernel/fake-vfio-pci.ko");
	assert_int_equal(flavour_module_size(module), size_of("fake-vfio-pci.ko"));
	assert_int_equal(flavour_module_state(module), FLAVOUR_MODULE_INSTALLED);
}

static void closures(void **state)
{
	struct fake *fake = *state;
	struct flavour_module *generic = get(fake, "fake_vfio_pci");
	struct flavour_module *variant = get(fake, "fake_variant");
	uint64_t core = size_of("fake-core.ko");

	assert_int_equal(flavour_module_closure_count(generic), 1);
	assert_string_equal(flavour_module_closure(generic, 0), "fake_core");
	assert_null(flavour_module_closure(generic, 1));
	assert_int_equal(flavour_module_closure_size(generic), size_of("fake-vfio-pci.ko") + core);
	assert_int_equal(flavour_module_closure_count(variant), 2);
	assert_string_equal(flavour_module_closure(variant, 0), "fake_core");
	assert_string_equal(flavour_module_closure(variant, 1), "fake_extra");
	assert_null(flavour_module_closure(variant, 2));
	/* What is loaded already costs nothing. */
	fake_driver(fake, "core", "fake_core");
	assert_int_equal(flavour_module_load_size(generic), size_of("fake-vfio-pci.ko"));
	assert_int_equal(flavour_module_closure_size(generic), size_of("fake-vfio-pci.ko") + core);
}

static void drivers_and_state(void **state)
{
	struct fake *fake = *state;
	struct flavour_module *module = get(fake, "fake_vfio_pci");

	assert_int_equal(flavour_module_driver_count(module), 0);
	fake_driver(fake, "fake-vfio", "fake_vfio_pci");
	assert_int_equal(flavour_module_driver_count(module), 1);
	assert_string_equal(flavour_module_driver(module, 0), "fake-vfio");
	assert_int_equal(flavour_module_state(module), FLAVOUR_MODULE_LOADED);
}

static void blacklists(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "run/modprobe.d/x.conf", "blacklist fake-variant\n");
	assert_true(flavour_module_blacklisted(get(fake, "fake_variant")));
	assert_false(flavour_module_blacklisted(get(fake, "fake_vfio_pci")));
}

/* The release looks the native modules up in depmod's binary index. */
static void native_modules_are_loaded(void **state)
{
	struct fake *fake = *state;

	modules_load_native(fake->ctx, ID_NIC, false, NULL, NULL);
	assert_true(fake_logged(fake, "load fake_extra"));
	assert_int_equal(fake->log.count, 1);
}

static void blacklisted_native_modules_are_not(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "etc/modprobe.d/x.conf", "blacklist fake_extra\n");
	modules_load_native(fake->ctx, ID_NIC, false, NULL, NULL);
	assert_int_equal(fake->log.count, 0);
}

/* --- what libkmod must not see --------------------------------------------- */

#define HANGS_AFTER 300

/* Another context on the same machine: what is read is kept. */
static struct flavour_ctx *again(struct fake *fake)
{
	struct flavour_ctx *ctx;
	unsigned int i;

	assert_int_equal(flavour_ctx_new(&ctx), 0);
	for (i = 0; i < ROOTS; i++)
		assert_int_equal(flavour_ctx_set_root(ctx, i, flavour_ctx_root(fake->ctx, i)), 0);
	return ctx;
}

/* Everything that asks libkmod; what it says, if it refuses. */
static int look_up(struct fake *fake, char *message, size_t size)
{
	struct flavour_ctx *ctx = again(fake);
	struct flavour_module *module;
	char *story = NULL;
	int error = flavour_load(ctx, ID_NIC, FLAVOUR_LOAD_DRY_RUN, &story);

	snprintf(message, size, "%s", error ? flavour_ctx_message(ctx) : story);
	module = module_get(ctx, "fake_variant");
	assert_non_null(module);
	flavour_module_path(module);
	flavour_module_closure_size(module);
	free(story);
	flavour_ctx_free(ctx);
	return error;
}

static void expect_refused(struct fake *fake, int error, const char *part)
{
	char message[1024];

	alarm(HANGS_AFTER);
	assert_int_equal(look_up(fake, message, sizeof(message)), error);
	alarm(0);
	assert_contains(message, part);
}

#define INDEX "lib/modules/1.0/modules.alias.bin"
#define HEADER "\xb0\x07\xf4\x57\0\2\0\1"

#define NODE(bytes) { HEADER bytes, sizeof(HEADER bytes) - 1 }

static const struct {
	const char *bytes;
	size_t size;
} damaged[] = {
	/* The root is its own child, by a letter and by a wildcard. */
	NODE("\x20\0\0\x0c" "**" "\x20\0\0\x0c"),
	NODE("\x20\0\0\x0c" "pp" "\x20\0\0\x0c"),
	/* Two children that are one. */
	NODE("\x20\0\0\x10" "\0\0\0\0" "*+" "\xa0\0\0\x1c" "\xa0\0\0\x1c" "a\0**\0\0\0\0"),
	/* Four thousand million values, and a prefix and a child out of the file. */
	NODE("\x40\0\0\x0c" "\xff\xff\xff\xff"),
	NODE("\x80\0\0\x0c" "pci:"),
	NODE("\x20\0\0\x0c" "aa" "\x4f\xff\xff\xff"),
	/* From z to a; letters that are none; cut off. */
	NODE("\x20\0\0\x0c" "za" "\0\0\0\0"),
	NODE("\x20\0\0\x0c" "\0\xff" "\0\0\0\0"),
	NODE("\x20"),
	{ "\xb0\x07\xf4\x58\0\2\0\1\0\0\0\x0c", 12 },
};

static void a_damaged_index_is_refused(void **state)
{
	struct fake *fake = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(damaged); i++) {
		fake_bytes(fake, INDEX, damaged[i].bytes, damaged[i].size);
		expect_refused(fake, -EBADMSG, "modules.alias.bin is damaged. Run depmod.");
	}
}

/* Each child a letter deeper: libkmod would recurse as deep. */
static void a_deep_index_is_refused(void **state)
{
	struct fake *fake = *state;
	static unsigned char bytes[12 + 6 * 100000];
	size_t at;

	memcpy(bytes, HEADER "\x20\0\0\x0c", 12);
	for (at = 12; at < sizeof(bytes); at += 6) {
		size_t child = at + 6 < sizeof(bytes) ? at + 6 : 0;

		bytes[at] = bytes[at + 1] = '*';
		bytes[at + 2] = child ? 0x20 : 0;
		bytes[at + 3] = (unsigned char)(child >> 16);
		bytes[at + 4] = (unsigned char)(child >> 8);
		bytes[at + 5] = (unsigned char)child;
	}
	fake_bytes(fake, INDEX, bytes, sizeof(bytes));
	expect_refused(fake, -EBADMSG, "modules.alias.bin is damaged");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Bytes changed anywhere, or the file cut off. */
static size_t damage(char *bytes, size_t size, uint32_t *seed)
{
	unsigned int i, changes = next_random(seed) % 4;

	for (i = 0; i < changes; i++)
		bytes[next_random(seed) % size] = (char)next_random(seed);
	return changes ? size : next_random(seed) % size;
}

/* Whatever is wrong with them, every call comes back. */
static void any_damage_is_survived(void **state)
{
	static const char *const names[] = {
		"modules.alias.bin", "modules.dep.bin", "modules.builtin.bin",
	};
	struct fake *fake = *state;
	unsigned int i, refused = 0, taken = 0;
	uint32_t seed = 12;
	char message[1024];

	alarm(HANGS_AFTER);
	for (i = 0; i < 3000; i++) {
		AUTOFREE char *name = format("lib/modules/1.0/%s", names[i % 3]);
		AUTOFREE char *path = format("%s/%s", fake->dir, name);
		AUTOFREE char *good = NULL, *bad = NULL;
		size_t size;

		good = read_text(path, &size);
		bad = read_text(path, &size);
		assert_non_null(good);
		assert_non_null(bad);
		fake_bytes(fake, name, bad, damage(bad, size, &seed));
		if (look_up(fake, message, sizeof(message)) == -EBADMSG)
			refused++;
		else
			taken++;
		fake_bytes(fake, name, good, size);
	}
	alarm(0);
	assert_true(refused > 1000);
	assert_true(taken > 100);
}

static void fake_fifo(struct fake *fake, const char *path)
{
	AUTOFREE char *full = format("%s/%s", fake->dir, path);

	fake_file(fake, path, "");
	fake_remove(fake, path);
	assert_int_equal(mkfifo(full, 0666), 0);
}

static void fifos_are_refused(void **state)
{
	static const char *const paths[] = {
		"etc/modprobe.d/x.conf", "lib/modprobe.d/x.conf", INDEX,
		"lib/modules/1.0/modules.softdep",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(paths); i++) {
		fake_fifo(*state, paths[i]);
		expect_refused(*state, -EMEDIUMTYPE, strrchr(paths[i], '/'));
		expect_refused(*state, -EMEDIUMTYPE, "FIFO or a device");
		fake_remove(*state, paths[i]);
	}
}

static void a_mask_in_modprobe_d_is_none(void **state)
{
	char message[1024];

	fake_link(*state, "etc/modprobe.d/x.conf", "/dev/null");
	assert_int_equal(look_up(*state, message, sizeof(message)), 0);
	assert_contains(message, "Would load fake_extra");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(depmods_index_is_read),
		TEST(files_and_sizes),
		TEST(closures),
		TEST(drivers_and_state),
		TEST(blacklists),
		TEST(native_modules_are_loaded),
		TEST(blacklisted_native_modules_are_not),
		TEST(a_damaged_index_is_refused),
		TEST(a_deep_index_is_refused),
		TEST(any_damage_is_survived),
		TEST(fifos_are_refused),
		TEST(a_mask_in_modprobe_d_is_none),
	};

	if (!getenv("FAKE_MODULES") ||
	    system("PATH=$PATH:/sbin:/usr/sbin depmod --version >/dev/null 2>&1"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
