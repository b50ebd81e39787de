# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# boot: -q -global -q ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
# VFs that are enabled at the wrong moment, and other devices that a probe adds. QEMU
# plugs its VFs, and by ACPI the kernel would look for them beside the driver that
# enables them without the rescan lock: both add the same device, and the PCI core frees
# its files twice.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

vfs() {
	cat "$(sysfs $NVME sriov_numvfs)"
}

set_vfs() {
	echo "$1" >"$(sysfs $NVME sriov_numvfs)"
}

# The count of VFs is set last.
a_write_meanwhile() { # WORD
	stall pci_iov_add_virtfn
	set_vfs 2 &
	enabling=$!
	stalled
	writing meanwhile $NVME "$1"
	asleep "$writer"
	go_on
	written meanwhile EBUSY
	wait $enabling
	assert_eq "$(driver_of $NVME) $(vfs)" "nvme 2"
	is $NVME nvme native "(null)"
	assert_ne "$(vf_of $NVME 1)" -
	set_vfs 0
}

vfs_come_meanwhile() {
	assert bind_native $NVME nvme
	modprobe vfio-pci
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	a_write_meanwhile none
	a_write_meanwhile vfio
}

# Whoever wins: no VFs without their driver.
race() { # WORD MICROSECONDS
	set_vfs 2 2>/dev/null &
	usleep "$2"
	answer=$(sysfs-write "$(flavour_file $NVME)" "$1")
	wait $!
	look $NVME
	case $answer-$driver-$(vfs) in
	EBUSY-nvme-2) set_vfs 0 ;;
	EBUSY-nvme-0 | ok-*-0) ;;
	*) fail "$1 after $2 us: $answer, $driver, $(vfs) VFs" ;;
	esac
	[ "$flavour" = native ] || assert set_flavour $NVME native
	[ "$(vfs)" = 0 ] || set_vfs 0
	assert_eq "$(driver_of $NVME)" nvme
	count 1 "races of VFs and a write"
}

races() {
	for delay in 0 1000 2000 5000 10000 20000 50000; do
		race none $delay
		race vfio $delay
	done
}

# By hand the kernel allows it.
pf_without_driver() {
	set_vfs 2
	echo $NVME >"$(sysfs $NVME driver/unbind)"
	assert_eq "$(driver_of $NVME) $(vfs)" "- 2"
	refused $NVME vfio EBUSY
	refused $NVME none EBUSY
	assert set_flavour $NVME native
	is $NVME nvme native "(null)"
	assert_eq "$(vfs)" 2 VFs
	set_vfs 0
	assert_eq "$(vfs)" 0 VFs
}

native_of_a_stub_with_vfs() {
	set_vfs 2
	refused $NVME vfio EBUSY
	refused $NVME native ok
	set_vfs 0
}

# --- devices that a driver's probe adds: without the rescan lock ---------------

# The PF's next driver enables a VF in its probe.
vfs_of_a_probe() {
	parent=$NVME driver=test_native_vfs added=$(sysfs $NVME virtfn0)
	echo $parent >"$(sysfs $parent driver/unbind)"
	insmod "$(module_path $driver)"
	echo $driver >"$(sysfs $parent driver_override)"
}

# A driver with a bus behind its device, as VMD's.
children_of_a_probe() {
	parent=$TESTDEV driver=test_native_bus
	added=$(sysfs "$(printf '%04x:00:00.0' $((0x10000 + 4)))")
	insmod "$(module_path $driver)"
	they_go
}

they_come() {
	echo $parent >/sys/bus/pci/drivers/$driver/bind
	assert [ -e "$added" ]
}

they_go() {
	echo $parent >/sys/bus/pci/drivers/$driver/unbind
	assert [ ! -e "$added" ]
}

# stalled_start N: the module's start, behind its Nth notifier of the bus.
stalled_start() {
	assert rmmod driver_flavour
	stall bus_register_notifier skip="$1"
	insmod "$(module_path driver_flavour)" &
	starting=$!
	stalled $starting
}

all_have_the_file() {
	for d in /sys/bus/pci/devices/*; do
		assert [ -e "$d/driver_flavour" ]
	done
}

they_come_under_the_start() {
	for n in 0 1; do
		stalled_start $n
		they_come
		go_on
		assert wait $starting
		assert loaded driver_flavour
		all_have_the_file
		they_go
	done
}

they_go_under_the_start() {
	for n in 0 1; do
		they_come
		stalled_start $n
		they_go
		go_on
		assert wait $starting
		assert loaded driver_flavour
		all_have_the_file
	done
}

# The last device on the bus is the added one: its file is about to be removed.
they_go_under_the_end() {
	they_come
	set -- /sys/bus/pci/devices/*
	last=$(($# - 1))
	stall device_remove_file entry=1 skip=$last
	rmmod driver_flavour &
	ending=$!
	stalled $ending
	they_go &
	going=$!
	ends_or_waits $going
	go_on
	assert wait $ending
	wait $going
	modprobe driver_flavour
}

they_come_and_go_all_the_time() {
	rm -f $lab_run/enough
	until [ -e $lab_run/enough ]; do
		echo $parent >/sys/bus/pci/drivers/$driver/bind
		echo $parent >/sys/bus/pci/drivers/$driver/unbind
	done >/dev/null 2>&1 &
	toggler=$!
	for _ in 1 2 3 4 5 6; do
		assert rmmod driver_flavour
		assert insmod "$(module_path driver_flavour)"
	done
	: >$lab_run/enough
	wait $toggler
	all_have_the_file
}

the_pf_is_native_again() {
	echo >"$(sysfs $NVME driver_override)"
	assert set_flavour $NVME native
	assert_eq "$(driver_of $NVME)" nvme
	rmmod test_native_vfs
}

# while_they_come_and_go WHAT: four tests.
while_they_come_and_go() {
	t "a driver's probe adds $1 while the module starts" they_come_under_the_start
	t "$1 go while it starts" they_go_under_the_start
	t "$1 go while the module ends" they_go_under_the_end
	t "$1 come and go all the time" they_come_and_go_all_the_time
}

t "VFs are being enabled: EBUSY, and the PF keeps its driver" vfs_come_meanwhile
t "no race leaves VFs without their PF's driver" races
t "a PF that lost its driver: native gives it back" pf_without_driver
t "a PF that has its driver, and VFs" native_of_a_stub_with_vfs
t "the PF gets a driver whose probe adds VFs" vfs_of_a_probe
while_they_come_and_go VFs
t "the PF is native again" the_pf_is_native_again
if [ -e "$(module_path test_native_bus)" ]; then
	t "a device has a driver with a bus behind it" children_of_a_probe
	while_they_come_and_go children
else
	skip "a device has a driver with a bus behind it" "the kernel has no CONFIG_VMD"
fi
