# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# Who waits for another device of the IOMMU group is let go when its own device or
# the module goes; and a device with PCI devices below it is left alone.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

slow=/sys/module/test_slow_vfio_pci/parameters
CHILD=$(printf '%04x:00:00.0' $((0x10000 + 4)))
SECOND=${CHILD%0}1

# --- PCI devices below a PCI device that is no bridge -------------------------

has_children() {
	modprobe vfio-pci
	insmod "$(module_path test_native_bus)"
	assert_eq "$(driver_of $TESTDEV)" test_native_bus
	assert [ -e "$(sysfs "$CHILD")" ]
	assert_eq "$(iommu_group_of "$CHILD")" "$(iommu_group_of $TESTDEV)" "its group"
	refused $TESTDEV vfio EOPNOTSUPP
	refused $TESTDEV none EOPNOTSUPP
	refused $TESTDEV native ok
	assert [ -e "$(sysfs "$CHILD")" ]
}

the_child_can() {
	assert set_flavour "$CHILD" none
	refused $TESTDEV vfio EOPNOTSUPP
	assert set_flavour "$CHILD" native
}

# The driver takes the children away; who writes to one is no obstacle.
unbound_by_hand() {
	use_hanging_loader
	writing child "$CHILD" vfio
	loader_runs && asleep "$writer"
	within 25000 assert rmmod test_native_bus
	written child ENODEV
	assert [ ! -e "$(sysfs "$CHILD")" ]
	param loader /bin/true
	assert set_flavour $TESTDEV vfio
	is $TESTDEV vfio-pci vfio vfio-pci
	assert set_flavour $TESTDEV native
}

# --- and two of them -----------------------------------------------------------

in_the_group() {
	wait_for "grep -qs flavour_group_enter /proc/[0-9]*/stack"
}

# first_has_its_turn: CHILD's change, with no lock held; and SECOND's waits for it.
first_has_its_turn() {
	stall flavour_group_enter ms=600000
	writing first "$CHILD" vfio
	stalled
	writing second "$SECOND" vfio
	asleep "$writer" && in_the_group
	assert [ ! -s $lab_run/written.second ]
}

# Their parent goes, and they with it: nobody waits for them.
their_parent_goes() {
	insmod "$(module_path test_native_bus)" functions=2
	is_native "$CHILD"
	is_native "$SECOND"
	assert_eq "$(iommu_group_of "$SECOND")" "$(iommu_group_of "$CHILD")" "its group"
	first_has_its_turn
	echo 1 >"$(sysfs $TESTDEV remove)" &
	remover=$!
	written second ENODEV
	written first ENODEV
	go_on
	wait $remover
	assert [ ! -e "$(sysfs $TESTDEV)" ]
	within 25000 eval 'echo 1 >/sys/bus/pci/rescan'
	is_native "$CHILD"
	within 25000 assert set_flavour "$SECOND" none
	assert set_flavour "$SECOND" native
	rmmod test_native_bus
}

# --- two devices of a group ---------------------------------------------------

# busy_group: SATA changes, with no end, and SMBUS waits for it.
busy_group() {
	echo 600000 >$slow/delay_ms
	before=$(cat $slow/probes)
	writing first $SATA vfio
	wait_for "[ \$(cat $slow/probes) -gt $before ]"
	writing second $SMBUS vfio
	second=$writer
	asleep "$second"
	usleep 300000
	assert [ ! -s $lab_run/written.second ]
}

# group_ends: SATA's change does, now.
group_ends() {
	assert [ ! -s $lab_run/written.first ]
	echo 0 >$slow/delay_ms
	written first "$1"
}

sata_is_native_again() {
	assert set_flavour $SATA native
	is_native $SATA
}

unplugged() {
	modprobe vfio-pci
	param loader /bin/true
	insmod "$(module_path test_slow_vfio_pci)"
	busy_group
	echo 1 >"$(sysfs $SMBUS remove)" &
	remover=$!
	written second ENODEV
	wait_for "[ ! -e $(sysfs $SMBUS) ]"
	group_ends ok
	wait $remover
	sata_is_native_again
	echo 1 >/sys/bus/pci/rescan
	is_native $SMBUS
}

killed() {
	bind_native $SMBUS i2c-i801
	busy_group
	kill -9 "$second"
	wait_for "[ ! -e /proc/$second/fd ]"
	# Its turn is given up with it: who asks for what is in force has not to wait for that.
	within 25000 assert set_flavour $SMBUS native
	group_ends ok
	sata_is_native_again
	is $SMBUS i801_smbus native "(null)"
	rmmod i2c-i801
	is_native $SMBUS
}

# A rescan needs no writer's leave.
rescanned() {
	busy_group
	within 25000 eval 'echo 1 >/sys/bus/pci/rescan'
	group_ends ok
	written second ok
	sata_is_native_again
	assert set_flavour $SMBUS native
}

unloaded() {
	busy_group
	rmmod driver_flavour &
	ending=$!
	written second ENODEV
	is_going="\$(cat /sys/module/driver_flavour/initstate)"
	wait_for "[ \"$is_going\" = going ] || not kill -0 $ending"
	echo 0 >$slow/delay_ms
	wait_for "[ -s $lab_run/written.first ]"
	wait $ending
	modprobe driver_flavour
	param loader /bin/true
	[ "$(flavour_of $SATA)" = native ] || sata_is_native_again
	assert_eq "$(driver_of $SMBUS)" -
}

if [ -e "$(module_path test_native_bus)" ]; then
	t "a device with PCI devices below it is EOPNOTSUPP" has_children
	t "those can be told what they like" the_child_can
	t "they go under a writer, by hand" unbound_by_hand
	t "they go under one who waits for the group" their_parent_goes
else
	skip "a device with PCI devices below it" "the kernel has no CONFIG_VMD"
fi
t "who waits for the group is told ENODEV when its device goes" unplugged
t "and can be killed" killed
t "and holds up no rescan" rescanned
t "and is told ENODEV when the module goes" unloaded
