// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Modules as depmod and libkmod know them: files that a compiler and the real
 * depmod made. Skipped if there is no depmod.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
	const char *const *names = flavour_module_closure(generic);
	uint64_t core = size_of("fake-core.ko");

	assert_string_equal(names[0], "fake_core");
	assert_null(names[1]);
	assert_int_equal(flavour_module_closure_size(generic), size_of("fake-vfio-pci.ko") + core);
	names = flavour_module_closure(variant);
	assert_string_equal(names[0], "fake_core");
	assert_string_equal(names[1], "fake_extra");
	assert_null(names[2]);
	/* What is loaded already costs nothing. */
	fake_driver(fake, "core", "fake_core");
	assert_int_equal(flavour_module_load_size(generic), size_of("fake-vfio-pci.ko"));
	assert_int_equal(flavour_module_closure_size(generic), size_of("fake-vfio-pci.ko") + core);
}

static void drivers_and_state(void **state)
{
	struct fake *fake = *state;
	struct flavour_module *module = get(fake, "fake_vfio_pci");

	assert_null(*flavour_module_drivers(module));
	fake_driver(fake, "fake-vfio", "fake_vfio_pci");
	assert_string_equal(flavour_module_drivers(module)[0], "fake-vfio");
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

	modules_load_native(fake->ctx, ID_NIC, false, NULL);
	assert_true(fake_logged(fake, "load fake_extra"));
	assert_int_equal(fake->log.count, 1);
}

static void blacklisted_native_modules_are_not(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "etc/modprobe.d/x.conf", "blacklist fake_extra\n");
	modules_load_native(fake->ctx, ID_NIC, false, NULL);
	assert_int_equal(fake->log.count, 0);
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
	};

	if (!getenv("FAKE_MODULES") ||
	    system("PATH=$PATH:/sbin:/usr/sbin depmod --version >/dev/null 2>&1"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
