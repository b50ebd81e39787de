// SPDX-License-Identifier: LGPL-2.1-or-later
/* Devices, groups and selectors, read from trees of files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

/* A root port with a PF, its VF and a display; an NVMe disk; a disk behind a bridge. */
static int setup(void **state)
{
	struct fake *fake = fake_new();

	fake_driver(fake, "pcieport", "pcieport");
	fake_driver(fake, "mlx5_core", "mlx5_core");
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_driver(fake, "nvme", "nvme");
	fake_device(fake, "0000:00:1c.0", ID_BRIDGE, NULL, 1);
	fake_bind(fake, "0000:00:1c.0", "pcieport");
	fake_device(fake, "0000:01:00.0", ID_NIC, "0000:00:1c.0", 2);
	fake_bind(fake, "0000:01:00.0", "mlx5_core");
	fake_device(fake, "0000:01:00.1", ID_NIC, "0000:00:1c.0", 3);
	fake_attr(fake, "0000:01:00.0", "sriov_numvfs", "1\n");
	fake_attr(fake, "0000:01:00.0", "sriov_totalvfs", "8\n");
	fake_link(fake, "sys/bus/pci/devices/0000:01:00.0/virtfn0",
		  "sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.1");
	fake_link(fake, "sys/bus/pci/devices/0000:01:00.1/physfn",
		  "sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0");
	fake_device(fake, "10000:00:02.0", ID_NVME, NULL, 4);
	fake_device(fake, "0000:00:02.0", ID_VGA, NULL, 4);
	fake_bind(fake, "10000:00:02.0", "nvme");
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static struct flavour_devices *all_of(struct fake *fake)
{
	struct flavour_devices *all;

	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	return all;
}

static void devices_come_in_order(void **state)
{
	static const char *const order[] = {
		"0000:00:02.0", "0000:00:1c.0", "0000:01:00.0", "0000:01:00.1", "10000:00:02.0",
	};
	struct flavour_devices *all = all_of(*state);
	size_t i;

	assert_int_equal(flavour_devices_count(all), ARRAY_LEN(order));
	for (i = 0; i < ARRAY_LEN(order); i++)
		assert_string_equal(flavour_device_address(flavour_devices_get(all, i)), order[i]);
	assert_null(flavour_devices_get(all, i));
	assert_ptr_equal(flavour_devices_find(all, "0000:01:00.1"), flavour_devices_get(all, 3));
	assert_null(flavour_devices_find(all, "0000:01:00.2"));
	assert_null(flavour_devices_find(all, "rubbish"));
	flavour_devices_free(all);
}

static void no_bus_is_an_empty_set(void **state)
{
	struct fake *fake = fake_new();
	struct flavour_devices *all = all_of(fake);

	assert_int_equal(flavour_devices_count(all), 0);
	flavour_devices_free(all);
	fake_free(fake);
}

static void a_device_says_what_it_is(void **state)
{
	struct flavour_device *dev = fake_get(*state, "0000:01:00.0");
	struct flavour_pci_id id;

	assert_int_equal(flavour_device_id(dev, &id), 0);
	assert_int_equal(id.vendor, 0x15b3);
	assert_int_equal(id.device, 0x101e);
	assert_int_equal(id.subdevice, 0x58);
	assert_int_equal(id.class_code, 0x020000);
	assert_string_equal(flavour_device_driver(dev), "mlx5_core");
	assert_null(flavour_device_override(dev));
	assert_int_equal(flavour_device_group(dev), 2);
	assert_int_equal(flavour_device_num_vfs(dev), 1);
	assert_int_equal(flavour_device_total_vfs(dev), 8);
	assert_string_equal(flavour_device_vf(dev, 0), "0000:01:00.1");
	assert_null(flavour_device_vf(dev, 1));
	assert_string_equal(flavour_device_parent(dev), "0000:00:1c.0");
	assert_string_equal(flavour_device_path(dev), "pci0000:00/1c.0/00.0");
	assert_false(flavour_device_is_bridge(dev));
	assert_int_equal(flavour_device_revision(dev), -1);
	assert_null(flavour_device_reset_methods(dev));
	flavour_device_unref(dev);
}

static void bridges_and_vfs_are_known(void **state)
{
	struct flavour_device *bridge = fake_get(*state, "0000:00:1c.0");
	struct flavour_device *vf = fake_get(*state, "0000:01:00.1");

	assert_true(flavour_device_is_bridge(bridge));
	assert_null(flavour_device_parent(bridge));
	assert_string_equal(flavour_device_physfn(vf), "0000:01:00.0");
	assert_null(flavour_device_physfn(bridge));
	flavour_device_unref(bridge);
	flavour_device_unref(vf);
}

static void refresh_forgets(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev = fake_get(fake, "0000:01:00.0");

	assert_string_equal(flavour_device_driver(dev), "mlx5_core");
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	assert_string_equal(flavour_device_driver(dev), "mlx5_core");
	flavour_device_refresh(dev);
	assert_string_equal(flavour_device_driver(dev), "vfio-pci");
	flavour_device_unref(dev);
}

static void expect_flavour(struct fake *fake, const char *driver, const char *override,
			   enum flavour flavour)
{
	const char *address = "0000:01:00.1";
	struct flavour_device *dev = fake_get(fake, address);

	fake_remove(fake, "sys/bus/pci/devices/0000:01:00.1/driver");
	if (driver)
		fake_bind(fake, address, driver);
	fake_attr(fake, address, "driver_override", override);
	assert_int_equal(flavour_device_flavour(dev), flavour);
	flavour_device_unref(dev);
}

static void the_flavour_is_told_from_what_is_seen(void **state)
{
	expect_flavour(*state, NULL, "(null)\n", FLAVOUR_NATIVE);
	expect_flavour(*state, NULL, "none\n", FLAVOUR_NONE);
	expect_flavour(*state, NULL, "mlx5_vfio_pci\n", FLAVOUR_VFIO);
	expect_flavour(*state, NULL, "something\n", FLAVOUR_NATIVE);
	expect_flavour(*state, "mlx5_core", "(null)\n", FLAVOUR_NATIVE);
	expect_flavour(*state, "mlx5_core", "vfio-pci\n", FLAVOUR_NATIVE);
	expect_flavour(*state, "vfio-pci", "(null)\n", FLAVOUR_VFIO);
}

/* A VFIO driver that no index knows shows by what it made. */
static void an_unknown_vfio_driver_is_seen(void **state)
{
	struct fake *fake = *state;

	fake_driver(fake, "my_vfio", "my_vfio");
	fake_dir(fake, "sys/bus/pci/devices/0000:01:00.1/vfio-dev/vfio3");
	fake_attr(fake, "0000:01:00.1", "vfio-dev/vfio3/dev", "511:3\n");
	expect_flavour(fake, "my_vfio", "(null)\n", FLAVOUR_VFIO);
	struct flavour_device *dev = fake_get(fake, "0000:01:00.1");

	assert_string_equal(flavour_device_vfio_node(dev), "/dev/vfio/devices/vfio3");
	assert_string_equal(flavour_device_vfio_group_node(dev), "/dev/vfio/3");
	flavour_device_unref(dev);
}

static void the_kernel_module_is_believed(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev;

	fake_kernel_module(fake);
	fake_attr(fake, "0000:01:00.1", "driver_flavour", "none\n");
	dev = fake_get(fake, "0000:01:00.1");
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_NONE);
	assert_int_equal(flavour_ctx_backend(fake->ctx), FLAVOUR_BACKEND_KERNEL);
	assert_int_equal(flavour_ctx_set_backend(fake->ctx, FLAVOUR_BACKEND_OVERRIDE), 0);
	flavour_device_refresh(dev);
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_NATIVE);
	flavour_device_unref(dev);
}

/* The short cut of an enumeration holds for those it saw, until they are refreshed. */
static void what_changed_since_the_enumeration(void **state)
{
	struct fake *fake = *state;
	struct flavour_devices *all = all_of(fake);
	struct flavour_device *dev = flavour_devices_find(all, "0000:01:00.0");

	fake_dir(fake, "sys/class/vfio-dev/vfio3");
	fake_attr(fake, "0000:01:00.0", "vfio-dev/vfio3/dev", "511:3\n");
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_NATIVE);
	flavour_device_refresh(dev);
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_VFIO);
	fake_kernel_module(fake);
	flavour_device_refresh(dev);
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_NATIVE);
	flavour_devices_free(all);
}

/* Of two in a group, the one without a driver is no VFIO device for what the other is. */
static void a_device_that_is_being_unbound(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev;

	fake_device(fake, "0000:0a:00.0", ID_NIC, NULL, 40);
	fake_device(fake, "0000:0a:00.1", ID_NIC, NULL, 40);
	fake_attr(fake, "0000:0a:00.0", "driver_override", "vfio-pci\n");
	fake_dir(fake, "sys/class/vfio/40");
	dev = fake_get(fake, "0000:0a:00.0");
	assert_null(flavour_device_override(dev));
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_VFIO);
	fake_attr(fake, "0000:0a:00.1", "vfio-dev/vfio0/name", "x");
	flavour_device_refresh(dev);
	assert_string_equal(flavour_device_override(dev), "vfio-pci");
	assert_null(flavour_device_vfio_group_node(dev));
	fake_attr(fake, "0000:0a:00.0", "vfio-dev/vfio1/name", "x");
	flavour_device_refresh(dev);
	assert_null(flavour_device_override(dev));
	assert_string_equal(flavour_device_vfio_group_node(dev), "/dev/vfio/40");
	flavour_device_unref(dev);
}

static void a_device_may_be_gone(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev = fake_get(fake, "0000:01:00.1");
	struct flavour_pci_id id;

	fake_remove(fake, "sys/bus/pci/devices/0000:01:00.1");
	assert_false(flavour_device_present(dev));
	assert_int_equal(flavour_device_id(dev, &id), -ENODEV);
	assert_contains(flavour_ctx_message(fake->ctx), "unplugged");
	assert_int_equal(flavour_device_flavour(dev), FLAVOUR_UNKNOWN);
	assert_int_equal(flavour_device_group(dev), -1);
	assert_null(flavour_device_path(dev));
	assert_int_equal(flavour_device_disk_count(dev), 0);
	flavour_device_unref(dev);
	assert_int_equal(flavour_device_new(fake->ctx, "0000:01:00.1", &dev), -ENODEV);
	assert_int_equal(flavour_device_new(fake->ctx, "01:00.1", &dev), -EINVAL);
}

static void a_hostile_modalias_is_no_id(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *dev = fake_get(fake, "0000:01:00.1");
	struct flavour_pci_id id;

	fake_attr(fake, "0000:01:00.1", "modalias", "pci:v*d*sv*sd*bc*sc*i*\n");
	assert_int_equal(flavour_device_id(dev, &id), -ENODEV);
	flavour_device_unref(dev);
}

static void groups_have_members_and_blockers(void **state)
{
	struct flavour_devices *all = all_of(*state), *some;
	struct flavour_groups *groups;
	struct flavour_group *group;

	assert_int_equal(flavour_groups_new(all, &groups), 0);
	assert_int_equal(flavour_groups_count(groups), 4);
	group = flavour_groups_get(groups, 3);
	assert_int_equal(flavour_group_number(group), 4);
	assert_int_equal(flavour_devices_count(flavour_group_devices(group)), 2);
	assert_string_equal(flavour_device_address(flavour_group_blocker(group)),
			    "10000:00:02.0");
	assert_null(flavour_group_blocker(flavour_groups_get(groups, 0)));	/* pcieport */
	flavour_groups_free(groups);

	assert_int_equal(flavour_devices_select(all, "00:02.0", &some), 0);
	assert_int_equal(flavour_devices_add_groups(some, all), 1);
	assert_non_null(flavour_devices_find(some, "10000:00:02.0"));
	assert_int_equal(flavour_devices_add_groups(some, all), 0);
	flavour_devices_free(some);
	flavour_devices_free(all);
}

static void put_net_and_disks(struct fake *fake)
{
	const char *nic = "sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0";
	const char *nvme = "sys/devices/pci0000:00/10000:00:02.0/nvme/nvme0";
	AUTOFREE char *eth = format("%s/net/eth2", nic);
	AUTOFREE char *part = format("%s/nvme0n1/nvme0n1p1/partition", nvme);
	AUTOFREE char *disk = format("%s/nvme0n1", nvme);
	AUTOFREE char *p1 = format("%s/nvme0n1p1", disk);
	AUTOFREE char *path = format("%s/nvme1c0n1", nvme);

	fake_dir(fake, eth);
	fake_link(fake, "sys/class/net/eth2", eth);
	fake_dir(fake, "sys/devices/virtual/net/lo");
	fake_link(fake, "sys/class/net/lo", "sys/devices/virtual/net/lo");
	fake_file(fake, part, "1\n");
	fake_link(fake, "sys/class/block/nvme0n1", disk);
	fake_link(fake, "sys/class/block/nvme0n1p1", p1);
	fake_link(fake, "sys/class/nvme/nvme0", nvme);
	/* A multipath disk: the path below the controller, the disk below none. */
	fake_dir(fake, path);
	fake_dir(fake, "sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1");
	fake_link(fake, "sys/class/block/nvme1n1",
		  "sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1");
	/* A volume on the partition. */
	fake_dir(fake, "sys/devices/virtual/block/dm-0/slaves/nvme0n1p1");
	fake_link(fake, "sys/class/block/dm-0", "sys/devices/virtual/block/dm-0");
	fake_file(fake, "dev/nvme0n1", "");
	fake_file(fake, "dev/nvme0n1p1", "");
	fake_file(fake, "dev/nvme1n1", "");
	fake_file(fake, "dev/dm-0", "");
	fake_link(fake, "dev/disk/by-id/mine", "dev/nvme0n1");
	fake_link(fake, "dev/mapper/vg-root", "dev/dm-0");
}

static void disks_and_interfaces_are_found(void **state)
{
	struct fake *fake = *state;
	struct flavour_device *nic = fake_get(fake, "0000:01:00.0");
	struct flavour_device *nvme = fake_get(fake, "10000:00:02.0");

	put_net_and_disks(fake);
	assert_int_equal(flavour_device_netif_count(nic), 1);
	assert_string_equal(flavour_device_netif(nic, 0), "eth2");
	assert_null(flavour_device_netif(nic, 1));
	assert_int_equal(flavour_device_disk_count(nvme), 2);
	assert_string_equal(flavour_device_disk(nvme, 0), "nvme0n1");
	assert_string_equal(flavour_device_disk(nvme, 1), "nvme1n1");
	assert_null(flavour_device_disk(nvme, 2));
	assert_int_equal(flavour_device_disk_count(nic), 0);
	flavour_device_unref(nic);
	flavour_device_unref(nvme);
}

static const struct {
	const char *text;
	int error;
	const char *found;	/* addresses, one space between */
} selections[] = {
	{ "0000:01:00.0", 0, "0000:01:00.0" },
	{ "01:00.0", 0, "0000:01:00.0" },
	{ "1:0.0", 0, "0000:01:00.0" },
	{ "10000:00:02.0", 0, "10000:00:02.0" },
	{ "01:00.7", -ENODEV, NULL },
	{ "15b3:101e", 0, "0000:01:00.0 0000:01:00.1" },
	{ "15B3:101E:15b3:0058", 0, "0000:01:00.0 0000:01:00.1" },
	{ "15b3:101e:15b3:0059", -ENODEV, NULL },
	{ "15b3:101f", -ENODEV, NULL },
	{ "15b3:101e:15b3", -EINVAL, NULL },
	{ "15b3:", -EINVAL, NULL },
	{ "0000:01:*", 0, "0000:01:00.0 0000:01:00.1" },
	{ "01:00.?", 0, "0000:01:00.0 0000:01:00.1" },
	{ "[0-1]*:00:02.0", 0, "0000:00:02.0 10000:00:02.0" },
	{ "0000:ff:*", -ENODEV, NULL },
	{ "vfs-of:01:00.0", 0, "0000:01:00.1" },
	{ "vfs-of:0000:00:02.0", -ENODEV, NULL },
	{ "vfs-of:ff:00.0", -ENODEV, NULL },
	{ "vfs-of:eth2", -EINVAL, NULL },
	{ "vfs-of:", -EINVAL, NULL },
	{ "eth2", 0, "0000:01:00.0" },
	{ "eth3", -ENODEV, NULL },
	{ "lo", -ENODEV, NULL },
	{ "/dev/nvme0n1", 0, "10000:00:02.0" },
	{ "/dev/nvme0n1p1", 0, "10000:00:02.0" },
	{ "/dev/disk/by-id/mine", 0, "10000:00:02.0" },
	{ "/dev/mapper/vg-root", 0, "10000:00:02.0" },
	{ "/dev/nvme1n1", 0, "10000:00:02.0" },
	{ "/dev/null", -ENODEV, NULL },
	{ "/", -ENODEV, NULL },
	{ "", -EINVAL, NULL },
	{ "..", -EINVAL, NULL },
	{ "0000:01:00.8", -EINVAL, NULL },
	{ "0000:01:20.0", -EINVAL, NULL },
	{ "a name that is far too long and has spaces", -EINVAL, NULL },
};

static void check_selection(const struct flavour_devices *all, size_t n)
{
	struct flavour_devices *found;
	struct strv names = { 0 };
	int error = flavour_devices_select(all, selections[n].text, &found);
	size_t i;

	if (error != selections[n].error)
		fail_msg("\"%s\": %d", selections[n].text, error);
	if (error)
		return;
	for (i = 0; i < flavour_devices_count(found); i++)
		strv_add(&names, flavour_device_address(flavour_devices_get(found, i)));
	AUTOFREE char *joined = strv_join(&names, " ");

	assert_string_equal(joined, selections[n].found);
	strv_clear(&names);
	flavour_devices_free(found);
}

static void selectors(void **state)
{
	struct fake *fake = *state;
	struct flavour_devices *all;
	size_t i;

	put_net_and_disks(fake);
	all = all_of(fake);
	for (i = 0; i < ARRAY_LEN(selections); i++)
		check_selection(all, i);
	flavour_devices_free(all);
}

static void roots_move_only_before_use(void **state)
{
	struct fake *fake = *state;
	struct flavour_devices *all = all_of(fake);

	assert_int_equal(flavour_ctx_set_root(fake->ctx, FLAVOUR_ROOT_SYSFS, "/x"), -EBUSY);
	assert_int_equal(flavour_ctx_set_root(fake->ctx, FLAVOUR_ROOT_SYSFS, "x"), -EINVAL);
	assert_int_equal(flavour_ctx_set_root(fake->ctx, 99, "/x"), -EINVAL);
	assert_null(flavour_ctx_root(fake->ctx, 99));
	flavour_devices_free(all);
}

static void the_environment_moves_roots(void **state)
{
	struct flavour_ctx *ctx;

	setenv("FLAVOUR_SYSFS", "/somewhere/sys", 1);
	setenv("FLAVOUR_PROC", "relative", 1);
	assert_int_equal(flavour_ctx_new(&ctx), 0);
	assert_string_equal(flavour_ctx_root(ctx, FLAVOUR_ROOT_SYSFS), "/somewhere/sys");
	assert_string_equal(flavour_ctx_root(ctx, FLAVOUR_ROOT_PROC), "/proc");
	flavour_ctx_free(ctx);
	unsetenv("FLAVOUR_SYSFS");
	unsetenv("FLAVOUR_PROC");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_come_in_order),
		cmocka_unit_test(no_bus_is_an_empty_set),
		TEST(a_device_says_what_it_is),
		TEST(bridges_and_vfs_are_known),
		TEST(refresh_forgets),
		TEST(the_flavour_is_told_from_what_is_seen),
		TEST(an_unknown_vfio_driver_is_seen),
		TEST(the_kernel_module_is_believed),
		TEST(what_changed_since_the_enumeration),
		TEST(a_device_that_is_being_unbound),
		TEST(a_device_may_be_gone),
		TEST(a_hostile_modalias_is_no_id),
		TEST(groups_have_members_and_blockers),
		TEST(disks_and_interfaces_are_found),
		TEST(selectors),
		TEST(roots_move_only_before_use),
		cmocka_unit_test(the_environment_moves_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
