// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The library's speed, in CPU time: 4096 devices listed; and the choice of 1000
 * devices' drivers, beside the way libvirt does it: for each device it reads
 * the text of modules.alias and looks at every VFIO line in it. Ours pays for
 * its index and its context in each round, as a process does that starts anew.
 *
 * bench [MODULES.ALIAS]: with an index of a real kernel, else with a made-up one
 * of 40 VFIO modules. What it prints for programs to read:
 *
 *	figure NAME UNIT OURS AGAINST RATIO GOAL
 *
 * with the medians of the rounds, RATIO being AGAINST by OURS, and GOAL "<N" for
 * OURS or ">N" for RATIO; "-" is for what there is not.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fake.h"

#define DEVICES 4096
#define CHOICES 1000
#define ROUNDS 5

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int cmp_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *ms)
{
	qsort(ms, ROUNDS, sizeof(*ms), cmp_numbers);
	return ms[ROUNDS / 2];
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

static double list(struct fake *fake)
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
	return cpu_ms() - start;
}

/* The devices' IDs are known to both. */
static double choose(struct fake *fake, const struct flavour_devices *all, size_t *found)
{
	AUTOFREE char *root = format("%s/modules", fake->dir);
	struct flavour_candidates *candidates;
	double start = cpu_ms();
	struct flavour_ctx *ctx;
	size_t i;

	assert_int_equal(flavour_ctx_new(&ctx), 0);
	assert_int_equal(flavour_ctx_set_root(ctx, FLAVOUR_ROOT_MODULES, root), 0);
	for (*found = i = 0; i < CHOICES; i++) {
		const struct match_id *id = device_match_id(flavour_devices_get(all, i));

		assert_int_equal(candidates_for(ctx, id, UNIVERSE_VFIO, &candidates), 0);
		*found += flavour_candidates_count(candidates);
		flavour_candidates_free(candidates);
	}
	flavour_ctx_free(ctx);
	return cpu_ms() - start;
}

static unsigned int scan_text(const char *path, const struct match_id *id)
{
	AUTOFREE char *text = read_text(path, NULL);
	struct match_pattern pattern;
	unsigned int found = 0;
	char *line, *space;

	for (line = text; (line = strstr(line, "\nalias vfio_pci:")); line = space + 1) {
		line += strlen("\nalias ");
		space = strchr(line, ' ');
		if (!space)
			break;
		*space = '\0';
		found += !flavour_pci_parse(line, "vfio_pci", &pattern) &&
			 flavour_pci_fits(&pattern, id);
	}
	return found;
}

static double scan(struct fake *fake, const struct flavour_devices *all, size_t *found)
{
	AUTOFREE char *path = format("%s/modules/modules.alias", fake->dir);
	double start = cpu_ms();
	size_t i;

	for (*found = i = 0; i < CHOICES; i++)
		*found += scan_text(path, device_match_id(flavour_devices_get(all, i)));
	return cpu_ms() - start;
}

/* By turns, so that what else the machine does meets both. */
static void compare(struct fake *fake, const struct flavour_devices *all)
{
	double ours[ROUNDS], against[ROUNDS];
	size_t i, chosen, scanned;

	for (i = 0; i < ROUNDS; i++) {
		ours[i] = choose(fake, all, &chosen);
		against[i] = scan(fake, all, &scanned);
		assert_int_equal(chosen, scanned);
	}
	printf("figure candidates-1000 ms %.2f - - <20\n", median(ours));
	printf("figure candidates-1000-against-scan ms %.2f %.2f %.1f >50\n", median(ours),
	       median(against), median(against) / median(ours));
}

static void run(void **state)
{
	struct fake *fake = fake_new();
	struct flavour_devices *all;
	double listed[ROUNDS];
	size_t i;

	use_index(fake, *state);
	make_devices(fake);
	for (i = 0; i < ROUNDS; i++)
		listed[i] = list(fake);
	printf("figure list-4096-library ms %.2f - - <100\n", median(listed));
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	for (i = 0; i < CHOICES; i++)
		assert_non_null(device_match_id(flavour_devices_get(all, i)));
	compare(fake, all);
	flavour_devices_free(all);
	fake_free(fake);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = { cmocka_unit_test(run) };

	tests[0].initial_state = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
