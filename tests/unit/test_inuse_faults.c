// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever can't be looked at counts as in use. Each call of the library that
 * allocates or asks the system fails once, one after the other, while a device in
 * use is asked about: the answer may be an error, or a refusal, but never yes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define VGA_AT  "0000:03:00.0"
#define NVME_AT "0000:02:00.0"
#define NIC_AT  "0000:01:00.0"
#define REAL(address) "sys/devices/pci0000:00/" address

/* The linker puts these in the place of the functions (--wrap); __real_X is X. */
static unsigned long calls, fail_at;
static int fail_with;

static bool fails(int error)
{
	if (!fail_at || ++calls != fail_at)
		return false;
	errno = error;
	return true;
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
WRAP_CALL(int, statx, (int dir, const char *path, int flags, unsigned int mask, struct statx *st),
	  (dir, path, flags, mask, st))

/* Each puts a device into use and returns it. */
static const char *an_open_node(struct fake *fake)
{
	fake_node(fake, REAL(VGA_AT) "/sound/card0/controlC0", "snd/controlC0", "/dev/zero");
	fake_open(fake, 815, "pipewire\n", "/dev/zero");
	return VGA_AT;
}

static const char *a_thread(struct fake *fake)
{
	fake_node(fake, REAL(VGA_AT) "/drm/renderD128", "dri/renderD128", "/dev/zero");
	fake_dir(fake, "proc/7/fd");
	fake_link(fake, "proc/7/task/8/fd/3", "/dev/zero");
	return VGA_AT;
}

static const char *nvidia(struct fake *fake)
{
	fake_file(fake, "proc/driver/nvidia/gpus/" VGA_AT "/information", "Device Minor: 0\n");
	fake_remove(fake, "proc/1/ns/pid");
	return VGA_AT;
}

static const char *an_open_group(struct fake *fake)
{
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, VGA_AT, "vfio-pci");
	fake_attr(fake, VGA_AT, "vfio-dev/vfio0/uevent", "");
	fake_node(fake, "sys/devices/virtual/vfio/3", "vfio/3", "/dev/zero");
	fake_open(fake, 815, "qemu\n", "/dev/zero");
	return VGA_AT;
}

static const char *the_boot_display(struct fake *fake)
{
	fake_attr(fake, VGA_AT, "boot_vga", "1\n");
	fake_dir(fake, "sys/class/graphics/fb0");
	return VGA_AT;
}

static const char *the_only_framebuffer(struct fake *fake)
{
	fake_dir(fake, REAL(VGA_AT) "/graphics/fb0");
	fake_link(fake, "sys/class/graphics/fb0", REAL(VGA_AT) "/graphics/fb0");
	return VGA_AT;
}

static const char *the_console(struct fake *fake)
{
	the_only_framebuffer(fake);
	fake_dir(fake, REAL(NIC_AT) "/graphics/fb1");
	fake_link(fake, "sys/class/graphics/fb1", REAL(NIC_AT) "/graphics/fb1");
	fake_file(fake, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
	fake_file(fake, "sys/class/vtconsole/vtcon1/bind", "1\n");
	return VGA_AT;
}

static const char *a_firmware_framebuffer(struct fake *fake)
{
	fake_dir(fake, "sys/class/graphics/fb0");
	fake_file(fake, "proc/iomem", "fd000000-febfffff : PCI Bus 0000:00\n"
		  "  fd000000-fdffffff : " VGA_AT "\n    fd000000-fd2fffff : efifb\n");
	return VGA_AT;
}

static const char *a_picture(struct fake *fake)
{
	fake_attr(fake, VGA_AT, "drm/card0/card0-DP-2/enabled", "enabled\n");
	return VGA_AT;
}

static const char *a_serial_console(struct fake *fake)
{
	fake_dir(fake, REAL(VGA_AT) "/tty/ttyS4");
	fake_link(fake, "sys/class/tty/ttyS4", REAL(VGA_AT) "/tty/ttyS4");
	fake_file(fake, "sys/class/tty/console/active", "tty0 ttyS4\n");
	return VGA_AT;
}

static const char *the_only_keyboard(struct fake *fake)
{
	fake_file(fake, "proc/bus/input/devices",
		  "S: Sysfs=/devices/pci0000:00/" VGA_AT "/usb1/1-1/input/input5\n"
		  "B: KEY=1000000000007 ff800000000007ff febeffdff3cfffff fffffffffffffffe\n");
	return VGA_AT;
}

#define DISK REAL(NVME_AT) "/nvme/nvme0/nvme0n1"

static void put_block(struct fake *fake, const char *real, const char *number)
{
	AUTOFREE char *dev = format("%s/dev", real);
	AUTOFREE char *link = format("sys/class/block/%s", strrchr(real, '/') + 1);
	AUTOFREE char *node = format("sys/dev/block/%s", number);

	fake_file(fake, dev, number);
	fake_link(fake, link, real);
	fake_link(fake, node, real);
}

static void put_disk(struct fake *fake)
{
	put_block(fake, DISK, "259:0");
	put_block(fake, DISK "/nvme0n1p1", "259:1");
	fake_file(fake, DISK "/nvme0n1p1/partition", "1\n");
	fake_file(fake, "proc/swaps", "Filename Type\n");
	fake_file(fake, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
}

static const char *a_mount(struct fake *fake)
{
	put_disk(fake);
	fake_file(fake, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "23 22 259:1 / /srv rw - ext4 /dev/nvme0n1p1 rw\n");
	return NVME_AT;
}

static const char *a_btrfs(struct fake *fake)
{
	put_disk(fake);
	fake_file(fake, "proc/self/mountinfo", "22 1 0:31 / / rw - btrfs /dev/nvme0n1p1 rw\n");
	return NVME_AT;
}

static const char *swap(struct fake *fake)
{
	put_disk(fake);
	fake_file(fake, "proc/swaps", "Filename Type\n/dev/nvme0n1p1 partition 9 0 -2\n");
	return NVME_AT;
}

static const char *a_holder(struct fake *fake)
{
	put_disk(fake);
	put_block(fake, "sys/devices/virtual/block/dm-0", "254:0");
	fake_file(fake, "sys/devices/virtual/block/dm-0/dm/name", "crypt\n");
	fake_link(fake, DISK "/nvme0n1p1/holders/dm-0", "sys/class/block/dm-0");
	return NVME_AT;
}

static const char *zfs(struct fake *fake)
{
	put_disk(fake);
	fake_file(fake, "run/udev/data/b259:1", "E:ID_FS_LABEL=tank\nE:ID_FS_TYPE=zfs_member\n");
	fake_dir(fake, "proc/spl/kstat/zfs/tank");
	return NVME_AT;
}

static void put_netif(struct fake *fake)
{
	fake_file(fake, REAL(NIC_AT) "/net/eth2/ifindex", "2\n");
	fake_link(fake, "sys/class/net/eth2", REAL(NIC_AT) "/net/eth2");
}

static const char *an_address(struct fake *fake)
{
	put_netif(fake);
	fake_file(fake, "proc/net/if_inet6",
		  "20010db8000000000000000000000001 02 40 00 80     eth2\n");
	return NIC_AT;
}

static const char *a_route(struct fake *fake)
{
	put_netif(fake);
	fake_file(fake, "proc/net/route",
		  "Iface\tDestination\tGateway\neth2\t00000000\t0101A8C0\t0003\t0\t0\t100\t"
		  "00000000\t0\t0\t0\n");
	return NIC_AT;
}

static const char *a_vlan(struct fake *fake)
{
	put_netif(fake);
	fake_dir(fake, "sys/devices/virtual/net/eth2.7");
	fake_link(fake, "sys/class/net/eth2.7", "sys/devices/virtual/net/eth2.7");
	fake_link(fake, REAL(NIC_AT) "/net/eth2/upper_eth2.7", "sys/devices/virtual/net/eth2.7");
	fake_file(fake, "proc/net/if_inet6",
		  "20010db8000000000000000000000001 02 40 00 80     eth2.7\n");
	return NIC_AT;
}

static const char *vfs(struct fake *fake)
{
	fake_attr(fake, NIC_AT, "sriov_numvfs", "4\n");
	return NIC_AT;
}

static const char *a_group(struct fake *fake)
{
	fake_device(fake, "0000:01:00.1", ID_NIC, NULL, 1);
	fake_driver(fake, "mlx5_core", "mlx5_core");
	fake_bind(fake, "0000:01:00.1", "mlx5_core");
	return NIC_AT;
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

struct use {
	const char *name;
	const char *(*make)(struct fake *fake);
	enum flavour flavour;
};

static void never_yes(void **state)
{
	static const struct use uses[] = {
		{ "an open node", an_open_node, FLAVOUR_VFIO },
		{ "a thread's open node", a_thread, FLAVOUR_NONE },
		{ "NVIDIA's node", nvidia, FLAVOUR_VFIO },
		{ "an open VFIO group", an_open_group, FLAVOUR_NATIVE },
		{ "the boot display", the_boot_display, FLAVOUR_VFIO },
		{ "the only framebuffer", the_only_framebuffer, FLAVOUR_VFIO },
		{ "the console", the_console, FLAVOUR_VFIO },
		{ "the firmware's framebuffer", a_firmware_framebuffer, FLAVOUR_VFIO },
		{ "a picture", a_picture, FLAVOUR_VFIO },
		{ "a serial console", a_serial_console, FLAVOUR_VFIO },
		{ "the only keyboard", the_only_keyboard, FLAVOUR_VFIO },
		{ "a mount", a_mount, FLAVOUR_VFIO },
		{ "a btrfs", a_btrfs, FLAVOUR_VFIO },
		{ "swap", swap, FLAVOUR_VFIO },
		{ "a holder", a_holder, FLAVOUR_VFIO },
		{ "ZFS", zfs, FLAVOUR_VFIO },
		{ "an address", an_address, FLAVOUR_VFIO },
		{ "a route", a_route, FLAVOUR_VFIO },
		{ "a VLAN", a_vlan, FLAVOUR_VFIO },
		{ "VFs", vfs, FLAVOUR_VFIO },
		{ "a member of its group", a_group, FLAVOUR_VFIO },
	};
	static const int errors[] = { EIO, EMFILE, ENOMEM };
	unsigned long wrong = 0;
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(uses); i++) {
		struct fake *fake = machine();
		const char *address = uses[i].make(fake);

		for (j = 0; j < ARRAY_LEN(errors); j++)
			wrong += sweep(fake, address, uses[i].flavour, errors[j], uses[i].name);
		fake_free(fake);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
