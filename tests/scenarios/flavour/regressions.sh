# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where two things meet: each of these went wrong once.
. "$LAB_DIR/guest/lib.sh"

# The override names a driver that has not bound the device yet.
put_back_beside_an_override() {
	insmod "$(module_path test_native_fail)"
	modprobe vfio-pci
	insmod "$(module_path test_fail_vfio_pci)" err=5
	assert_eq "$(driver_of $IVSHMEM)" test_native_fail
	echo vfio-pci >"$(sysfs $IVSHMEM driver_override)"
	before=$(state_of $IVSHMEM)
	assert_eq "$(set_flavour $IVSHMEM vfio)" EIO
	assert_eq "$(state_of $IVSHMEM)" "$before"
	echo >"$(sysfs $IVSHMEM driver_override)"
	rmmod test_native_fail
}

# An override may be as long as a page. No driver has such a name.
long_override() {
	long=$(head -c 1000 /dev/zero | tr '\0' x)
	modprobe vfio-pci
	assert_eq "$(driver_of $EDU)" -
	echo "$long" >"$(sysfs $EDU driver_override)"
	assert_eq "$(override_of $EDU)" "$long"
	assert set_flavour $EDU vfio
	assert_eq "$(driver_of $EDU)" vfio-pci
	assert set_flavour $EDU native
	assert_eq "$(driver_of $EDU)" -
	echo >"$(sysfs $EDU driver_override)"
}

writer() { # DEV COUNT: claim and release; what fails is printed
	for _ in $(seq "$2"); do
		set_flavour "$1" vfio
		set_flavour "$1" native
	done
}

# Each has to unbind while the other binds its native driver.
siblings() {
	modprobe ahci
	modprobe i2c-i801
	wait_for '[ "$(driver_of $SATA) $(driver_of $SMBUS)" = "ahci i801_smbus" ]'
	writer $SATA 5 >/run/lab/sata &
	writer $SMBUS 5 >/run/lab/smbus
	wait $!
	assert_eq "$(cat /run/lab/sata /run/lab/smbus)" "" "errors"
	assert_eq "$(driver_of $SATA) $(driver_of $SMBUS)" "ahci i801_smbus"
}

# Somebody else's unbind waits for user space and has the device's lock.
unload_beside_a_stuck_unbind() {
	assert_eq "$(set_flavour $EDU vfio)" ""
	hold $EDU
	assert rmmod driver_flavour
	echo $EDU >"$(sysfs $EDU driver/unbind)" &
	unbinder=$!
	wait_for 'grep -q vfio_unregister /proc/$unbinder/stack'
	assert timeout 60 /sbin/modprobe driver_flavour
	assert_eq "$(set_flavour $EDU native)" EBUSY
	assert_eq "$(flavour_of $EDU)" vfio
	assert timeout 60 /sbin/rmmod driver_flavour
	kill $holder
	wait $holder $unbinder
	modprobe driver_flavour
	echo >"$(sysfs $EDU driver_override)"
}

native_beside_new_id() {
	modprobe vfio-pci
	assert_eq "$(set_flavour $EDU vfio)" ""
	echo 1234 11e8 >/sys/bus/pci/drivers/vfio-pci/new_id
	assert_eq "$(set_flavour $EDU native)" ""
	assert_eq "$(state_of $EDU)" "driver=- flavour=native override=(null) vfio=-"
	echo 1234 11e8 >/sys/bus/pci/drivers/vfio-pci/remove_id
	[ "$(driver_of $EDU2)" = - ] || echo $EDU2 >"$(sysfs $EDU2 driver/unbind)"
}

allow_log "hung_task|blocked for more than"
t "put back though the override names another" put_back_beside_an_override
t "beside an override of any length" long_override
t "two devices of a group at the same time" siblings
t "unload beside an unbind that hangs" unload_beside_a_stuck_unbind
t "native though new_id made vfio-pci match" native_beside_new_id
