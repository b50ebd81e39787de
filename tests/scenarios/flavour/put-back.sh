# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A write that fails leaves the device as it found it.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

variant=/sys/module/test_fail_vfio_pci/parameters
native=/sys/module/test_native_fail/parameters

# variant_says ERRNO, native_says ERRNO: as a number
variant_says() {
	echo "$1" >$variant/err
}

native_says() {
	echo "$1" >$native/err
}

# tried DEV ERRNO NUMBER: the claim fails as the variant's probe does.
tried() {
	variant_says "$3"
	tried_before=$(cat $variant/probes)
	refused "$1" vfio "$2"
	[ "$3" -ne 517 ] && tried_with=$2 || tried_with=EPROBE_DEFER
	count 1 "faults: a variant's probe failed with $tried_with"
	assert_eq "$(cat $variant/probes)" $((tried_before + 1)) probes
}

# 517 is EPROBE_DEFER, which the kernel keeps to itself.
from_no_driver() {
	install_modules test_fail_vfio_pci
	modprobe test_fail_vfio_pci
	modprobe vfio-pci
	for failure in "EINVAL 22" "EIO 5" "ENOMEM 12" "EBUSY 16" "EPERM 1" "EAGAIN 517"; do
		# shellcheck disable=SC2086 # an errno and its number
		tried $IVSHMEM $failure
	done
	is_native $IVSHMEM
}

from_none() {
	assert set_flavour $IVSHMEM none
	tried $IVSHMEM EIO 5
	is $IVSHMEM - none none
	assert set_flavour $IVSHMEM native
}

from_an_override() {
	modprobe pci-stub
	for name in pci-stub nonsense vfio-pci; do
		echo $name >"$(sysfs $IVSHMEM driver_override)"
		tried $IVSHMEM EINVAL 22
		assert_eq "$override" $name
	done
	echo pci-stub >"$(sysfs $IVSHMEM driver_override)"
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	tried $IVSHMEM EIO 5
	is $IVSHMEM pci-stub native pci-stub
	echo $IVSHMEM >"$(sysfs $IVSHMEM driver/unbind)"
	echo >"$(sysfs $IVSHMEM driver_override)"
}

from_a_native_driver() {
	insmod "$(module_path test_native_fail)"
	is $IVSHMEM test_native_fail native "(null)"
	removes=$(cat $native/removes)
	tried $IVSHMEM EINVAL 22
	is $IVSHMEM test_native_fail native "(null)"
	assert_eq "$(cat $native/removes)" $((removes + 1)) removes
}

from_nvme() {
	bind_native $NVME2 nvme
	disk_fill $NVME2 put-back
	sum=$(disk_sum $NVME2)
	tried $NVME2 EIO 5
	is $NVME2 nvme native "(null)"
	assert_eq "$(disk_sum $NVME2)" "$sum" "the disk"
	assert set_flavour $NVME2 none
	tried $NVME2 ENOMEM 12
	is $NVME2 - none none
	assert set_flavour $NVME2 native
	assert_eq "$(disk_sum $NVME2)" "$sum" "the disk"
}

# The generic one could, but the variant did not step back.
every_candidate_steps_back() {
	rmmod vfio_pci
	param loader /bin/true
	tried $IVSHMEM ENODEV 19
	tried $IVSHMEM ENXIO 6
	is $IVSHMEM test_native_fail native "(null)"
	modprobe vfio-pci
}

native_wont_come_back() {
	allow_log "driver .* could not be put back"
	variant_says 5
	native_says 12
	log_mark
	expect_errno ENOTRECOVERABLE "$(flavour_file $IVSHMEM)" vfio
	is_native $IVSHMEM
	assert_eq "$(log_since | grep -c "$IVSHMEM: driver test_native_fail could not be put back")" 1 "lines in the log"
}

release_fails() {
	native_says 0
	variant_says 0
	assert set_flavour $IVSHMEM vfio
	is $IVSHMEM test_fail_vfio_pci vfio test_fail_vfio_pci
	for failure in "EIO 5" "ENOMEM 12" "EBUSY 16"; do
		native_says "${failure#* }"
		refused $IVSHMEM native "${failure% *}"
		count 1 "faults: the native driver's probe failed with ${failure% *}"
	done
	assert vfio-info $IVSHMEM
}

# As the kernel does: a driver that does not want the device is no failure.
native_steps_back() {
	native_says 19
	assert set_flavour $IVSHMEM native
	is_native $IVSHMEM
	native_says 0
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	is $IVSHMEM test_native_fail native "(null)"
}

t "from no driver, whatever the probe's errno" from_no_driver
t "from none" from_none
t "from the exact override there was, with its driver and without" from_an_override
t "from a native driver" from_a_native_driver
t "from nvme, and the disk is as before" from_nvme
t "when every candidate steps back" every_candidate_steps_back
t "a native driver that won't come back: the log says so" native_wont_come_back
t "a release whose driver fails: the VFIO driver is there again" release_fails
t "a native driver that steps back is no failure" native_steps_back
