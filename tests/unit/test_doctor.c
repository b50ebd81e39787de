// SPDX-License-Identifier: LGPL-2.1-or-later
/* The machine's health, one finding at a time. */
#include <errno.h>
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

static void expect(struct fake *fake, const char *name, enum flavour_health health,
		   const char *text)
{
	const struct flavour_check *check = NULL;
	struct flavour_devices *devices;
	struct flavour_checks *checks;
	size_t i;

	assert_int_equal(flavour_devices_new(fake->ctx, &devices), 0);
	assert_int_equal(flavour_checks_new(devices, &checks), 0);
	for (i = 0; (check = flavour_checks_get(checks, i)); i++)
		if (!strcmp(flavour_check_name(check), name))
			break;
	assert_non_null(check);
	assert_contains(flavour_check_text(check), text);
	assert_int_equal(flavour_check_health(check), health);
	if (health == FLAVOUR_HEALTH_OK)
		assert_null(flavour_check_advice(check));
	else
		assert_non_null(flavour_check_advice(check));
	flavour_checks_free(checks);
	flavour_devices_free(devices);
}

static void iommu(void **state)
{
	struct fake *fake = *state;

	expect(fake, "iommu", FLAVOUR_HEALTH_OK, "2 of 2 devices");
	fake_remove(fake, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	fake_remove(fake, "sys/bus/pci/devices/0000:02:00.0/iommu_group");
	expect(fake, "iommu", FLAVOUR_HEALTH_BAD, "No device is in an IOMMU group");
}

static void interrupt_remapping(void **state)
{
	struct fake *fake = *state;

	expect(fake, "interrupt_remapping", FLAVOUR_HEALTH_BAD, "does not seem to be on");
	fake_file(fake, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n");
	expect(fake, "interrupt_remapping", FLAVOUR_HEALTH_NOTE, "was told to allow that");
	fake_file(fake, "proc/interrupts", "  8:  0  IR-IO-APIC    8-edge      rtc0\n");
	expect(fake, "interrupt_remapping", FLAVOUR_HEALTH_OK, "are remapped");
}

static void modules(void **state)
{
	struct fake *fake = *state;

	expect(fake, "vfio_modules", FLAVOUR_HEALTH_OK, "3 modules have");
	expect(fake, "vfio_iommu", FLAVOUR_HEALTH_BAD, "no module vfio_iommu_type1");
	fake_dir(fake, "sys/module/vfio_iommu_type1");
	expect(fake, "vfio_iommu", FLAVOUR_HEALTH_OK, "has its IOMMU back end");
	fake_dir(fake, "sys/module/iommufd");
	expect(fake, "vfio_iommu", FLAVOUR_HEALTH_OK, "vfio_iommu_type1 and iommufd");
	fake_remove(fake, "sys/module/vfio_iommu_type1");
	expect(fake, "vfio_iommu", FLAVOUR_HEALTH_NOTE, "iommufd is VFIO's only");
}

/* CONFIG_VFIO_PCI is off. */
static void no_vfio(void **state)
{
	struct fake *fake = *state;

	fake_file(fake, "modules/modules.alias",
		  "alias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n");
	expect(fake, "vfio_modules", FLAVOUR_HEALTH_BAD, "this kernel has no vfio-pci");
}

static void no_index(void **state)
{
	struct fake *fake = *state;

	fake_remove(fake, "modules/modules.alias");
	expect(fake, "vfio_modules", FLAVOUR_HEALTH_BAD, "modules.alias can't be read");
}

static void kernel_module_and_loader(void **state)
{
	struct fake *fake = *state;

	expect(fake, "kernel_module", FLAVOUR_HEALTH_NOTE, "not loaded");
	expect(fake, "loader", FLAVOUR_HEALTH_OK, "No loader is needed");
	fake_kernel_module(fake);
	expect(fake, "kernel_module", FLAVOUR_HEALTH_OK, "is loaded");
	fake_file(fake, "sys/module/driver_flavour/parameters/loader", "/nonexistent/loader\n");
	expect(fake, "loader", FLAVOUR_HEALTH_BAD, "can't be run");
	fake_file(fake, "sys/module/driver_flavour/parameters/loader", "/bin/sh\n");
	expect(fake, "loader", FLAVOUR_HEALTH_OK, "/bin/sh");
	fake_file(fake, "sys/module/driver_flavour/parameters/loader", "\n");
	expect(fake, "loader", FLAVOUR_HEALTH_NOTE, "turned off");
	fake_file(fake, "sys/module/driver_flavour/parameters/loader", "kernel.modprobe -q --\n");
	fake_file(fake, "proc/sys/kernel/modprobe", "/bin/sh\n");
	expect(fake, "loader", FLAVOUR_HEALTH_OK, "The loader is /bin/sh.");
	fake_file(fake, "proc/sys/kernel/modprobe", "/nonexistent/modprobe\n");
	expect(fake, "loader", FLAVOUR_HEALTH_BAD, "/nonexistent/modprobe can't be run");
	fake_file(fake, "proc/sys/kernel/modprobe", "\n");
	expect(fake, "loader", FLAVOUR_HEALTH_NOTE, "turned off");
}

static void kernel_version(void **state)
{
	struct fake *fake = *state;

	expect(fake, "kernel_version", FLAVOUR_HEALTH_NOTE, "can't be read");
	fake_file(fake, "proc/sys/kernel/osrelease", "6.1.0-56-amd64\n");
	expect(fake, "kernel_version", FLAVOUR_HEALTH_OK, "6.1.0-56-amd64");
	fake_file(fake, "proc/sys/kernel/osrelease", FLAVOUR_NEWEST_KERNEL ".99+deb-amd64\n");
	expect(fake, "kernel_version", FLAVOUR_HEALTH_OK, "is no newer");
	fake_file(fake, "proc/sys/kernel/osrelease", FLAVOUR_NEWEST_KERNEL "9-rc1\n");
	expect(fake, "kernel_version", FLAVOUR_HEALTH_NOTE, "newer than " FLAVOUR_NEWEST_KERNEL ", the newest");
	fake_file(fake, "proc/sys/kernel/osrelease", "99.0\n");
	expect(fake, "kernel_version", FLAVOUR_HEALTH_NOTE, "99.0 is newer");
}

static void lockdown(void **state)
{
	struct fake *fake = *state;

	expect(fake, "lockdown", FLAVOUR_HEALTH_OK, "not locked down");
	fake_file(fake, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	expect(fake, "lockdown", FLAVOUR_HEALTH_NOTE, "[integrity]");
	fake_file(fake, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	fake_file(fake, "sys/module/module/parameters/sig_enforce", "N\n");
	fake_file(fake, "proc/sys/kernel/modules_disabled", "0\n");
	expect(fake, "lockdown", FLAVOUR_HEALTH_OK, "not locked down");
	fake_file(fake, "sys/module/module/parameters/sig_enforce", "Y\n");
	expect(fake, "lockdown", FLAVOUR_HEALTH_NOTE, "module.sig_enforce is on");
	fake_file(fake, "proc/sys/kernel/modules_disabled", "1\n");
	expect(fake, "lockdown", FLAVOUR_HEALTH_NOTE, "kernel.modules_disabled is 1");
}

static void isolation(void **state)
{
	struct fake *fake = *state;

	expect(fake, "isolation", FLAVOUR_HEALTH_OK, "of its own");
	fake_device(fake, "0000:01:00.1", ID_NIC, NULL, 1);
	expect(fake, "isolation", FLAVOUR_HEALTH_NOTE, "1 of 2 IOMMU groups");
}

static void policy(void **state)
{
	struct fake *fake = *state;

	expect(fake, "policy", FLAVOUR_HEALTH_OK, "have a rule");
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	expect(fake, "policy", FLAVOUR_HEALTH_NOTE, "without a rule: 0000:01:00.0.");
	fake_file(fake, "etc/driver-flavour.d/1.conf", "vfio id=15b3:101e\n");
	expect(fake, "policy", FLAVOUR_HEALTH_OK, "have a rule");
	fake_file(fake, "etc/driver-flavour.d/1.conf", "vfio id=15b3:101e\nrubbish\n");
	expect(fake, "policy", FLAVOUR_HEALTH_BAD, "1.conf:2:1:");
}

static void driverctl(void **state)
{
	struct fake *fake = *state;

	expect(fake, "driverctl", FLAVOUR_HEALTH_OK, "has no device");
	fake_driver(fake, "vfio-pci", "vfio_pci");
	fake_bind(fake, "0000:01:00.0", "vfio-pci");
	fake_file(fake, "etc/driverctl.d/pci-0000:01:00.0", "");
	expect(fake, "policy", FLAVOUR_HEALTH_NOTE, "without a rule: 0000:01:00.0.");
	fake_file(fake, "etc/driverctl.d/pci-0000:01:00.0", "vfio-pci\n");
	expect(fake, "policy", FLAVOUR_HEALTH_OK, "have a rule, or are in driverctl");
	expect(fake, "driverctl", FLAVOUR_HEALTH_NOTE, "without a rule: 0000:01:00.0 (vfio-pci).");
	fake_file(fake, "etc/driver-flavour.d/1.conf", "vfio id=15b3:101e\n");
	expect(fake, "driverctl", FLAVOUR_HEALTH_BAD, "have 0000:01:00.0 (vfio-pci): at boot");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(iommu),
		TEST(interrupt_remapping),
		TEST(modules),
		TEST(no_vfio),
		TEST(no_index),
		TEST(kernel_module_and_loader),
		TEST(kernel_version),
		TEST(lockdown),
		TEST(isolation),
		TEST(policy),
		TEST(driverctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
