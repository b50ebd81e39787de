# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Hot-plugged devices that a rule awaits.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

plug_and_again() {
	rule r vfio "address=$PORT1_DEV"
	for i in 1 2 3; do
		assert qmp_plug edu hot hp1
		becomes_vfio $PORT1_DEV vfio-pci
		assert vfio-info $PORT1_DEV
		assert qmp_unplug hot
		assert_eq "$(hits r)" $i hits
	done
	rmdir $RULES/r
}

another_in_the_same_slot() {
	modprobe e1000e
	rule r vfio "address=$PORT1_DEV modalias=pci:v00001234*"
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV vfio-pci
	assert qmp_unplug hot
	assert qmp_plug e1000e hot hp1
	becomes $PORT1_DEV e1000e
	assert_eq "$(flavour_of $PORT1_DEV)" native
	assert qmp_unplug hot
	rmdir $RULES/r
}

# The native driver is loaded and waits for such a device, and never sees it.
before_the_native_driver() {
	insmod "$(module_path test_native_fail)"
	probes=$(cat /sys/module/test_native_fail/parameters/probes)
	rule r vfio "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV vfio-pci
	assert_eq "$(cat /sys/module/test_native_fail/parameters/probes)" "$probes" "native probes"
	assert qmp_unplug hot
	rmdir $RULES/r
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV test_native_fail
	assert qmp_unplug hot
}

the_variant_though_vfio_pci_is_there() {
	install_modules test_exact_vfio_pci
	assert loaded vfio_pci
	assert not loaded test_exact_vfio_pci
	rule r vfio "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV test_exact_vfio_pci
	assert qmp_unplug hot
	rmdir $RULES/r
}

no_driver_at_all() {
	rmmod test_exact_vfio_pci vfio_pci
	param loader /bin/true
	rule r vfio "address=$PORT1_DEV"
	rm -f /run/lab/events
	uevent-listen >/run/lab/events &
	listener=$!
	wait_for 'grep -q listening /run/lab/events'
	assert qmp_plug edu hot hp1
	wait_for 'grep -q "DRIVER_FLAVOUR_ERROR=-ENODEV" /run/lab/events'
	kill $listener
	assert_eq "$(driver_of $PORT1_DEV) $(flavour_of $PORT1_DEV) $(override_of $PORT1_DEV)" "- vfio vfio"
	insmod "$(module_path test_native_fail)" 2>/dev/null
	echo $PORT1_DEV >/sys/bus/pci/drivers_probe
	assert_eq "$(driver_of $PORT1_DEV)" - "beside a native driver"
	assert modprobe vfio-pci
	becomes $PORT1_DEV vfio-pci
	assert qmp_unplug hot
	rmdir $RULES/r
	param loader "/sbin/modprobe -q --"
}

adopted() {
	rule r none "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	rmdir $RULES/r
	assert rmmod driver_flavour
	assert_eq "$(override_of $PORT1_DEV)" none
	assert modprobe driver_flavour
	assert_eq "$(flavour_of $PORT1_DEV)" none
	assert qmp_unplug hot
}

rules_come_and_go() {
	until [ -e /run/lab/enough ]; do
		rule r vfio "address=*" && rmdir $RULES/r
	done 2>/dev/null &
	toggler=$!
	for i in 1 2 3; do
		assert qmp_plug edu hot hp1
		assert qmp_plug edu hot2 hp2
		assert qmp_unplug hot
		assert qmp_unplug hot2
	done
	touch /run/lab/enough # a kill would leave the mkdir that runs behind
	wait $toggler
	rmdir $RULES/r 2>/dev/null
	assert not [ -d $RULES/r ]
	assert loaded driver_flavour
}

removed_while_it_waits() {
	printf '#!/bin/sh\nexec sleep 4321\n' >/run/lab/slow-loader
	chmod +x /run/lab/slow-loader
	param loader /run/lab/slow-loader
	param loader_timeout 600
	rule r vfio "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	wait_for 'pgrep -f "sleep 4321" >/dev/null'
	assert qmp_unplug hot
	wait_for 'not pgrep -f "sleep 4321" >/dev/null'
	rmdir $RULES/r
	param loader_timeout 30
	param loader "/sbin/modprobe -q --"
}

# again: IVSHMEM goes, and is found again; the write waits until it is bound or not.
again() {
	echo 1 >"$(sysfs $IVSHMEM remove)"
	log_mark
	echo 1 >/sys/bus/pci/rescan
}

# held ERRNO: a failed claim that nobody can be told of leaves it held, and says so.
held() {
	again
	# The rescan waits no longer than a loader may take.
	wait_for "log_since_has '$IVSHMEM: no VFIO driver could be bound: -$1;'"
	assert_eq "$(state_of $IVSHMEM)" "driver=- flavour=vfio override=vfio vfio=-"
}

its_driver_fails() {
	modprobe vfio-pci
	insmod "$(module_path test_fail_vfio_pci)"
	err=/sys/module/test_fail_vfio_pci/parameters/err
	rule r vfio "address=$IVSHMEM"
	# 517 is EPROBE_DEFER, which the kernel keeps to itself.
	for failure in "EINVAL 22" "EBUSY 16" "ENOMEM 12" "EIO 5" "EAGAIN 517"; do
		echo "${failure#* }" >$err
		held "${failure% *}"
		count 1 "faults: a variant's probe failed under a rule"
	done
	for failure in 19 6; do
		echo $failure >$err
		again
		assert_eq "$(driver_of $IVSHMEM) $(flavour_of $IVSHMEM)" "vfio-pci vfio" "the next one"
		count 1 "faults: a variant's probe failed under a rule"
	done
	set_flavour $IVSHMEM native
	rmmod test_fail_vfio_pci vfio_pci
}

its_loader_fails() {
	printf '#!/bin/sh\nkill -KILL $$\n' >/run/lab/dies
	printf '#!/bin/sh\nexec sleep 1000\n' >/run/lab/hangs
	chmod +x /run/lab/dies /run/lab/hangs
	for loader in /nonexistent /bin/false /run/lab/dies; do
		param loader $loader
		held ENODEV
		count 1 "faults: loader failed under a rule"
	done
	param loader_timeout 1
	param loader /run/lab/hangs
	held ETIMEDOUT
	count 1 "faults: loader failed under a rule"
	modprobe vfio-pci
	becomes $IVSHMEM vfio-pci
	rmdir $RULES/r
	set_flavour $IVSHMEM native
	param loader_timeout 30
	param loader "/sbin/modprobe -q --"
}

allow_log "no VFIO driver could be bound"
t "plugged, unplugged, and plugged again" plug_and_again
t "another device in the same slot is native" another_in_the_same_slot
t "a loaded native driver never sees the device" before_the_native_driver
t "the best driver, though another is loaded already" the_variant_though_vfio_pci_is_there
t "without a driver it is held, a uevent says why, and a late driver binds" no_driver_at_all
t "none is adopted after the module was gone" adopted
t "rules come and go while devices are added" rules_come_and_go
t "a device that goes while its loader runs" removed_while_it_waits
t "a driver that fails: it is held, and the log says why" its_driver_fails
t "so it is when the loader fails, until a driver comes" its_loader_fails
