// SPDX-License-Identifier: LGPL-2.1-or-later
/* A machine without libkmod: every dlopen() fails here. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "fake.h"

void *dlopen(const char *name, int flags)
{
	return NULL;
}

char *dlerror(void)
{
	static char text[] = "libkmod.so.2: cannot open shared object file";

	return text;
}

static void it_is_named(void **state)
{
	struct fake *fake = fake_new();
	struct flavour_candidates *candidates;
	struct flavour_devices *devices;
	struct flavour_checks *checks;
	const struct flavour_check *check;
	struct flavour_device *dev;
	unsigned int told = 0;
	size_t i;

	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 7);
	dev = fake_get(fake, "0000:01:00.0");
	assert_int_equal(flavour_candidates_new(dev, FLAVOUR_VFIO, &candidates), -ELIBACC);
	assert_contains(flavour_ctx_message(fake->ctx), "libkmod.so.2: cannot open");
	assert_contains(flavour_ctx_message(fake->ctx), "Install libkmod2");
	assert_int_equal(flavour_load(fake->ctx, ID_NIC, FLAVOUR_LOAD_DRY_RUN, NULL), -ELIBACC);
	assert_contains(flavour_ctx_message(fake->ctx), "Install libkmod2");
	flavour_device_unref(dev);
	assert_int_equal(flavour_devices_new(fake->ctx, &devices), 0);
	assert_int_equal(flavour_checks_new(devices, &checks), 0);
	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		told += !!strstr(flavour_check_text(check), "Install libkmod2");
	assert_int_equal(told, 2);
	flavour_checks_free(checks);
	flavour_devices_free(devices);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_named) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
