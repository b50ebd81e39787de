// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who uses a device: each kind, straight and through what is built on it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "fake.h"

#define NVME "sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0"
#define NIC  "sys/devices/pci0000:00/0000:01:00.0/net/eth2"
#define VIRT "sys/devices/virtual"

static void put_block(struct fake *fake, const char *real, const char *number)
{
	const char *name = strrchr(real, '/') + 1;
	AUTOFREE char *dev = format("%s/dev", real);
	AUTOFREE char *link = format("sys/class/block/%s", name);

	fake_file(fake, dev, number);
	fake_link(fake, link, real);
}

static void put_holder(struct fake *fake, const char *real, const char *holder)
{
	AUTOFREE char *link = format("%s/holders/%s", real, holder);
	AUTOFREE char *target = format("sys/class/block/%s", holder);

	fake_link(fake, link, target);
}

static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_device(fake, "0000:01:00.0", ID_NIC, NULL, 1);
	fake_device(fake, "0000:02:00.0", ID_NVME, NULL, 2);
	fake_device(fake, "0000:03:00.0", ID_VGA, NULL, 3);
	put_block(fake, NVME "/nvme0n1", "259:0\n");
	put_block(fake, NVME "/nvme0n1/nvme0n1p1", "259:1\n");
	put_block(fake, NVME "/nvme0n1/nvme0n1p2", "259:2\n");
	fake_file(fake, NVME "/nvme0n1/nvme0n1p1/partition", "1\n");
	fake_file(fake, NVME "/nvme0n1/nvme0n1p2/partition", "2\n");
	fake_file(fake, NIC "/ifindex", "2\n");
	fake_link(fake, "sys/class/net/eth2", NIC);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_uses *uses_for(struct fake *fake, const char *address)
{
	struct flavour_device *dev = fake_get(fake, address);
	struct flavour_uses *uses;

	assert_int_equal(flavour_uses_new(dev, &uses), 0);
	flavour_device_unref(dev);
	return uses;
}

static void expect_none(struct fake *fake, const char *address)
{
	struct flavour_uses *uses = uses_for(fake, address);

	if (flavour_uses_count(uses))
		fail_msg("%s", flavour_use_text(flavour_uses_get(uses, 0)));
	assert_null(flavour_uses_get(uses, 0));
	flavour_uses_free(uses);
}

static void expect_one(struct fake *fake, const char *address, enum flavour_use_kinds kind,
		       const char *text)
{
	struct flavour_uses *uses = uses_for(fake, address);
	const struct flavour_use *use = flavour_uses_get(uses, 0);

	assert_int_equal(flavour_uses_count(uses), 1);
	assert_int_equal(flavour_use_kind(use), kind);
	assert_contains(flavour_use_text(use), text);
	flavour_uses_free(uses);
}

/* What can't be looked at may be told more than once. */
static void expect_some(struct fake *fake, const char *address, const char *text)
{
	struct flavour_uses *uses = uses_for(fake, address);
	bool found = false;
	size_t i;

	for (i = 0; i < flavour_uses_count(uses); i++)
		found |= strstr(flavour_use_text(flavour_uses_get(uses, i)), text) != NULL;
	assert_true(found);
	flavour_uses_free(uses);
}

/* The last of several uses: those before it led there. */
static void expect_last(struct fake *fake, const char *address, size_t count,
			enum flavour_use_kinds kind, const char *text)
{
	struct flavour_uses *uses = uses_for(fake, address);
	const struct flavour_use *use;

	assert_int_equal(flavour_uses_count(uses), count);
	use = flavour_uses_get(uses, count - 1);
	assert_int_equal(flavour_use_kind(use), kind);
	assert_contains(flavour_use_text(use), text);
	flavour_uses_free(uses);
}

static void an_idle_machine_is_free(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "23 22 0:5 / /dev rw - devtmpfs udev rw\n");
	fake_file(fake, "proc/swaps", "Filename\tType\n/dev/sda2 partition 1 0 -2\n");
	fake_file(fake, "proc/net/route", "Iface\tDestination\neth0\t00000000\t0\t3\t0\t0\t0\t00000000\n");
	expect_none(fake, "0000:01:00.0");
	expect_none(fake, "0000:02:00.0");
	expect_none(fake, "0000:03:00.0");
}

static void a_mounted_partition(void **state)
{
	fake_file(*state, "proc/self/mountinfo",
		  "22 1 259:2 / /srv/a\\040b rw shared:1 - ext4 /dev/nvme0n1p2 rw\n");
	expect_one(*state, "0000:02:00.0", FLAVOUR_USE_MOUNT, "nvme0n1p2 is mounted at /srv/a b.");
}

static void a_btrfs_is_known_by_its_source(void **state)
{
	fake_file(*state, "proc/self/mountinfo",
		  "22 1 0:31 /sub / rw - btrfs /dev/nvme0n1p1 rw\n");
	expect_one(*state, "0000:02:00.0", FLAVOUR_USE_MOUNT, "mounted at /.");
}

static void swap_on_a_partition(void **state)
{
	fake_file(*state, "proc/swaps",
		  "Filename Type Size Used Priority\n/dev/nvme0n1p1 partition 9 0 -2\n");
	expect_one(*state, "0000:02:00.0", FLAVOUR_USE_SWAP, "swapoff /dev/nvme0n1p1");
}

static void a_mount_in_another_namespace(void **state)
{
	struct fake *fake = *state;

	fake_link(fake, "proc/self/ns/mnt", "mnt:[1]");
	fake_link(fake, "proc/7/ns/mnt", "mnt:[1]");
	fake_link(fake, "proc/8/ns/mnt", "mnt:[2]");
	fake_file(fake, "proc/8/comm", "pod\n");
	fake_file(fake, "proc/8/mountinfo", "22 1 259:2 / /data rw - ext4 /dev/nvme0n1p2 rw\n");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_MOUNT,
		   "mounted at /data in the mount namespace of process 8 (pod)");
	/* The copy that goes with a mount of our own is not told. */
	fake_file(fake, "proc/self/mountinfo", "22 1 259:2 / /d rw - ext4 /dev/nvme0n1p2 rw\n");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_MOUNT, "nvme0n1p2 is mounted at /d. Unmount");
}

static void mounts_that_cant_be_read(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, "proc/8/mountinfo");
	fake_link(fake, "proc/8/ns/mnt", "mnt:[2]");
	expect_some(fake, "0000:02:00.0", "Not all mounts can be read: Is a directory");
	fake_remove(fake, "proc/8/ns/mnt");
	expect_none(fake, "0000:02:00.0");
	fake_remove(fake, "proc/self/mountinfo");
	expect_some(fake, "0000:02:00.0", "Not all mounts can be read: No such file");
}

static void swap_in_a_file(void **state)
{
	struct fake *fake = *state;
	AUTOFREE char *path = format("%s/swapfile", fake->dir);
	AUTOFREE char *line = format("%s file 9 0 -2\n", path);
	AUTOFREE char *number = NULL;
	struct stat st;

	fake_file(fake, "swapfile", "");
	fake_file(fake, "proc/swaps", line);
	expect_none(fake, "0000:02:00.0");
	assert_int_equal(stat(path, &st), 0);
	number = format("%u:%u\n", major(st.st_dev), minor(st.st_dev));
	fake_file(fake, NVME "/nvme0n1/nvme0n1p2/dev", number);
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_SWAP, "nvme0n1p2 holds swap");
}

static void a_loop_over_a_disk(void **state)
{
	struct fake *fake = *state;

	put_block(fake, VIRT "/block/loop3", "7:3\n");
	expect_none(fake, "0000:02:00.0");
	fake_file(fake, VIRT "/block/loop3/loop/backing_file", "/dev/nvme0n1p1\n");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_HOLDER, "Stop loop3 first (losetup -d /dev/loop3)");
	fake_file(fake, "proc/self/mountinfo", "22 1 7:3 / /m rw - xfs /dev/loop3 rw\n");
	expect_last(fake, "0000:02:00.0", 2, FLAVOUR_USE_MOUNT, "loop3 is mounted at /m");
}

static void a_btrfs_of_two_disks(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "proc/self/mountinfo", "22 1 0:31 / /b rw - btrfs /dev/sdb rw\n");
	expect_none(fake, "0000:02:00.0");
	fake_dir(fake, "sys/fs/btrfs/features");
	fake_dir(fake, "sys/fs/btrfs/1234/devices/sdb");
	fake_dir(fake, "sys/fs/btrfs/1234/devices/nvme0n1p1");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_MOUNT, "nvme0n1p1 is mounted at /b");
}

/* partition -> md0 -> crypt (dm-0) -> vg-root (dm-1), mounted */
static void a_mount_through_md_and_dm(void **state)
{
	struct fake *fake = *state;

	put_block(fake, VIRT "/block/md0", "9:0\n");
	put_block(fake, VIRT "/block/dm-0", "254:0\n");
	put_block(fake, VIRT "/block/dm-1", "254:1\n");
	fake_file(fake, VIRT "/block/dm-0/dm/name", "crypt\n");
	fake_file(fake, VIRT "/block/dm-1/dm/name", "vg-root\n");
	put_holder(fake, NVME "/nvme0n1/nvme0n1p1", "md0");
	put_holder(fake, VIRT "/block/md0", "dm-0");
	put_holder(fake, VIRT "/block/dm-0", "dm-1");
	fake_file(fake, "proc/self/mountinfo",
		  "22 1 254:1 / / rw - ext4 /dev/mapper/vg-root rw\n");
	expect_last(fake, "0000:02:00.0", 4, FLAVOUR_USE_MOUNT, "vg-root is mounted at /.");
	fake_file(fake, "proc/self/mountinfo",
		  "22 1 0:40 / / rw - btrfs /dev/mapper/vg-root rw\n");
	expect_last(fake, "0000:02:00.0", 4, FLAVOUR_USE_MOUNT, "vg-root is mounted at /.");
}

/* The program that made a holder is the one to stop it. */
static void each_holder_is_stopped_in_its_way(void **state)
{
	static const char *const cases[][3] = {
		{ "dm-0", "LVM-abc", "(lvchange -an /dev/mapper/it)" },
		{ "dm-0", "CRYPT-LUKS2-abc-it", "(cryptsetup close it)" },
		{ "dm-0", "mpath-3600", "(multipath -f it)" },
		{ "dm-0", "", "(dmsetup remove it)" },
		{ "md127", NULL, "(mdadm --stop /dev/md127)" },
		{ "bcache0", NULL, "Stop bcache0 first." },
	};
	struct fake *fake;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		AUTOFREE char *real = format(VIRT "/block/%s", cases[i][0]);
		AUTOFREE char *name = format("%s/dm/name", real);
		AUTOFREE char *uuid = format("%s/dm/uuid", real);

		setup((void **)&fake);
		put_block(fake, real, "254:0\n");
		put_holder(fake, NVME "/nvme0n1", cases[i][0]);
		if (cases[i][1]) {
			fake_file(fake, name, "it\n");
			fake_file(fake, uuid, cases[i][1]);
		}
		expect_one(fake, "0000:02:00.0", FLAVOUR_USE_HOLDER, cases[i][2]);
		teardown((void **)&fake);
	}
}

static void holders_in_a_ring_end(void **state)
{
	struct fake *fake = *state;

	put_block(fake, VIRT "/block/dm-0", "254:0\n");
	put_holder(fake, NVME "/nvme0n1", "dm-0");
	put_holder(fake, VIRT "/block/dm-0", "nvme0n1");
	expect_last(fake, "0000:02:00.0", 2, FLAVOUR_USE_HOLDER, "nvme0n1");
}

static void a_multipath_disk(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, NVME "/nvme3c0n1");
	fake_link(fake, "sys/class/nvme/nvme0", NVME);
	put_block(fake, VIRT "/nvme-subsystem/nvme-subsys3/nvme3n1", "259:7\n");
	fake_file(fake, "proc/self/mountinfo", "22 1 259:7 / /m rw - xfs /dev/nvme3n1 rw\n");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_MOUNT, "nvme3n1 is mounted at /m");
}

static void a_share_over_virtio(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:04:00.0",
		    "pci:v00001AF4d00001049sv00001AF4sd00001100bc00sc02i00", NULL, 4);
	fake_attr(fake, "0000:04:00.0", "virtio0/mount_tag", "hostroot\n");
	fake_file(fake, "proc/self/mountinfo", "22 1 0:9 / / rw - 9p other rw\n"
		  "23 1 0:9 /a /b rw - 9p other rw\n");
	fake_dir(fake, "sys/class/bdi/9p-1");
	expect_none(fake, "0000:04:00.0");
	fake_dir(fake, "sys/class/bdi/9p-2");
	expect_one(fake, "0000:04:00.0", FLAVOUR_USE_MOUNT, "mounted out of sight");
	fake_file(fake, "proc/self/mountinfo", "22 1 0:9 / / rw - 9p hostroot rw,trans=virtio\n");
	expect_one(fake, "0000:04:00.0", FLAVOUR_USE_MOUNT, "share hostroot is mounted at /.");
	fake_link(fake, "sys/bus/pci/devices/0000:04:00.0/virtio0/driver",
		  "sys/bus/virtio/drivers/virtiofs");
	fake_remove(fake, "sys/bus/pci/devices/0000:04:00.0/virtio0/mount_tag");
	expect_none(fake, "0000:04:00.0");
	fake_file(fake, "proc/self/mountinfo", "22 1 0:9 / /v rw - virtiofs tag rw\n");
	expect_one(fake, "0000:04:00.0", FLAVOUR_USE_MOUNT, "mounted at /v.");
}

static void a_disk_below_a_bridge_is_not_on_it(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:05:00.0", ID_BRIDGE, NULL, 5);
	fake_device(fake, "0000:06:00.0", ID_NVME, "0000:05:00.0", 6);
	put_block(fake, "sys/devices/pci0000:00/0000:05:00.0/0000:06:00.0/nvme/nvme9/nvme9n1",
		  "259:9\n");
	fake_file(fake, "proc/self/mountinfo", "22 1 259:9 / /m rw - xfs /dev/nvme9n1 rw\n");
	expect_none(fake, "0000:05:00.0");
	expect_one(fake, "0000:06:00.0", FLAVOUR_USE_MOUNT, "nvme9n1 is mounted at /m");
}

static void a_zfs_member(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "run/udev/data/b259:1", "N:nvme0n1p1\nE:ID_FS_LABEL=tank\n"
						"E:ID_FS_TYPE=zfs_member\n");
	expect_none(fake, "0000:02:00.0");
	fake_dir(fake, "proc/spl/kstat/zfs/tank");
	expect_one(fake, "0000:02:00.0", FLAVOUR_USE_ZFS, "zpool export tank");
}

static void an_ipv6_address(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "proc/net/if_inet6",
		  "fe80000000000000000000000000abcd 02 40 20 80     eth2\n"
		  "00000000000000000000000000000001 01 80 10 80       lo\n");
	expect_none(fake, "0000:01:00.0");
	fake_file(fake, "proc/net/if_inet6",
		  "20010db8000000000000000000000001 02 40 00 80     eth2\n");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_ADDRESS, "eth2 has an IPv6 address");
}

static void the_default_route(void **state)
{
	fake_file(*state, "proc/net/route",
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
		  "eth2\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		  "eth2\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n");
	expect_last(*state, "0000:01:00.0", 2, FLAVOUR_USE_ROUTE, "lose the machine");
}

static void the_ipv6_default_route(void **state)
{
	fake_file(*state, "proc/net/ipv6_route",
		  "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth2\n");
	expect_none(*state, "0000:01:00.0");
	fake_file(*state, "proc/net/ipv6_route",
		  "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		  "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth2\n");
	expect_one(*state, "0000:01:00.0", FLAVOUR_USE_ROUTE, "eth2");
}

static void put_upper(struct fake *fake, const char *lower, const char *upper, bool master)
{
	AUTOFREE char *dir = format(VIRT "/net/%s", upper);
	AUTOFREE char *link = format("sys/class/net/%s", upper);
	AUTOFREE char *up = format("sys/class/net/%s/upper_%s", lower, upper);
	AUTOFREE char *mas = format("sys/class/net/%s/master", lower);

	fake_dir(fake, dir);
	fake_link(fake, link, dir);
	fake_link(fake, up, dir);
	if (master)
		fake_link(fake, mas, dir);
}

static void a_port_of_a_bond_with_a_vlan(void **state)
{
	struct fake *fake = *state;

	put_upper(fake, "eth2", "bond0", true);
	put_upper(fake, "bond0", "bond0.7", false);
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_MASTER, "eth2 is a port of bond0");
	fake_file(fake, "proc/net/if_inet6",
		  "20010db8000000000000000000000001 02 40 00 80     bond0.7\n");
	expect_last(fake, "0000:01:00.0", 2, FLAVOUR_USE_ADDRESS, "bond0.7 has");
}

static void an_upper_that_is_up(void **state)
{
	struct fake *fake = *state;

	put_upper(fake, "eth2", "macvtap0", false);
	fake_file(fake, VIRT "/net/macvtap0/flags", "0x1002\n");
	expect_none(fake, "0000:01:00.0");
	fake_file(fake, VIRT "/net/macvtap0/flags", "0x1003\n");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_MASTER, "macvtap0, which is up, is built on eth2");
}

/* sysfs shows no interface of another namespace, but each has a folder that counts as a link. */
static void an_interface_out_of_sight(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:07:00.0", ID_NIC, NULL, 7);
	fake_dir(fake, "sys/devices/pci0000:00/0000:07:00.0/virtio3/net");
	expect_none(fake, "0000:07:00.0");
	fake_dir(fake, "sys/devices/pci0000:00/0000:07:00.0/virtio3/net/eth7");
	expect_one(fake, "0000:07:00.0", FLAVOUR_USE_UNKNOWN, "1 network interface of 0000:07:00.0 is in");
	fake_dir(fake, NIC "/../eth3");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_UNKNOWN, "can't be seen from here");
}

static void interfaces_that_cant_be_read(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, "proc/net/route");
	expect_some(fake, "0000:01:00.0", "can't be examined");
}

static void the_boot_display(void **state)
{
	struct fake *fake = *state;

	fake_attr(fake, "0000:03:00.0", "boot_vga", "1\n");
	expect_none(fake, "0000:03:00.0");
	fake_dir(fake, "sys/class/graphics/fbcon");
	expect_none(fake, "0000:03:00.0");
	fake_dir(fake, "sys/class/graphics/fb0");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "boot display");
	fake_attr(fake, "0000:03:00.0", "boot_vga", "0\n");
	expect_none(fake, "0000:03:00.0");
}

static void an_active_connector(void **state)
{
	struct fake *fake = *state;

	fake_attr(fake, "0000:03:00.0", "boot_vga", "1\n");
	fake_attr(fake, "0000:03:00.0", "drm/card0/card0-DP-1/enabled", "disabled\n");
	expect_none(fake, "0000:03:00.0");
	fake_attr(fake, "0000:03:00.0", "drm/card0/card0-DP-2/enabled", "enabled\n");
	expect_one(fake, "0000:03:00.0", FLAVOUR_USE_DISPLAY, "boot display");
}

static void vfs(void **state)
{
	fake_attr(*state, "0000:01:00.0", "sriov_numvfs", "4\n");
	expect_one(*state, "0000:01:00.0", FLAVOUR_USE_VFS, "has 4 VFs");
}

static void a_vfio_group_that_is_open(void **state)
{
	struct fake *fake = *state;
	struct flavour_uses *uses;

	fake_link(fake, "proc/4711/fd/0", "/dev/null");
	fake_node(fake, "sys/devices/virtual/vfio/1", "vfio/1", "/dev/zero");
	fake_open(fake, 4711, "qemu-system-x86\n", "/dev/zero");
	expect_none(fake, "0000:01:00.0");		/* not bound to a VFIO driver */
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	uses = uses_for(fake, "0000:01:00.0");
	assert_int_equal(flavour_uses_count(uses), 1);
	assert_int_equal(flavour_use_pid(flavour_uses_get(uses, 0)), 4711);
	assert_string_equal(flavour_use_subject(flavour_uses_get(uses, 0)), "/dev/vfio/1");
	assert_contains(flavour_use_text(flavour_uses_get(uses, 0)), "4711 (qemu-system-x86)");
	flavour_uses_free(uses);
}

static void a_vfio_device_that_is_open(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	fake_node(fake, "sys/devices/pci0000:00/0000:01:00.0/vfio-dev/vfio5",
		  "vfio/devices/vfio5", "/dev/zero");
	fake_open(fake, 12, "cloud-hyperviso\n", "/dev/zero");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_VFIO, "/dev/vfio/devices/vfio5 is open");
}

/* Who has bound that one owns the DMA of the group. */
static void a_sibling_in_vfio_that_is_open(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:01:00.1", ID_NIC, NULL, 1);
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:01:00.1", "vfio-pci");
	fake_node(fake, "sys/devices/pci0000:00/0000:01:00.1/vfio-dev/vfio6",
		  "vfio/devices/vfio6", "/dev/zero");
	fake_open(fake, 12, "cloud-hyperviso\n", "/dev/zero");
	expect_none(fake, "0000:01:00.0");		/* not bound to a VFIO driver */
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_VFIO, "/dev/vfio/devices/vfio6 is open");
}

/* Its unbind waits for who has it open, and sysfs has no node any more. */
static void a_vfio_device_that_is_being_unbound(void **state)
{
	struct fake *fake = *state;

	fake_dir(fake, "sys/devices/pci0000:00/0000:01:00.0/vfio-dev");
	fake_file(fake, "proc/devices", "Character devices:\n  1 vfio-dev\n 10 misc\n");
	fake_open(fake, 12, "cloud-hyperviso\n", "/dev/zero");
	expect_none(fake, "0000:01:00.0");		/* an older kernel does not tell */
	fake_file(fake, "proc/12/fdinfo/5", "pos:\t0\nflags:\t02\n"
		  "vfio-device-syspath: /sys/devices/pci0000:00/0000:03:00.0\n");
	expect_none(fake, "0000:01:00.0");
	fake_file(fake, "proc/12/fdinfo/5", "pos:\t0\nflags:\t02\n"
		  "vfio-device-syspath: /sys/devices/pci0000:00/0000:01:00.0\n");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_VFIO, "/dev/vfio/devices/vfio5 is open");
}

static void a_group_member_with_a_driver(void **state)
{
	struct fake *fake = *state;

	fake_device(fake, "0000:01:00.1", ID_NIC, NULL, 1);
	fake_device(fake, "0000:01:00.2", ID_BRIDGE, NULL, 1);
	expect_none(fake, "0000:01:00.0");
	fake_driver(fake, "mlx5_core", "mlx5_core");
	fake_bind(fake, "0000:01:00.2", "mlx5_core");
	expect_none(fake, "0000:01:00.0");
	fake_bind(fake, "0000:01:00.1", "mlx5_core");
	expect_one(fake, "0000:01:00.0", FLAVOUR_USE_GROUP,
		   "0000:01:00.1 is in the same IOMMU group (1) and bound to mlx5_core");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_machine_is_free),
		TEST(a_mounted_partition),
		TEST(a_btrfs_is_known_by_its_source),
		TEST(swap_on_a_partition),
		TEST(a_mount_in_another_namespace),
		TEST(mounts_that_cant_be_read),
		TEST(swap_in_a_file),
		TEST(a_loop_over_a_disk),
		TEST(a_btrfs_of_two_disks),
		TEST(a_mount_through_md_and_dm),
		cmocka_unit_test(each_holder_is_stopped_in_its_way),
		TEST(holders_in_a_ring_end),
		TEST(a_multipath_disk),
		TEST(a_share_over_virtio),
		TEST(a_disk_below_a_bridge_is_not_on_it),
		TEST(a_zfs_member),
		TEST(an_ipv6_address),
		TEST(the_default_route),
		TEST(the_ipv6_default_route),
		TEST(a_port_of_a_bond_with_a_vlan),
		TEST(an_upper_that_is_up),
		TEST(an_interface_out_of_sight),
		TEST(interfaces_that_cant_be_read),
		TEST(the_boot_display),
		TEST(an_active_connector),
		TEST(vfs),
		TEST(a_vfio_group_that_is_open),
		TEST(a_vfio_device_that_is_open),
		TEST(a_sibling_in_vfio_that_is_open),
		TEST(a_vfio_device_that_is_being_unbound),
		TEST(a_group_member_with_a_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
