# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: the kernel module is not there
# The policy without the kernel module: what is there is claimed, the rest is udev's.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/policy.sh"

what_is_there() {
	install_modules test_exact_vfio_pci
	policy "native address=$EDU2" "vfio id=1234:11e8" "none class=0500" "nonsense"
	ctl 4 apply
	says "The kernel module driver_flavour is not loaded: devices that appear later are left to the udev"
	complains "50-test.conf:4:1:"
	is $EDU test_exact_vfio_pci
	is $EDU2 -
	assert_eq "$(override_of $EDU2)" "(null)"
	assert_eq "$(override_of $IVSHMEM)" none
	assert not loaded vfio_pci
	ctl 4 apply -J
	assert_eq "$(field result | sort -u)" unchanged
	assert_eq "$(field backend)" override
	policy
	ctl 0 apply
	assert_eq "$(cat $lab_run/ctl.out)" ""
	ctl 0 reset -q $EDU $IVSHMEM $IVSHMEM2
}

# As its rule calls it: a device that was plugged in, before or after its native driver.
what_udev_does() {
	insmod "$(module_path test_native_fail)"
	policy "vfio id=1234:11e8"
	qmp_plug edu later "$PORT1"
	becomes $PORT1_DEV test_native_fail
	ctl 0 apply -q --device "$PORT1_DEV"
	is "$PORT1_DEV" test_exact_vfio_pci
	ctl 0 apply -q --device "/sys$(readlink -f "$(sysfs "$PORT1_DEV")" | sed 's|^/sys||')"
	assert_eq "$(cat $lab_run/ctl.out)" ""
	qmp_unplug later
	qmp_plug pci-testdev other "$PORT1"
	before=$(state_of "$PORT1_DEV")
	ctl 0 apply -q --device "$PORT1_DEV"
	assert_eq "$(state_of "$PORT1_DEV")" "$before"
	qmp_unplug other
	rmmod test_native_fail
}

what_is_in_use() {
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	modprobe ext4
	mke2fs -q "$disk" && mount "$disk" /mnt
	policy "vfio id=1b36:0010"
	before=$(state_of $NVME2)
	ctl 4 apply --device $NVME2
	complains "$NVME2: skipped: ${disk#/dev/} is mounted at /mnt"
	ctl 4 apply
	assert_eq "$(state_of $NVME2)" "$before"
	is $NVME vfio-pci
	umount /mnt
	ctl 0 reset -q $NVME
	rmmod_native nvme
	rm -r $POLICY
}

without_module
t "what is there is claimed" what_is_there
t "what comes later is udev's" what_udev_does
t "what is in use is skipped" what_is_in_use
