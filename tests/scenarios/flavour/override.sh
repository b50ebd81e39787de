# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Flavours named through driver_override, by tools that know nothing else.
# weight: 2
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

OVERRIDE_WORDS=/sys/module/driver_flavour/parameters/override_words

override() { # DEV WORD
	echo "$2" >"$(sysfs "$1" driver_override)"
}

probe() {
	echo "$1" >/sys/bus/pci/drivers_probe
}

# The write to drivers_probe returns when the device is bound: no waiting here.
by_word() {
	for word in vfio 'vfio-pci*' 'vfio_pci*'; do
		override $EDU "$word"
		probe $EDU
		assert_eq "$(driver_of $EDU) $(flavour_of $EDU)" "test_exact_vfio_pci vfio" "$word"
		expect_errno ok "$(flavour_file $EDU)" native
		assert_eq "$(override_of $EDU)" "(null)" "$word"
	done
}

by_bind() {
	override $EDU vfio
	expect_errno ENODEV /sys/bus/pci/drivers/vfio/bind $EDU
	assert_eq "$(driver_of $EDU)" test_exact_vfio_pci
	expect_errno ok "$(flavour_file $EDU)" native
}

exact_name() {
	override $EDU vfio-pci
	probe $EDU
	assert_eq "$(driver_of $EDU) $(flavour_of $EDU)" "vfio-pci vfio"
	expect_errno ok "$(flavour_file $EDU)" native
}

turned_off() {
	echo 0 >$OVERRIDE_WORDS
	override $EDU vfio
	probe $EDU
	assert_eq "$(driver_of $EDU) $(override_of $EDU)" "- vfio"
	echo >"$(sysfs $EDU driver_override)"
	echo 1 >$OVERRIDE_WORDS
}

rules_need_no_words() {
	echo 0 >$OVERRIDE_WORDS
	rule r vfio "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV test_exact_vfio_pci
	assert qmp_unplug hot
	rmdir $RULES/r
	echo 1 >$OVERRIDE_WORDS
}

from_a_native_driver() {
	assert bind_native $NVME2 nvme
	override $NVME2 vfio
	echo $NVME2 >"$(sysfs $NVME2 driver/unbind)"
	probe $NVME2
	assert_eq "$(driver_of $NVME2)" vfio-pci
	override $NVME2 ""
	echo $NVME2 >"$(sysfs $NVME2 driver/unbind)"
	probe $NVME2
	assert_eq "$(driver_of $NVME2) $(flavour_of $NVME2)" "nvme native"
}

no_candidate() {
	uninstall_modules test_exact_vfio_pci
	param loader /bin/true
	rmmod test_exact_vfio_pci vfio_pci
	override $EDU vfio
	log_mark
	probe $EDU
	assert_eq "$(driver_of $EDU) $(flavour_of $EDU) $(override_of $EDU)" "- vfio vfio"
	assert log_since_has "no VFIO driver could be bound: -ENODEV"
	assert modprobe vfio-pci
	becomes $EDU vfio-pci
	expect_errno ok "$(flavour_file $EDU)" native
	param loader "/sbin/modprobe -q --"
	install_modules test_exact_vfio_pci
}

driverctl_sets() {
	assert bind_native $NVME2 nvme
	modprobe vfio
	assert driverctl --nosave set-override $NVME2 vfio
	assert_eq "$(driver_of $NVME2) $(flavour_of $NVME2)" "vfio-pci vfio"
	assert driverctl --nosave unset-override $NVME2
	assert_eq "$(driver_of $NVME2) $(flavour_of $NVME2)" "nvme native"
}

cleared_by_hand() {
	override $EDU vfio
	probe $EDU
	assert_eq "$(flavour_of $EDU)" vfio
	echo $EDU >"$(sysfs $EDU driver/unbind)"
	assert_eq "$(flavour_of $EDU)" vfio "unbound"
	override $EDU ""
	assert_eq "$(flavour_of $EDU)" native "override cleared"
	insmod "$(module_path test_fail_vfio_pci)"
	assert_eq "$(driver_of $EDU)" - "after a driver came"
}

unlisted() {
	modprobe vfio-pci
	insmod "$(module_path test_narrow_vfio_pci)"
	log_mark
	override $NIC_B test_narrow_vfio_pci
	probe $NIC_B
	assert_eq "$(driver_of $NIC_B) $(flavour_of $NIC_B)" "test_narrow_vfio_pci native"
	assert log_since_has "$NIC_B: being bound by driver_override to test_narrow_vfio_pci, which does not list"
	expect_errno ok "$(flavour_file $NIC_B)" native
	assert_eq "$(driver_of $NIC_B) $(override_of $NIC_B)" "e1000e (null)"
}

listed_is_not_reported() {
	log_mark
	override $NIC_A test_narrow_vfio_pci
	echo $NIC_A >"$(sysfs $NIC_A driver/unbind)"
	probe $NIC_A
	assert_eq "$(driver_of $NIC_A)" test_narrow_vfio_pci
	modprobe pci-stub
	override $EDU pci-stub
	probe $EDU
	assert_eq "$(driver_of $EDU)" pci-stub
	assert not log_since_has "which does not list"
	expect_errno ok "$(flavour_file $EDU)" native
	assert_eq "$(driver_of $EDU) $(override_of $EDU)" "- (null)"
	expect_errno ok "$(flavour_file $NIC_A)" native
}

# A native driver is not interrupted for the sake of an override that names it.
native_by_name() {
	assert bind_native $NVME2 nvme
	wait_for '[ "$(block_dev_of $NVME2)" != - ]'
	disk=$(stat -c %Y "/sys/class/block/$(block_dev_of $NVME2)")
	override $NVME2 nvme
	expect_errno ok "$(flavour_file $NVME2)" native
	assert_eq "$(driver_of $NVME2) $(override_of $NVME2)" "nvme (null)"
	assert_eq "$(stat -c %Y "/sys/class/block/$(block_dev_of $NVME2)")" "$disk"
}

allow_log "no VFIO driver could be bound"
allow_log "which does not list this device"
install_modules test_exact_vfio_pci
t "the words bind the best driver, before drivers_probe returns" by_word
t "so does a word's own bind file" by_bind
t "an exact name means exactly that driver" exact_name
t "override_words turns the words off" turned_off
t "and rules work all the same" rules_need_no_words
t "from a native driver and back" from_a_native_driver
t "without a candidate the device is held until one comes" no_candidate
t "driverctl, unmodified" driverctl_sets
t "an override cleared by hand makes native of vfio" cleared_by_hand
t "a driver that does not list the device is reported" unlisted
t "one that does, or has no list, is not" listed_is_not_reported
t "native clears an override and leaves the native driver alone" native_by_name
