# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# A driver that looks at a device has not bound it yet; and who is asked to look.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

native=/sys/module/test_native_wait/parameters
variant=/sys/module/test_fail_vfio_pci/parameters

override() { # DEV WORD
	echo "$2" >"$(sysfs "$1" driver_override)"
}

# The driver named `vfio` (override.c) is held at the end of its probe.
under_the_words_probe() {
	modprobe vfio-pci
	param loader /bin/true
	override $EDU vfio
	stall word_probe
	echo $EDU >/sys/bus/pci/drivers_probe &
	prober=$!
	stalled
	writing claim $EDU vfio
	asleep "$writer"
	go_on
	written claim ok
	is $EDU vfio-pci vfio vfio-pci
	wait $prober
	assert set_flavour $EDU native
}

probe_all_the_time() {
	until [ -e $lab_run/enough ]; do
		echo $EDU >/sys/bus/pci/drivers_probe
	done
}

# Nor is that driver one to go back to.
back_from_under_the_words_probe() {
	insmod "$(module_path test_fail_vfio_pci)" err=5
	is_native $IVSHMEM
	log_mark
	override $IVSHMEM vfio
	stall word_probe
	echo $IVSHMEM >/sys/bus/pci/drivers_probe &
	prober=$!
	stalled
	writing claim $IVSHMEM vfio
	asleep "$writer"
	go_on
	written claim EIO
	wait $prober
	# What the override asks for is tried after that, and fails, too.
	wait_for "[ \$(cat $variant/probes) = 2 ]"
	wait_for "log_since_has '$IVSHMEM: no VFIO driver could be bound: -EIO'"
	is $IVSHMEM - vfio vfio
	assert not log_since_has "could not be put back"
	assert set_flavour $IVSHMEM native
	is_native $IVSHMEM
	rmmod test_fail_vfio_pci
}

beside_drivers_probe() {
	rm -f $lab_run/enough
	probe_all_the_time &
	first=$!
	probe_all_the_time &
	for _ in $(seq 40); do
		override $EDU vfio
		set_flavour $EDU vfio || fail "the write"
		[ "$(driver_of $EDU)" = vfio-pci ] || fail "bound to $(driver_of $EDU)"
		set_flavour $EDU native || fail "the release"
	done
	: >$lab_run/enough
	wait $first $!
	is_native $EDU
}

# A native driver that looks is no driver to go back to.
under_a_native_probe() {
	insmod "$(module_path test_native_wait)"
	echo $TESTDEV >"$(sysfs $TESTDEV driver/unbind)"
	echo 1 >$native/in_probe
	before=$(cat $native/probes)
	echo $TESTDEV >/sys/bus/pci/drivers_probe &
	prober=$!
	wait_for "[ \$(cat $native/probes) -gt $before ]"
	writing claim $TESTDEV vfio
	usleep 300000
	assert [ ! -s $lab_run/written.claim ]
	echo 0 >$native/in_probe
	wait $prober
	written claim ok
	is $TESTDEV vfio-pci vfio vfio-pci
	assert set_flavour $TESTDEV native
	is $TESTDEV test_native_wait native "(null)"
	rmmod test_native_wait
}

# about DEV: how many lines the log has that name it.
about() {
	dmesg | grep -c "$1"
}

# unrelated: modules that have nothing to do with the device.
unrelated() {
	for module in dummy loop bonding 8021q pci-stub e1000e test_native_d3 test_nic_vfio_pci; do
		modprobe -q $module || insmod "$(module_path $module)"
	done
	for module in 8021q bonding loop dummy; do
		rmmod $module
		modprobe $module
	done
}

# What modules set off is over when driver_flavour can go.
held_by_its_variant() {
	rmmod vfio_pci
	modprobe vfio-pci-core
	insmod "$(module_path test_fail_vfio_pci)" err=19
	allow_log "no VFIO driver could be bound"
	log_mark
	override $IVSHMEM vfio
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	wait_for "log_since_has '$IVSHMEM: no VFIO driver could be bound'"
	is $IVSHMEM - vfio vfio
}

unrelated_modules() {
	probes=$(cat $variant/probes)
	lines=$(about $IVSHMEM)
	unrelated
	usleep 1000000
	assert_eq "$(cat $variant/probes)" "$probes" probes
	assert_eq "$(about $IVSHMEM)" "$lines" "lines about it"
	is $IVSHMEM - vfio vfio
}

a_driver_for_it() {
	modprobe vfio-pci
	becomes_vfio $IVSHMEM vfio-pci
	is $IVSHMEM vfio-pci vfio vfio-pci
	assert set_flavour $IVSHMEM native
}

the_same_one_again() {
	rmmod vfio_pci
	override $IVSHMEM vfio
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	is $IVSHMEM - vfio vfio
	wait_for "rmmod test_fail_vfio_pci 2>/dev/null"
	insmod "$(module_path test_fail_vfio_pci)" err=0
	becomes $IVSHMEM test_fail_vfio_pci
	wait_for "[ \$(vfio_dev_of $IVSHMEM) != - ]"
	assert set_flavour $IVSHMEM native
	rmmod test_fail_vfio_pci
}

# The machine may not survive the probe.
said_before_the_probe() {
	allow_log "which does not list this device"
	insmod "$(module_path test_native_wait)"
	[ "$(driver_of $NIC_B)" = - ] || echo $NIC_B >"$(sysfs $NIC_B driver/unbind)"
	listen
	log_mark
	override $NIC_B test_native_wait
	echo 1 >$native/in_probe
	before=$(cat $native/probes)
	echo $NIC_B >/sys/bus/pci/drivers_probe &
	prober=$!
	wait_for "[ \$(cat $native/probes) -gt $before ]"
	assert log_since_has "$NIC_B: .*driver_override.* test_native_wait, which does not list"
	wait_for "grep -q '/$NIC_B .*DRIVER_FLAVOUR_UNLISTED=test_native_wait' $lab_run/uevents"
	assert_eq "$(cat $native/in_probe)" 1 "the probe waits"
	echo 0 >$native/in_probe
	wait $prober
	assert_eq "$(heard $NIC_B DRIVER_FLAVOUR_UNLISTED | wc -l)" 1 events
	assert_eq "$(log_since | grep -c 'which does not list')" 1 lines
	assert set_flavour $NIC_B native
	rmmod test_native_wait
}

install_modules test_native_d3 test_nic_vfio_pci
t "a write while the word's driver looks: bound when it returns" under_the_words_probe
t "and put back to no driver when the claim fails" back_from_under_the_words_probe
t "40 writes beside drivers_probe: bound when they return" beside_drivers_probe
t "a write while a native driver looks waits for it" under_a_native_probe
t "a driver steps back: the device is held" held_by_its_variant
t "modules that have no driver for it: no probe, no line in the log" unrelated_modules
t "one that has: bound" a_driver_for_it
t "the one that stepped back, loaded again: bound" the_same_one_again
t "a driver that does not list the device: said before its probe" said_before_the_probe
