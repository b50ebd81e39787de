// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * flavourctl monitor, and its view of a machine, with events out of umockdev:
 * its preloaded library leads the command's eyes and its netlink socket to us.
 *
 * FLAVOURCTL names the command; to be run in umockdev-wrapper.
 */
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umockdev.h>

#include <cmocka.h>

#define ALIAS "v000015B3d0000101Esv000015B3sd00000058bc02sc00i00"

struct world {
	UMockdevTestbed *bed;
	char *nic, *other;
	pid_t pid;
	FILE *out;
	char *line;
	size_t size;
};

static char *add_device(UMockdevTestbed *bed, const char *address, const char *driver)
{
	char *path = umockdev_testbed_add_device(bed, "pci", address, NULL,
						 "modalias", "pci:" ALIAS "\n",
						 "driver_override", "(null)\n", NULL,
						 "PCI_SLOT_NAME", address, NULL);
	char link[80];

	assert_non_null(path);
	snprintf(link, sizeof(link), "../../bus/pci/drivers/%s", driver);
	umockdev_testbed_set_attribute_link(bed, path, "driver", link);
	umockdev_testbed_set_attribute_link(bed, path, "iommu_group",
					    "../../kernel/iommu_groups/7");
	return path;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->bed = umockdev_testbed_new();
	world->nic = add_device(world->bed, "0000:01:00.0", "mlx5_core");
	world->other = add_device(world->bed, "0000:01:00.1", "vfio-pci");
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	alarm(0);
	if (world->pid) {
		kill(world->pid, SIGKILL);
		waitpid(world->pid, NULL, 0);
	}
	if (world->out)
		fclose(world->out);
	free(world->line);
	g_free(world->nic);
	g_free(world->other);
	g_object_unref(world->bed);
	free(world);
	return 0;
}

static void start(struct world *world, const char *const *arguments)
{
	int ends[2];

	alarm(600);
	assert_int_equal(pipe(ends), 0);
	world->pid = fork();
	assert_true(world->pid >= 0);
	if (!world->pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execv(getenv("FLAVOURCTL"), (char *const *)arguments);
		_exit(127);
	}
	close(ends[1]);
	world->out = fdopen(ends[0], "r");
}

/* It listens as soon as its socket is there. */
static void watch(struct world *world, const char *const *arguments)
{
	char *root = umockdev_testbed_get_root_dir(world->bed);
	char pattern[200];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/event*", root);
	g_free(root);
	start(world, arguments);
	while (glob(pattern, 0, NULL, &found))
		usleep(10000);
	globfree(&found);
}

static void tell(struct world *world, const char *path, const char *action, const char *key,
		 const char *value)
{
	if (key)
		umockdev_testbed_set_property(world->bed, path, key, value);
	umockdev_testbed_uevent(world->bed, path, action);
}

static void also(struct world *world, const char *text)
{
	if (!strstr(world->line, text))
		fail_msg("\"%s\" is not in %s", text, world->line);
}

static void expect(struct world *world, const char *text)
{
	assert_true(getline(&world->line, &world->size, world->out) > 0);
	also(world, text);
}

/* libsmartcols pads columns as it likes. */
static void expect_words(struct world *world, const char *text)
{
	char *from, *to;

	assert_true(getline(&world->line, &world->size, world->out) > 0);
	for (from = to = world->line; *from; from++)
		if (*from != ' ' || from[1] != ' ')
			*to++ = *from;
	*to = '\0';
	also(world, text);
}

static void end(struct world *world)
{
	int status;

	assert_true(getline(&world->line, &world->size, world->out) < 0);
	assert_int_equal(waitpid(world->pid, &status, 0), world->pid);
	world->pid = 0;
	assert_int_equal(status, 0);
}

static void flavours_and_bindings(void **state)
{
	static const char *const arguments[] = { "flavourctl", "monitor", "-J", "-c", "4", NULL };
	struct world *world = *state;

	watch(world, arguments);
	/* Of no concern: a change of something else. */
	tell(world, world->nic, "change", NULL, NULL);
	tell(world, world->nic, "unbind", NULL, NULL);
	expect(world, "\"event\":\"unbind\"");
	also(world, "\"address\":\"0000:01:00.0\"");
	also(world, "\"version\":1,");
	tell(world, world->other, "bind", NULL, NULL);
	expect(world, "\"event\":\"bind\"");
	also(world, "\"flavour\":\"vfio\",\"driver\":\"vfio-pci\"");
	tell(world, world->nic, "change", "DRIVER_FLAVOUR", "none");
	expect(world, "\"event\":\"flavour\"");
	also(world, "\"flavour\":\"none\"");
	also(world, "\"detail\":null");
	tell(world, world->other, "remove", NULL, NULL);
	expect(world, "\"event\":\"remove\"");
	end(world);
}

/* The flavour in such an event is the one that the device has not got. */
static void what_went_wrong(void **state)
{
	static const char *const arguments[] = { "flavourctl", "monitor", "-J", "-c", "2", NULL };
	struct world *world = *state;

	umockdev_testbed_set_property(world->bed, world->nic, "DRIVER_FLAVOUR", "vfio");
	umockdev_testbed_set_property(world->bed, world->other, "DRIVER_FLAVOUR", "vfio");
	watch(world, arguments);
	tell(world, world->nic, "change", "DRIVER_FLAVOUR_ERROR", "-ENODEV");
	expect(world, "\"event\":\"error\"");
	also(world, "\"detail\":\"-ENODEV\"");
	also(world, "\"flavour\":\"vfio\"");
	tell(world, world->other, "change", "DRIVER_FLAVOUR_ALIAS", "vfio_pci:" ALIAS);
	expect(world, "\"event\":\"waiting\"");
	also(world, "\"detail\":\"vfio_pci:" ALIAS "\"");
	end(world);
}

static void an_unlisted_driver(void **state)
{
	static const char *const arguments[] = { "flavourctl", "monitor", "-c", "1", NULL };
	struct world *world = *state;

	watch(world, arguments);
	tell(world, world->nic, "change", "DRIVER_FLAVOUR_UNLISTED", "mlx5_core");
	expect(world, "0000:01:00.0  unlisted  native  mlx5_core  mlx5_core\n");
	end(world);
}

static void only_the_device_asked_for(void **state)
{
	static const char *const arguments[] = {
		"flavourctl", "monitor", "-J", "-c", "1", "01:00.1", NULL
	};
	struct world *world = *state;

	watch(world, arguments);
	tell(world, world->nic, "bind", NULL, NULL);
	tell(world, world->other, "unbind", NULL, NULL);
	expect(world, "\"address\":\"0000:01:00.1\"");
	end(world);
}

static void the_list_of_devices(void **state)
{
	static const char *const arguments[] = {
		"flavourctl", "list", "-H", "-o", "address,driver,group,modalias", NULL
	};
	struct world *world = *state;

	start(world, arguments);
	expect_words(world, "0000:01:00.0 mlx5_core 7 pci:" ALIAS);
	expect_words(world, "0000:01:00.1 vfio-pci 7 pci:" ALIAS);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(flavours_and_bindings, setup, teardown),
		cmocka_unit_test_setup_teardown(what_went_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(an_unlisted_driver, setup, teardown),
		cmocka_unit_test_setup_teardown(only_the_device_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(the_list_of_devices, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
