// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who has a device node open, who looks at a display, and who has the only keyboard. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define NVIDIA_MAJOR 195

/*
 * A FIFO stands for a node of NVIDIA's, which not everybody can make; its permissions
 * for the minor.
 */
int __real_statx(int dir, const char *path, int flags, unsigned int mask, struct statx *st);
int __wrap_statx(int dir, const char *path, int flags, unsigned int mask, struct statx *st);
int __wrap_statx(int dir, const char *path, int flags, unsigned int mask, struct statx *st)
{
	int failed = __real_statx(dir, path, flags, mask | STATX_MODE, st);

	if (failed || !S_ISFIFO(st->stx_mode))
		return failed;
	st->stx_rdev_major = NVIDIA_MAJOR;
	st->stx_rdev_minor = st->stx_mode & 0777;
	st->stx_mode = (uint16_t)(S_IFCHR | (st->stx_mode & 07777));
	return 0;
}

static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 1);
	fake_device(fake, "0000:03:00.0", ID_VGA, NULL, 3);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static void expect_none(struct fake *fake, const char *address)
{
	struct flavour_device *dev = fake_get(fake, address);
	struct flavour_uses *uses;

	assert_int_equal(flavour_uses_new(dev, &uses), 0);
	if (flavour_uses_count(uses))
		fail_msg("%s", flavour_use_text(flavour_uses_get(uses, 0)));
	flavour_uses_free(uses);
	flavour_device_unref(dev);
}

static void expect_one(struct fake *fake, const char *address, enum flavour_use_kinds kind,
		       const char *text)
{
	struct flavour_device *dev = fake_get(fake, address);
	const struct flavour_use *use;
	struct flavour_uses *uses;

	assert_int_equal(flavour_uses_new(dev, &uses), 0);
	assert_int_equal(flavour_uses_count(uses), 1);
	use = flavour_uses_get(uses, 0);
	assert_int_equal(flavour_use_kind(use), kind);
	assert_contains(flavour_use_text(use), text);
	flavour_uses_free(uses);
	flavour_device_unref(dev);
}

#define VGA "sys/devices/pci0000:00/0000:03:00.0"

/* Whatever it is, however deep below, and whatever the process calls itself. */
static void a_device_node_that_is_open(void **state)
{
	static const char *const nodes[][2] = {
		{ "drm/card0", "dri/card0" },
		{ "sound/card0/controlC0", "snd/controlC0" },
		{ "video4linux/video0", "video0" },
		{ "infiniband_verbs/uverbs0", "infiniband/uverbs0" },
		{ "usb1/1-1/1-1:1.0/0003:0627:0001.0001/hidraw/hidraw0", "hidraw0" },
		{ "0000:03:00.0:0/0000:03:00.0:0.0/tty/ttyS4", "ttyS4" },
	};
	struct fake *fake;
	size_t i;

	for (i = 0; i < ARRAY_LEN(nodes); i++) {
		AUTOFREE char *real = format(VGA "/%s", nodes[i][0]);
		AUTOFREE char *text = format("/dev/%s is open in process 815 (pipe?[31mwire). End "
					     "it first", nodes[i][1]);

		setup((void **)&fake);
		fake_node(fake, real, nodes[i][1], "/dev/zero");
		fake_open(fake, 815, "pipe\033[31mwire\n", "/dev/null");
		expect_none(fake, "0000:03:00.0");
		fake_open(fake, 815, "pipe\033[31mwire\n", "/dev/zero");
		expect_one(fake, "0000:03:00.0", FLAVOUR_USE_OPEN, text);
		expect_none(fake, "0000:01:00.0");
		fake_close(fake, 815);
		expect_none(fake, "0000:03:00.0");
		teardown((void **)&fake);
	}
}

static void a_node_that_only_a_thread_has_open(void **state)
{
	struct fake *fake = *state;

	fake_node(fake, VGA "/drm/renderD128", "dri/renderD128", "/dev/zero");
	fake_dir(fake, "proc/7/fd");
	fake_dir(fake, "proc/7/task/7/fd");
	fake_link(fake, "proc/7/task/8/fd/3", "/dev/zero");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_OPEN, "renderD128 is open in process 7 (?)");
}

/* With the real /proc, for the kernel's own links: this process is shown as another. */
static void a_node_that_is_only_named(void **state)
{
	AUTOFREE char *files = format("/proc/%d/fd", getpid());
	struct fake *fake = *state;
	int fd;

	fake_node(fake, VGA "/drm/card0", "dri/card0", "/dev/zero");
	fake_dir(fake, "proc/815/task");
	fake_link(fake, "proc/815/fd", files);
	expect_none(fake, "0000:03:00.0");
	fd = open("/dev/zero", O_PATH | O_CLOEXEC);
	assert_true(fd >= 0);
	expect_none(fake, "0000:03:00.0");
	close(fd);
	/* Neither to read nor to write, but for ioctl(): that is open. */
	fd = open("/dev/zero", O_ACCMODE | O_CLOEXEC);
	assert_true(fd >= 0);
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_OPEN, "is open in process 815");
	close(fd);
}

/* NVIDIA's driver lists its nodes itself: 195 and the minor. */
static void an_nvidia_device_needs_proc(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "proc/driver/nvidia/gpus/0000:03:00.0/information",
		  "Model: \t\t Tesla\nDevice Minor: \t 0\n");
	expect_none(fake, "0000:03:00.0");
	fake_remove(fake, "proc/1/ns/pid");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_UNKNOWN, "have /dev/nvidia0 open is unknown");
}

static void fake_nvidia_node(struct fake *fake, const char *path, mode_t minor)
{
	AUTOFREE char *full = format("%s/%s", fake->dir, path);

	assert_int_equal(mkfifo(full, minor), 0);
	assert_int_equal(chmod(full, minor), 0);
}

static void an_nvidia_device_that_is_open(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "proc/driver/nvidia/gpus/0000:03:00.0/information",
		  "Model: \t\t Tesla\nDevice Minor: \t 1\n");
	fake_nvidia_node(fake, "nvidia0", 0);
	fake_nvidia_node(fake, "nvidia1", 1);
	fake_open(fake, 815, "python3\n", "nvidia0");
	expect_none(fake, "0000:03:00.0");
	fake_open(fake, 815, "python3\n", "nvidia1");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_OPEN,
		   "/dev/nvidia1 is open in process 815 (python3). End it first");
	expect_none(fake, "0000:01:00.0");
	fake_close(fake, 815);
	expect_none(fake, "0000:03:00.0");
}

/* A device without nodes is nobody's; of one with nodes nothing is known. */
static void processes_that_are_not_seen(void **state)
{
	struct fake *fake = *state;

	fake_link(fake, "proc/1/ns/pid", "/pid:[4026532201]");
	expect_none(fake, "0000:03:00.0");
	fake_node(fake, VGA "/drm/card0", "dri/card0", "/dev/zero");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_UNKNOWN, "this is a container");
	fake_remove(fake, "proc/1/ns/pid");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_UNKNOWN, "/dev/dri/card0 open is unknown");
	fake_link(fake, "proc/1/ns/pid", "/pid:[4026531836]");
	expect_none(fake, "0000:03:00.0");
	fake_remove(fake, "sys/dev/block");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_UNKNOWN, "have 0000:03:00.0 open");
}

static void put_fb(struct fake *fake, const char *name, const char *real)
{
	AUTOFREE char *dir = format("%s/graphics/%s", real, name);
	AUTOFREE char *link = format("sys/class/graphics/%s", name);

	fake_dir(fake, dir);
	fake_link(fake, link, dir);
}

static void the_only_framebuffer(void **state)
{
	struct fake *fake = *state;

	put_fb(fake, "fb0", VGA);
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "has the only framebuffer");
	expect_none(fake, "0000:01:00.0");
	put_fb(fake, "fb1", "sys/devices/pci0000:00/0000:01:00.0");
	expect_none(fake, "0000:03:00.0");
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:03:00.0", "vfio-pci");
	expect_none(fake, "0000:03:00.0");
}

/* Which framebuffer the console is on, can't be asked of this one: it may be this one. */
static void the_console(void **state)
{
	struct fake *fake = *state;

	put_fb(fake, "fb0", VGA);
	put_fb(fake, "fb1", "sys/devices/pci0000:00/0000:01:00.0");
	fake_file(fake, "sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
	fake_file(fake, "sys/class/vtconsole/vtcon0/bind", "1\n");
	fake_file(fake, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
	fake_file(fake, "sys/class/vtconsole/vtcon1/bind", "0\n");
	expect_none(fake, "0000:03:00.0");
	fake_file(fake, "sys/class/vtconsole/vtcon1/bind", "1\n");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "that the console is on");
}

static void a_picture(void **state)
{
	struct fake *fake = *state;

	fake_attr(fake, "0000:03:00.0", "drm/card0/card0-DP-1/enabled", "disabled\n");
	expect_none(fake, "0000:03:00.0");
	fake_attr(fake, "0000:03:00.0", "drm/card0/card0-DP-2/enabled", "enabled\n");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "shows a picture");
}

/* The firmware's lies below no device; its addresses lie in one's. */
static void a_firmware_framebuffer(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, "sys/class/graphics/fb0");
	fake_file(fake, "proc/iomem", "fd000000-febfffff : PCI Bus 0000:00\n"
		  "  fd000000-fdffffff : 0000:01:00.0\n"
		  "    fd000000-fd2fffff : efifb\n"
		  "  fe000000-fe0fffff : 0000:03:00.0\n"
		  "    fe000000-fe0fffff : snd\n");
	expect_none(fake, "0000:03:00.0");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_DISPLAY, "that the console is on");
}

static void a_serial_console(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, VGA "/tty/ttyS4");
	fake_link(fake, "sys/class/tty/ttyS4", VGA "/tty/ttyS4");
	fake_file(fake, "sys/class/tty/console/active", "tty0 ttyS0\n");
	expect_none(fake, "0000:03:00.0");
	fake_file(fake, "sys/class/tty/console/active", "tty0 ttyS4\n");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "console is on ttyS4");
}

#define KEYBOARD(path) "I: Bus=0003\nS: Sysfs=/devices/" path "/input/input5\n" \
	"H: Handlers=sysrq kbd event3\n" \
	"B: KEY=1000000000007 ff800000000007ff febeffdff3cfffff fffffffffffffffe\n\n"
#define POWER_BUTTON "S: Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0\n" \
	"H: Handlers=kbd event0\nB: KEY=10000000000000 0\n\n"
#define MINE KEYBOARD("pci0000:00/0000:03:00.0/usb1/1-1/1-1:1.0/0003:0627:0001.0001")

/* A power button, and what a program types with, are no other keyboards. */
static void the_only_keyboard(void **state)
{
	static const char *const others[] = {
		"platform/i8042/serio0", "pci0000:00/0000:01:00.0/usb2/2-1",
	};
	struct fake *fake = *state;
	size_t i;

	fake_file(fake, "proc/bus/input/devices", POWER_BUTTON KEYBOARD("virtual") MINE);
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_KEYBOARD, "has the only keyboard");
	expect_none(fake, "0000:01:00.0");
	for (i = 0; i < ARRAY_LEN(others); i++) {
		AUTOFREE char *text = format(MINE KEYBOARD("%s"), others[i]);

		fake_file(fake, "proc/bus/input/devices", text);
		expect_none(fake, "0000:03:00.0");
	}
}

/* Of two keyboards one must stay: not when both go. */
static void both_keyboards_at_once(void **state)
{
	struct flavour_devices *all;
	struct flavour_plan *plan;
	struct fake *fake = *state;

	fake_file(fake, "proc/bus/input/devices",
		  MINE KEYBOARD("pci0000:00/0000:01:00.0/usb2/2-1"));
	expect_none(fake, "0000:01:00.0");
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	assert_int_equal(flavour_plan_new(flavour_devices_get(all, 0), FLAVOUR_VFIO, NULL, 0, all,
					  &plan), 0);
	assert_int_equal(flavour_plan_result(plan), -EBUSY);
	assert_contains(flavour_plan_message(plan), "0000:01:00.0 has the only keyboard");
	flavour_plan_free(plan);
	flavour_devices_free(all);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_node_that_is_open),
		TEST(a_node_that_only_a_thread_has_open),
		TEST(a_node_that_is_only_named),
		TEST(an_nvidia_device_needs_proc),
		TEST(an_nvidia_device_that_is_open),
		TEST(processes_that_are_not_seen),
		TEST(the_only_framebuffer),
		TEST(the_console),
		TEST(a_picture),
		TEST(a_firmware_framebuffer),
		TEST(a_serial_console),
		TEST(the_only_keyboard),
		TEST(both_keyboards_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
