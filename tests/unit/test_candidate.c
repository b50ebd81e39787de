// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who may drive a device: from text indices, modprobe.d and what is loaded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 1);
	fake_device(fake, "0000:02:00.0", ID_NVME, NULL, 2);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

/* The candidates as "module module !module", "!" before those that may not be chosen. */
static char *list(struct fake *fake, const char *address, enum flavour flavour)
{
	struct flavour_device *dev = fake_get(fake, address);
	struct flavour_candidates *candidates;
	struct strv names = { 0 };
	char *joined;
	size_t i;

	assert_int_equal(flavour_candidates_new(dev, flavour, &candidates), 0);
	for (i = 0; i < flavour_candidates_count(candidates); i++) {
		struct flavour_candidate *c = flavour_candidates_get(candidates, i);

		strv_take(&names, format("%s%s", flavour_candidate_is_usable(c) ? "" : "!",
					 flavour_module_name(flavour_candidate_module(c))));
	}
	flavour_candidates_free(candidates);
	flavour_device_unref(dev);
	joined = strv_join(&names, " ");
	strv_clear(&names);
	return joined;
}

static void expect(struct fake *fake, const char *address, enum flavour flavour,
		   const char *expected)
{
	AUTOFREE char *found = list(fake, address, flavour);

	assert_string_equal(found, expected);
}

static void specific_first(void **state)
{
	expect(*state, "0000:01:00.0", FLAVOUR_VFIO, "narrow_vfio_pci mlx5_vfio_pci vfio_pci");
	expect(*state, "0000:02:00.0", FLAVOUR_VFIO, "vfio_pci");
	expect(*state, "0000:01:00.0", FLAVOUR_NATIVE, "mlx5_core");
	expect(*state, "0000:02:00.0", FLAVOUR_NATIVE, "nvme");
}

static void candidates_explain_themselves(void **state)
{
	struct flavour_device *dev = fake_get(*state, "0000:01:00.0");
	struct flavour_candidates *list;
	struct flavour_candidate *c;

	assert_int_equal(flavour_candidates_new(dev, FLAVOUR_VFIO, &list), 0);
	c = flavour_candidates_get(list, 0);
	assert_int_equal(flavour_candidate_wildcards(c), 3);
	assert_string_equal(flavour_candidate_alias(c),
			    "vfio_pci:v000015B3d0000101Esv000015B3sd00000058bc*sc*i*");
	assert_string_equal(flavour_candidate_reason(c),
			    "The most specific: unlike mlx5_vfio_pci it names the subsystem's vendor.");
	assert_false(flavour_candidate_is_generic(c));
	assert_true(flavour_candidate_is_generic(flavour_candidates_get(list, 2)));
	assert_contains(flavour_candidate_reason(flavour_candidates_get(list, 2)),
			"Less specific than narrow_vfio_pci, which names vendor and device.");
	assert_null(flavour_candidates_get(list, 3));
	flavour_candidates_free(list);
	flavour_device_unref(dev);
}

/* Equals are in the order of their drivers' names, once those are known. */
static void names_decide_between_equals(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "modules/modules.alias",
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* zz_vfio\n"
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* aa_vfio\n"
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* mm_vfio\n");
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "aa_vfio mm_vfio zz_vfio");
	fake_driver(fake, "a-first", "zz_vfio");
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "zz_vfio aa_vfio mm_vfio");
}

static void the_best_alias_of_a_module_counts(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "modules/modules.alias",
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* both\n"
		  "alias vfio_pci:v000015B3d*sv*sd*bc*sc*i* one\n"
		  "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* both\n"
		  "alias vfio_pci:v*d*sv*sd*bc02sc00i* class\n"
		  "alias vfio_pci:v*d*sv*sd*bc02sc*i* base\n"
		  "alias vfio_pci:v*d*sv000015B3sd*bc*sc*i* sub\n");
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "both one sub class base");
}

static void builtin_modules_count(void **state)
{
	struct fake *fake = *state;
	static const char modinfo[] =
		"vfio_pci.license=GPL v2\0"
		"hv_vfio.alias=vfio_pci:v000015B3d*sv*sd*bc*sc*i*\0"
		"hv_vfio.alias=vfio_pci:rubbish\0"
		"cut.alias=vfio_pci:v*d*sv*sd*bc*sc*i*";
	struct flavour_modules *modules;
	struct flavour_module *hv;

	fake_bytes(fake, "modules/modules.builtin.modinfo", modinfo, sizeof(modinfo) - 1);
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO,
	       "narrow_vfio_pci mlx5_vfio_pci hv_vfio vfio_pci");
	assert_int_equal(flavour_modules_new(fake->ctx, FLAVOUR_VFIO, &modules), 0);
	assert_int_equal(flavour_modules_count(modules), 4);
	hv = flavour_modules_get(modules, 0);
	assert_string_equal(flavour_module_name(hv), "hv_vfio");
	assert_int_equal(flavour_module_state(hv), FLAVOUR_MODULE_BUILTIN);
	assert_null(flavour_module_path(hv));
	flavour_modules_free(modules);
}

static void a_hostile_index_is_survived(void **state)
{
	struct fake *fake = *state;
	static const char text[] =
		"alias\nalias \nalias x\nalias  \n\n\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i*\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* \n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* ../../etc/passwd\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* .hidden\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* two words\n"
		"alias vfio_pci:* glob_by_hand\n"
		"alias vfio_pci:v*d*\0sv*sd*bc*sc*i* nul\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* good\n"
		"alias vfio_pci:v*d*sv*sd*bc*sc*i* cut";

	fake_bytes(fake, "modules/modules.alias", text, sizeof(text) - 1);
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "good");
}

static void no_index_is_said(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev = fake_get(fake, "0000:01:00.0");
	struct flavour_candidates *candidates;
	struct flavour_modules *modules;

	fake_remove(fake, "modules/modules.alias");
	assert_int_equal(flavour_candidates_new(dev, FLAVOUR_VFIO, &candidates), -ENOENT);
	assert_contains(flavour_ctx_message(fake->ctx), "depmod");
	assert_int_equal(flavour_modules_new(fake->ctx, FLAVOUR_VFIO, &modules), -ENOENT);
	assert_int_equal(flavour_candidates_new(dev, FLAVOUR_NONE, &candidates), -EINVAL);
	flavour_device_unref(dev);
}

static void a_blacklist_removes(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "etc/modprobe.d/x.conf", "blacklist narrow-vfio-pci\n");
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "mlx5_vfio_pci vfio_pci !narrow_vfio_pci");
}

static void an_alias_pins(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "etc/modprobe.d/x.conf",
		  "alias vfio_pci:v000015B3d* mlx5_vfio_pci\n"
		  "alias net-pf-10 off\n");
	expect(fake, "0000:01:00.0", FLAVOUR_VFIO, "mlx5_vfio_pci !narrow_vfio_pci !vfio_pci");
	expect(fake, "0000:02:00.0", FLAVOUR_VFIO, "vfio_pci");
}

/* A pin chooses among candidates, and makes none. */
static void a_pin_makes_no_candidate(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "etc/modprobe.d/x.conf", "alias vfio_pci:* mlx5_vfio_pci\n");
	expect(fake, "0000:02:00.0", FLAVOUR_VFIO, "!vfio_pci");
}

static char *vfio_alias(const char *modalias)
{
	return format("vfio_%s", modalias);
}

static void the_loader_loads_one(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NIC);
	AUTOFREE char *story = NULL;

	fake_fail(fake, "load narrow_vfio_pci", -ENOEXEC);
	assert_int_equal(flavour_load(fake->ctx, alias, 0, &story), 0);
	assert_contains(story, "narrow_vfio_pci can't be loaded: Exec format error. "
			"Loaded mlx5_vfio_pci. Less specific");
	assert_int_equal(fake->log.count, 2);
	assert_int_equal(flavour_load(fake->ctx, "vfio_pci:x", 0, NULL), -EINVAL);
	assert_int_equal(flavour_load(fake->ctx, "vfio_pci:v*d*sv*sd*bc*sc*i*", 0, NULL),
			 -EINVAL);
	assert_int_equal(flavour_load(fake->ctx, ID_VGA, 0, NULL), -ENODEV);
}

static void the_loader_tells_its_order(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NIC);
	AUTOFREE char *story = NULL;

	assert_int_equal(flavour_load(fake->ctx, alias, FLAVOUR_LOAD_DRY_RUN, &story), 0);
	assert_contains(story, "Would load narrow_vfio_pci. The most specific");
	assert_contains(story, "Else vfio_pci. Less specific");
	assert_int_equal(fake->log.count, 0);
}

static void what_is_live_is_not_loaded_again(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NIC);
	AUTOFREE char *story = NULL;

	fake_file(fake, "sys/module/narrow_vfio_pci/initstate", "coming\n");
	assert_int_equal(flavour_load(fake->ctx, alias, 0, NULL), 0);
	assert_true(fake_logged(fake, "load narrow_vfio_pci"));
	assert_int_equal(flavour_load(fake->ctx, alias, 0, &story), 0);
	assert_contains(story, "narrow_vfio_pci is already loaded.");
	assert_int_equal(fake->log.count, 1);
}

static void the_next_one_is_not_loaded_yet(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NIC);
	AUTOFREE char *would = NULL;
	AUTOFREE char *story = NULL;

	fake_file(fake, "sys/module/narrow_vfio_pci/initstate", "live\n");
	assert_int_equal(flavour_load(fake->ctx, alias, FLAVOUR_LOAD_NEXT | FLAVOUR_LOAD_DRY_RUN,
				      &would), 0);
	assert_contains(would, "Skipped narrow_vfio_pci, which is already loaded. "
			"Would load mlx5_vfio_pci. Less specific");
	assert_int_equal(flavour_load(fake->ctx, alias, FLAVOUR_LOAD_NEXT, &story), 0);
	assert_contains(story, "Skipped narrow_vfio_pci, which is already loaded. "
			"Loaded mlx5_vfio_pci. Less specific");
	assert_int_equal(fake->log.count, 1);
}

static void after_the_last_one_there_is_no_next(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NVME);

	assert_int_equal(flavour_load(fake->ctx, alias, 0, NULL), 0);
	assert_int_equal(flavour_load(fake->ctx, alias, FLAVOUR_LOAD_NEXT, NULL), -ENODEV);
	assert_contains(flavour_ctx_message(fake->ctx), "Skipped vfio_pci, which is already loaded.");
	assert_int_equal(fake->log.count, 1);
}

static void the_loader_gives_the_last_error(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NVME);

	fake_fail(fake, "load vfio_pci", -EPERM);
	assert_int_equal(flavour_load(fake->ctx, alias, 0, NULL), -EPERM);
	assert_contains(flavour_ctx_message(fake->ctx), "vfio_pci can't be loaded: Operation not "
			"permitted. Only root may, or the kernel is locked down");
}

static void the_loader_says_what_is_not_signed(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NVME);

	fake_fail(fake, "load vfio_pci", -EKEYREJECTED);
	assert_int_equal(flavour_load(fake->ctx, alias, 0, NULL), -EKEYREJECTED);
	assert_contains(flavour_ctx_message(fake->ctx), "only signed modules (module.sig_enforce)");
}

static void the_loader_says_what_is_blacklisted(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *alias = vfio_alias(ID_NVME);

	fake_file(fake, "etc/modprobe.d/x.conf", "blacklist vfio_pci\n");
	assert_int_equal(flavour_load(fake->ctx, alias, 0, NULL), -ENODEV);
	assert_contains(flavour_ctx_message(fake->ctx), "Blacklisted in modprobe.d");
	assert_int_equal(fake->log.count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(specific_first),
		TEST(candidates_explain_themselves),
		TEST(names_decide_between_equals),
		TEST(the_best_alias_of_a_module_counts),
		TEST(builtin_modules_count),
		TEST(a_hostile_index_is_survived),
		TEST(no_index_is_said),
		TEST(a_blacklist_removes),
		TEST(an_alias_pins),
		TEST(a_pin_makes_no_candidate),
		TEST(the_loader_loads_one),
		TEST(the_loader_tells_its_order),
		TEST(what_is_live_is_not_loaded_again),
		TEST(the_next_one_is_not_loaded_yet),
		TEST(after_the_last_one_there_is_no_next),
		TEST(the_loader_gives_the_last_error),
		TEST(the_loader_says_what_is_not_signed),
		TEST(the_loader_says_what_is_blacklisted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
