// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The library's speed on a machine of 4096 devices, in CPU time, against limits;
 * and the choice of 1000 devices' drivers beside the way libvirt does it: the
 * whole text of modules.alias, line by line, for each device.
 *
 * bench [MODULES.ALIAS]: with an index of a real kernel, else with a made-up one.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fake.h"

#define DEVICES 4096
#define CHOICES 1000

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int report(const char *what, double ms, double limit)
{
	printf("%-52s %9.2f ms", what, ms);
	if (limit > 0)
		printf("  (limit %.0f ms%s)", limit, ms > limit ? ": TOO SLOW" : "");
	printf("\n");
	return limit > 0 && ms > limit;
}

static void make_devices(struct fake *fake)
{
	char address[ADDRESS_SIZE];
	unsigned int i;

	fake_driver(fake, "mlx5_core", "mlx5_core");
	for (i = 0; i < DEVICES; i++) {
		snprintf(address, sizeof(address), "0000:%02x:%02x.%x", i >> 8, i >> 3 & 31, i & 7);
		fake_device(fake, address, i % 2 ? ID_NIC : ID_NVME, NULL, (int)i);
		fake_bind(fake, address, "mlx5_core");
	}
}

/* As large as Debian's: 27000 lines, 40 of them for VFIO. */
static void make_index(struct fake *fake)
{
	AUTOFREE char *text = malloc(27000 * 80 + sizeof(ALIASES));
	char *end = text;
	unsigned int i;

	assert_non_null(text);
	for (i = 0; i < 26960; i++)
		end += sprintf(end, "alias pci:v%08Xd%08Xsv*sd*bc*sc*i* module_%u\n", 0x1000 + i % 97,
			       i, i % 900);
	for (i = 0; i < 37; i++)
		end += sprintf(end, "alias vfio_pci:v000015B3d%08Xsv*sd*bc*sc*i* variant_%u\n", i, i);
	strcpy(end, ALIASES);
	fake_file(fake, "modules/modules.alias", text);
}

static void use_index(struct fake *fake, const char *path)
{
	AUTOFREE char *text = NULL;
	size_t size;

	if (!path) {
		make_index(fake);
		return;
	}
	text = read_text(path, &size);
	assert_non_null(text);
	fake_bytes(fake, "modules/modules.alias", text, size);
}

static int bench_list(struct fake *fake)
{
	double start = cpu_ms();
	struct flavour_devices *all;
	struct flavour_pci_id id;
	size_t i, sum = 0;

	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	for (i = 0; i < flavour_devices_count(all); i++) {
		struct flavour_device *dev = flavour_devices_get(all, i);

		assert_int_equal(flavour_device_id(dev, &id), 0);
		sum += flavour_device_driver(dev) != NULL;
		sum += flavour_device_flavour(dev) == FLAVOUR_NATIVE;
		sum += flavour_device_group(dev) >= 0;
	}
	assert_int_equal(sum, 3 * DEVICES);
	flavour_devices_free(all);
	return report("4096 devices: IDs, driver, flavour, group", cpu_ms() - start, 100);
}

static int bench_candidates(struct fake *fake, const struct flavour_devices *all)
{
	struct flavour_candidates *candidates;
	double start;
	size_t i, found = 0;

	start = cpu_ms();
	for (i = 0; i < CHOICES; i++) {
		assert_int_equal(flavour_candidates_new(flavour_devices_get(all, i), FLAVOUR_VFIO,
							&candidates), 0);
		found += flavour_candidates_count(candidates);
		flavour_candidates_free(candidates);
	}
	assert_true(found >= CHOICES);
	return report("candidates of 1000 devices, index read", cpu_ms() - start, 20);
}

static void bench_index(struct fake *fake)
{
	AUTOFREE char *root = format("%s/modules", fake->dir);
	struct flavour_modules *modules;
	struct flavour_ctx *ctx;
	double start = cpu_ms();

	assert_int_equal(flavour_ctx_new(&ctx), 0);
	assert_int_equal(flavour_ctx_set_root(ctx, FLAVOUR_ROOT_MODULES, root), 0);
	assert_int_equal(flavour_modules_new(ctx, FLAVOUR_VFIO, &modules), 0);
	flavour_modules_free(modules);
	flavour_ctx_free(ctx);
	report("reading the index, once", cpu_ms() - start, 0);
}

static unsigned int scan_text(const char *path, const struct match_id *id)
{
	AUTOFREE char *text = read_text(path, NULL);
	struct match_pattern pattern;
	char *line, *save = NULL, *space;
	unsigned int found = 0;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "alias vfio_pci:", 15))
			continue;
		space = strchr(line + 6, ' ');
		if (!space)
			continue;
		*space = '\0';
		found += !match_parse(line + 6, "vfio_pci", &pattern) && match_fits(&pattern, id);
	}
	return found;
}

static void bench_scan(struct fake *fake, const struct flavour_devices *all)
{
	AUTOFREE char *path = format("%s/modules/modules.alias", fake->dir);
	double start = cpu_ms();
	size_t i, found = 0;

	for (i = 0; i < CHOICES; i++)
		found += scan_text(path, device_match_id(flavour_devices_get(all, i)));
	assert_true(found >= CHOICES);
	report("the same by a scan of the text for each (libvirt)", cpu_ms() - start, 0);
}

static void run(void **state)
{
	struct fake *fake = fake_new();
	struct flavour_devices *all;
	size_t i;
	int slow;

	use_index(fake, *state);
	make_devices(fake);
	slow = bench_list(fake);
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	for (i = 0; i < CHOICES; i++)
		assert_non_null(device_match_id(flavour_devices_get(all, i)));
	bench_index(fake);
	slow |= bench_candidates(fake, all);
	bench_scan(fake, all);
	flavour_devices_free(all);
	fake_free(fake);
	assert_int_equal(slow, 0);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = { cmocka_unit_test(run) };

	tests[0].initial_state = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
