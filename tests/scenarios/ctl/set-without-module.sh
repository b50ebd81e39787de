# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl set and reset by driver_override: no kernel module of ours.
# stock only: there is no kernel module of ours in it
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-set.sh"

native=/sys/module/test_native_wait/parameters

# A native driver that does not let go is given up, and the device is left to it.
given_up() {
	modprobe vfio-pci
	insmod "$(module_path test_native_wait)"
	is $EDU test_native_wait
	echo 1 >$native/in_remove
	ctl 1 set vfio --timeout $((3 * LAB_PATIENCE)) $EDU
	complains "driver/unbind. That goes on by itself"
	assert_eq "$(cat $native/removes)" 1 removes
}

and_set_again() {
	echo 0 >$native/in_remove
	wait_for "[ \$(driver_of $EDU) = - ] && not pgrep -x flavourctl"
	ctl 0 set vfio --timeout 600 $EDU
	is $EDU vfio-pci
	ctl 0 reset $EDU
	is $EDU test_native_wait
	rmmod test_native_wait
}

t "the kernel module is not there" without_module
set_tests
t "a driver that does not return is given up in time" given_up
t "and when it has returned the device can be claimed" and_set_again
t "nor did it come back" not loaded driver_flavour
