// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory runs out, once at each allocation: the library does not crash, and says
 * what it says with enough of it, or that there is none. But libkmod tells nobody
 * when it could not read all of its configuration, or not look up all of an alias.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fake.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

/* The allocation to fail, counted down to it; 0: none. */
static unsigned int countdown;
static bool failed;

#ifndef __SANITIZE_ADDRESS__ /* whose malloc() is another; see main() */

static bool fails(void)
{
	if (!countdown || --countdown)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

#endif

static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_file(fake, "etc/modprobe.d/x.conf",
		  "blacklist mlx5_vfio_pci\nalias vfio_pci:v000015B3* narrow_vfio_pci\n");
	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 7);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_ctx *again(struct fake *fake)
{
	struct flavour_ctx *ctx;
	unsigned int i;

	assert_int_equal(flavour_ctx_new(&ctx), 0);
	for (i = 0; i < ROOTS; i++)
		assert_int_equal(flavour_ctx_set_root(ctx, i, flavour_ctx_root(fake->ctx, i)), 0);
	return ctx;
}

/* Returns whether that allocation was reached; NULL for a @story that may be any. */
static bool load(struct fake *fake, const char *alias, unsigned int nth, const char *story)
{
	struct flavour_ctx *ctx = again(fake);
	char *told = NULL;
	int error;

	if (story)
		assert_int_equal(ctx_kmod(ctx), 0);
	failed = false;
	countdown = nth;
	error = flavour_load(ctx, alias, FLAVOUR_LOAD_DRY_RUN, &told);
	countdown = 0;
	if (story && !error)
		assert_string_equal(told, story);
	else if (story && error != -ENOMEM)
		fail_msg("allocation %u: %d, %s", nth, error, flavour_ctx_message(ctx));
	free(told);
	flavour_ctx_free(ctx);
	return failed;
}

static void every_allocation(struct fake *fake, const char *alias, bool same)
{
	struct flavour_ctx *ctx = again(fake);
	char *story = NULL;
	unsigned int nth;

	assert_int_equal(flavour_load(ctx, alias, FLAVOUR_LOAD_DRY_RUN, &story), 0);
	flavour_ctx_free(ctx);
	for (nth = 1; load(fake, alias, nth, NULL); nth++)
		;
	assert_true(nth > 30);
	for (nth = 1; same && load(fake, alias, nth, story); nth++)
		;
	free(story);
}

static void the_best_variant(void **state)
{
	every_allocation(*state, "vfio_pci:v000015B3d0000101Esv000015B3sd00000058bc02sc00i00", true);
}

static void a_native_module(void **state)
{
	struct fake *fake = *state;

	/* Without depmod's index libkmod knows what modprobe.d says. */
	fake_file(fake, "etc/modprobe.d/y.conf", "alias pci:v000015B3* mlx5_core\n"
		  "install mlx5_core /bin/true\n");
	every_allocation(fake, ID_NIC, false);
}

/* The smallest index there is: a root that has nothing. */
static void no_memory_is_no_damage(void **state)
{
	static const unsigned char index[] = { 0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0, 0, 0, 12 };
	struct fake *fake = *state;
	unsigned int nth = 0;

	fake_bytes(fake, "modules/modules.symbols.bin", index, sizeof(index));
	do {
		struct flavour_ctx *ctx = again(fake);
		int error;

		failed = false;
		countdown = ++nth;
		error = ctx_kmod(ctx);
		countdown = 0;
		assert_true(!error || (failed && error == -ENOMEM));
		assert_int_equal(ctx_kmod(ctx), 0);
		flavour_ctx_free(ctx);
	} while (failed);
	assert_true(nth > 10);
}

/* Calls until no allocation fails; as long as it fails itself, it leaves its output as it was. */
#define LEFT_ALONE(type, release, call) do {				\
	struct type *out;						\
	unsigned int nth = 0;						\
	int error;							\
									\
	do {								\
		out = (void *)&countdown;				\
		failed = false;						\
		countdown = ++nth;					\
		error = call;						\
		countdown = 0;						\
		if (error >= 0)						\
			release(out);					\
		else							\
			assert_ptr_equal(out, &countdown);		\
		if (error < 0 && !failed)				\
			fail_msg(#call ": %d, %s", error, flavour_ctx_message(ctx)); \
	} while (failed);						\
	assert_true(nth > 1);						\
} while (0)

static void what_fails_leaves_its_output_alone(void **state)
{
	struct fake *fake = *state;
	struct flavour_ctx *ctx = again(fake);
	struct flavour_device *dev;
	struct flavour_devices *all;
	struct flavour_policy *policy;

	assert_int_equal(flavour_device_new(ctx, "0000:01:00.0", &dev), 0);
	assert_int_equal(flavour_devices_new(ctx, &all), 0);
	assert_int_equal(flavour_policy_new(ctx, &policy), 0);
	assert_int_equal(flavour_policy_parse(policy, "f", "vfio class=02*\n", 15), 0);
	LEFT_ALONE(flavour_ctx, flavour_ctx_free, flavour_ctx_new(&out));
	LEFT_ALONE(flavour_device, flavour_device_unref,
		   flavour_device_new(ctx, "0000:01:00.0", &out));
	LEFT_ALONE(flavour_devices, flavour_devices_free, flavour_devices_new(ctx, &out));
	LEFT_ALONE(flavour_devices, flavour_devices_free, flavour_devices_new_empty(ctx, &out));
	LEFT_ALONE(flavour_devices, flavour_devices_free,
		   flavour_devices_select(all, "0000:01:*", &out));
	LEFT_ALONE(flavour_groups, flavour_groups_free, flavour_groups_new(all, &out));
	LEFT_ALONE(flavour_uses, flavour_uses_free, flavour_uses_new(dev, &out));
	LEFT_ALONE(flavour_plan, flavour_plan_free,
		   flavour_plan_new(dev, FLAVOUR_NONE, NULL, 0, all, &out));
	LEFT_ALONE(flavour_policy, flavour_policy_free, flavour_policy_new(ctx, &out));
	LEFT_ALONE(flavour_policy, flavour_policy_free, flavour_policy_read(ctx, &out));
	LEFT_ALONE(flavour_policy_plans, flavour_policy_plans_free,
		   flavour_policy_plans_new(policy, all, &out));
	LEFT_ALONE(flavour_findings, flavour_findings_free,
		   flavour_findings_new(policy, all, &out));
	LEFT_ALONE(flavour_checks, flavour_checks_free, flavour_checks_new(all, &out));
	LEFT_ALONE(flavour_modules, flavour_modules_free,
		   flavour_modules_new(ctx, FLAVOUR_VFIO, &out));
	/* A device remembers what it read, well or badly. */
	LEFT_ALONE(flavour_candidates, flavour_candidates_free,
		   (flavour_device_refresh(dev),
		    flavour_candidates_new(dev, FLAVOUR_VFIO, &out)));
	flavour_policy_free(policy);
	flavour_devices_free(all);
	flavour_device_unref(dev);
	flavour_ctx_free(ctx);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_best_variant),
		TEST(a_native_module),
		TEST(no_memory_is_no_damage),
		TEST(what_fails_leaves_its_output_alone),
	};

#ifdef __SANITIZE_ADDRESS__
	return 77;	/* its malloc() is another */
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
