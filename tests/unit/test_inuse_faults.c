// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever can't be looked at counts as in use: of each use that files tell of, with
 * one failure after the other.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "faults.h"

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

/* Sysfs has no node of it any more; the open file itself says what it is of. */
static const char *an_open_vfio_device(struct fake *fake)
{
	fake_dir(fake, REAL(VGA_AT) "/vfio-dev");
	fake_file(fake, "proc/devices", "Character devices:\n  1 vfio-dev\n 10 misc\n");
	fake_open(fake, 815, "cloud-hyperviso\n", "/dev/zero");
	fake_file(fake, "proc/815/fdinfo/5", "pos:\t0\nflags:\t02\n"
		  "vfio-device-syspath: /" REAL(VGA_AT) "\n");
	return VGA_AT;
}

#define SIBLING_AT "0000:03:00.1"

static const char *a_sibling_in_vfio(struct fake *fake)
{
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, VGA_AT, "vfio-pci");
	fake_attr(fake, VGA_AT, "vfio-dev/vfio0/uevent", "");
	fake_device(fake, SIBLING_AT, ID_NIC, NULL, 3);
	fake_bind(fake, SIBLING_AT, "vfio-pci");
	fake_node(fake, REAL(SIBLING_AT) "/vfio-dev/vfio6", "vfio/devices/vfio6", "/dev/zero");
	fake_open(fake, 815, "cloud-hyperviso\n", "/dev/zero");
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

static const char *a_mount(struct fake *fake)
{
	faults_put_disk(fake);
	fake_file(fake, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "23 22 259:1 / /srv rw - ext4 /dev/nvme0n1p1 rw\n");
	return NVME_AT;
}

static const char *a_mount_elsewhere(struct fake *fake)
{
	faults_put_disk(fake);
	fake_link(fake, "proc/self/ns/mnt", "mnt:[1]");
	fake_link(fake, "proc/8/ns/mnt", "mnt:[2]");
	fake_file(fake, "proc/8/comm", "pod\n");
	fake_file(fake, "proc/8/mountinfo", "22 1 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw\n");
	return NVME_AT;
}

static const char *a_btrfs(struct fake *fake)
{
	faults_put_disk(fake);
	fake_file(fake, "proc/self/mountinfo", "22 1 0:31 / / rw - btrfs /dev/nvme0n1p1 rw\n");
	return NVME_AT;
}

static const char *swap(struct fake *fake)
{
	faults_put_disk(fake);
	fake_file(fake, "proc/swaps", "Filename Type\n/dev/nvme0n1p1 partition 9 0 -2\n");
	return NVME_AT;
}

/* Its file system is detached, so that no mount tells of it. */
static const char *a_swap_file(struct fake *fake)
{
	AUTOFREE char *path = format("%s/swapfile", fake->dir);
	AUTOFREE char *line = format("%s file 9 0 -2\n", path);
	AUTOFREE char *number = NULL;
	struct stat st;

	faults_put_disk(fake);
	fake_file(fake, "swapfile", "");
	fake_file(fake, "proc/swaps", line);
	assert_int_equal(stat(path, &st), 0);
	number = format("%u:%u", major(st.st_dev), minor(st.st_dev));
	fake_file(fake, PARTITION "/dev", number);
	return NVME_AT;
}

static const char *a_loop(struct fake *fake)
{
	faults_put_disk(fake);
	faults_put_block(fake, "sys/devices/virtual/block/loop3", "7:3");
	fake_file(fake, "sys/devices/virtual/block/loop3/loop/backing_file", "/dev/nvme0n1p1\n");
	return NVME_AT;
}

static const char *a_multipath_disk(struct fake *fake)
{
	faults_put_disk(fake);
	fake_dir(fake, REAL(NVME_AT) "/nvme/nvme0/nvme3c0n1");
	fake_link(fake, "sys/class/nvme/nvme0", REAL(NVME_AT) "/nvme/nvme0");
	faults_put_block(fake, "sys/devices/virtual/nvme-subsystem/nvme-subsys3/nvme3n1", "259:7");
	fake_file(fake, "proc/self/mountinfo", "22 1 259:7 / /m rw - xfs /dev/nvme3n1 rw\n");
	return NVME_AT;
}

static const char *a_holder(struct fake *fake)
{
	faults_put_disk(fake);
	faults_put_block(fake, "sys/devices/virtual/block/dm-0", "254:0");
	fake_file(fake, "sys/devices/virtual/block/dm-0/dm/name", "crypt\n");
	fake_link(fake, PARTITION "/holders/dm-0", "sys/class/block/dm-0");
	return NVME_AT;
}

static const char *zfs(struct fake *fake)
{
	faults_put_disk(fake);
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

static void never_yes(void **state)
{
	static const struct use uses[] = {
		{ "an open node", an_open_node, FLAVOUR_VFIO },
		{ "a thread's open node", a_thread, FLAVOUR_NONE },
		{ "NVIDIA's node", nvidia, FLAVOUR_VFIO },
		{ "an open VFIO group", an_open_group, FLAVOUR_NATIVE },
		{ "an open VFIO device that is being unbound", an_open_vfio_device,
		  FLAVOUR_NATIVE, "/dev/vfio/devices/vfio5 is open" },
		{ "an open VFIO device of its group", a_sibling_in_vfio, FLAVOUR_NATIVE,
		  "/dev/vfio/devices/vfio6 is open" },
		{ "the boot display", the_boot_display, FLAVOUR_VFIO },
		{ "the only framebuffer", the_only_framebuffer, FLAVOUR_VFIO },
		{ "the console", the_console, FLAVOUR_VFIO },
		{ "the firmware's framebuffer", a_firmware_framebuffer, FLAVOUR_VFIO },
		{ "a picture", a_picture, FLAVOUR_VFIO },
		{ "a serial console", a_serial_console, FLAVOUR_VFIO },
		{ "the only keyboard", the_only_keyboard, FLAVOUR_VFIO },
		{ "a mount", a_mount, FLAVOUR_VFIO },
		{ "a mount in another namespace", a_mount_elsewhere, FLAVOUR_VFIO,
		  "in the mount namespace of process 8 (pod)" },
		{ "a btrfs", a_btrfs, FLAVOUR_VFIO },
		{ "swap", swap, FLAVOUR_VFIO },
		{ "a swap file", a_swap_file, FLAVOUR_VFIO, "nvme0n1p1 holds swap" },
		{ "a loop device", a_loop, FLAVOUR_VFIO, "nvme0n1p1 is part of loop3" },
		{ "a multipath disk", a_multipath_disk, FLAVOUR_VFIO, "nvme3n1 is mounted at /m" },
		{ "a holder", a_holder, FLAVOUR_VFIO },
		{ "ZFS", zfs, FLAVOUR_VFIO },
		{ "an address", an_address, FLAVOUR_VFIO },
		{ "a route", a_route, FLAVOUR_VFIO },
		{ "a VLAN", a_vlan, FLAVOUR_VFIO },
		{ "VFs", vfs, FLAVOUR_VFIO },
		{ "a member of its group", a_group, FLAVOUR_VFIO },
	};

	faults_never_yes(uses, ARRAY_LEN(uses));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
