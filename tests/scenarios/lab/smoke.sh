# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: the devices are there and the tools work.
. "$LAB_DIR/guest/lib.sh"

id_of() {
	echo "$(cat "$(sysfs "$1" vendor)"):$(cat "$(sysfs "$1" device)")"
}

subsystem_of() {
	echo "$(cat "$(sysfs "$1" subsystem_vendor)"):$(cat "$(sysfs "$1" subsystem_device)")"
}

devices_are_there() {
	for d in $EDU $EDU2; do assert_eq "$(id_of $d)" 0x1234:0x11e8 $d; done
	for d in $IVSHMEM $IVSHMEM2; do assert_eq "$(id_of $d)" 0x1af4:0x1110 $d; done
	for d in $NVME $NVME2; do assert_eq "$(id_of $d)" 0x1b36:0x0010 $d; done
	assert_eq "$(id_of $TESTDEV)" 0x1b36:0x0005 testdev
	assert_eq "$(subsystem_of $NIC_A)" 0xdf00:0x0001 "nic a"
	assert_eq "$(subsystem_of $NIC_B)" 0xdf00:0x0002 "nic b"
	assert_eq "$(cat "$(sysfs $BRIDGE class)")" 0x060400 bridge
	assert_eq "$(cat "$(sysfs $NVME sriov_totalvfs)")" 8 VFs
}

each_has_a_group() {
	groups=
	for d in $EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2 $NVME $NVME2 $NIC_A $NIC_B; do
		assert_ne "$(iommu_group_of $d)" - "group of $d"
		groups="$groups $(iommu_group_of $d)"
	done
	assert_eq "$(echo $groups | tr ' ' '\n' | sort -u | wc -l)" 9 "groups"
}

chipset_is_one_group() {
	assert_ne "$(iommu_group_of $LPC)" -
	for d in $CHIPSET; do
		assert_eq "$(iommu_group_of "$d")" "$(iommu_group_of $LPC)" "$d"
	done
}

nothing_is_bound() {
	for d in $EDU $NVME $NVME2 $NIC_A $NIC_B $CHIPSET; do
		assert_eq "$(driver_of "$d")" - "$d"
	done
	assert_eq "$(vfio_modules)" "" "vfio modules"
	assert_eq "$(driver_of $BRIDGE)" pcieport bridge
}

vfio_pci_by_hand() {
	assert modprobe vfio-pci
	assert loaded vfio_pci
	echo vfio-pci >"$(sysfs $EDU driver_override)"
	echo $EDU >/sys/bus/pci/drivers_probe
	assert_eq "$(driver_of $EDU)" vfio-pci
	assert_ne "$(vfio_dev_of $EDU)" -
	assert [ -e "/dev/vfio/$(iommu_group_of $EDU)" ]
}

nvme_has_a_disk() {
	bind_native $NVME2 nvme || return
	wait_for '[ "$(block_dev_of $NVME2)" != - ]' || return
	disk=/dev/$(block_dev_of $NVME2)
	wait_for '[ -b "$disk" ]'
	assert_eq "$(blockdev --getsize64 "$disk")" 67108864 size
}

vfs_appear() {
	echo 2 >"$(sysfs $NVME sriov_numvfs)"
	assert_ne "$(vf_of $NVME 1)" -
	assert_ne "$(iommu_group_of "$(vf_of $NVME 0)")" -
	assert_ne "$(iommu_group_of "$(vf_of $NVME 0)")" "$(iommu_group_of "$(vf_of $NVME 1)")"
	echo 0 >"$(sysfs $NVME sriov_numvfs)"
}

hotplug() {
	for port in $PORTS; do
		assert qmp_plug edu "hot-$port" "$port"
		assert_eq "$(id_of "$(port_dev "$port")")" 0x1234:0x11e8 "$port"
		assert_ne "$(iommu_group_of "$(port_dev "$port")")" - "group in $port"
	done
	for port in $PORTS; do
		assert qmp_unplug "hot-$port"
	done
}

errno_has_a_name() {
	expect_errno ENODEV /sys/bus/pci/drivers/pcieport/bind 0000:99:00.0
	expect_errno EINVAL "$(sysfs $EDU enable)" nonsense
	expect_errno ok /dev/null anything
}

host_programs_run() {
	assert_eq "$(qemu-io --version | sed -n '1s/ .*//p')" qemu-io
}

t "the devices are where devices.sh says" devices_are_there
t "each device has an IOMMU group of its own" each_has_a_group
t "the chipset's functions share a group" chipset_is_one_group
t "no native driver and no vfio module is loaded" nothing_is_bound
t "a write's errno has a name" errno_has_a_name
t "vfio-pci binds by hand" vfio_pci_by_hand
t "nvme has a disk" nvme_has_a_disk
t "SR-IOV makes VFs, each with a group" vfs_appear
t "hot-plug works in every empty port" hotplug
t "the host's programs run" host_programs_run
