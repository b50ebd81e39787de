# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One write, one VFIO device; and back.  The words tell the truth.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

words_are_listed() {
	assert_eq "$(cat /sys/bus/pci/driver_flavours)" "native vfio none"
	for d in /sys/bus/pci/devices/*; do
		assert_eq "$(cat "$d/driver_flavour")" native "$d"
		assert_eq "$(stat -c %a "$d/driver_flavour")" 644 "$d's mode"
	done
}

claim_cold() {
	assert_eq "$(vfio_modules)" "" "vfio modules before"
	is_native $EDU
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert loaded vfio_pci
}

it_is_usable() {
	group=$(iommu_group_of $EDU)
	assert [ -c "/dev/vfio/$group" ]
	assert_eq "$(vfio-info $EDU | sed -n 1p)" "device $EDU 1234:11e8 group $group"
}

claim_again() {
	was=$(vfio_dev_of $EDU)
	listen
	assert set_flavour $EDU vfio
	assert_eq "$(heard $EDU .)" "" "events"
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$vfio_dev" "$was"
}

release() {
	assert set_flavour $EDU native
	is_native $EDU
	assert [ ! -e "/dev/vfio/$(iommu_group_of $EDU)" ]
	assert not vfio-info $EDU
}

others_are_as_before() {
	for d in $EDU2 $TESTDEV $IVSHMEM $NVME $NVME2 $NIC_A $NIC_B $CHIPSET; do
		is_native "$d"
	done
}

no_newline_but_a_nul() {
	assert_eq "$(sysfs-write -n "$(flavour_file $EDU)" vfio)" ok
	is $EDU vfio-pci vfio vfio-pci
	printf 'native\0' >$lab_run/nul
	expect_errno ok "$(flavour_file $EDU)" @$lab_run/nul
	is_native $EDU
}

none_keeps_away() {
	assert set_flavour $EDU none
	is $EDU - none none
	modprobe vfio-pci
	insmod "$(module_path test_native_fail)"
	echo $EDU >/sys/bus/pci/drivers_probe
	is $EDU - none none
	assert_eq "$(driver_of $EDU2)" test_native_fail "its twin"
}

each_word_after_each() {
	for word in vfio none vfio native none native; do
		assert set_flavour $EDU $word
		assert_eq "$(flavour_of $EDU)" $word
		case $word in
		vfio) is $EDU vfio-pci vfio vfio-pci ;;
		none) is $EDU - none none ;;
		native) is $EDU test_native_fail native "(null)" ;;
		esac
	done
	assert set_flavour $EDU2 none
	is $EDU2 - none none
	assert set_flavour $EDU2 native
	is $EDU2 test_native_fail native "(null)"
	rmmod test_native_fail
}

# by_hand DEV DRIVER: what people do by hand
by_hand() {
	echo "$2" >"$(sysfs "$1" driver_override)"
	look "$1"
	[ "$driver" = - ] || echo "$1" >"$(sysfs "$1" driver/unbind)"
	echo "$1" >/sys/bus/pci/drivers_probe
}

bound_by_hand_reads_vfio() {
	by_hand $IVSHMEM vfio-pci
	is $IVSHMEM vfio-pci vfio vfio-pci
	was=$vfio_dev
	assert set_flavour $IVSHMEM vfio
	is $IVSHMEM vfio-pci vfio vfio-pci
	assert_eq "$vfio_dev" "$was"
	assert set_flavour $IVSHMEM native
	is_native $IVSHMEM
}

rebound_by_hand_reads_native() {
	assert set_flavour $IVSHMEM vfio
	modprobe pci-stub
	by_hand $IVSHMEM pci-stub
	is $IVSHMEM pci-stub native pci-stub
	assert set_flavour $IVSHMEM vfio
	is $IVSHMEM vfio-pci vfio vfio-pci
	assert set_flavour $IVSHMEM native
	is_native $IVSHMEM
}

unbound_by_hand_reads_native() {
	by_hand $IVSHMEM vfio-pci
	echo $IVSHMEM >"$(sysfs $IVSHMEM driver/unbind)"
	assert_eq "$(flavour_of $IVSHMEM)" native
	echo >"$(sysfs $IVSHMEM driver_override)"
	is_native $IVSHMEM
}

native_loads_its_driver() {
	assert not loaded e1000e
	assert set_flavour $NIC_A vfio
	is $NIC_A vfio-pci vfio vfio-pci
	assert not loaded e1000e
	assert set_flavour $NIC_A native
	is $NIC_A e1000e native "(null)"
}

t "each device has a driver_flavour, driver_flavours lists the words" words_are_listed
t "with no vfio module loaded, one write makes a VFIO device" claim_cold
t "a VFIO program can use it" it_is_usable
t "the same word again changes nothing, and no event says so" claim_again
t "native undoes it" release
t "other devices are as they were" others_are_as_before
t "a word without a newline, and one with a NUL, are understood" no_newline_but_a_nul
t "none keeps drivers away, new ones too" none_keeps_away
t "each word follows each" each_word_after_each
t "a device bound to vfio-pci by hand reads vfio" bound_by_hand_reads_vfio
t "a claimed device bound elsewhere by hand reads native" rebound_by_hand_reads_native
t "a device unbound by hand reads native" unbound_by_hand_reads_native
t "native loads the native driver" native_loads_its_driver
