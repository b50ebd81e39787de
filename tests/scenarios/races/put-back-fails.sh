# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# Where a device can't be put back, is not what it seems, or is open by another
# way: the truth is told, and nothing hangs.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

variant=/sys/module/test_fail_vfio_pci/parameters
native=/sys/module/test_native_fail/parameters

# --- no way to unbind ---------------------------------------------------------

suppressed() {
	modprobe vfio-pci
	insmod "$(module_path test_native_wait)" suppress=1
	assert [ ! -e /sys/bus/pci/drivers/test_native_wait/unbind ]
	refused $EDU vfio EOPNOTSUPP
	refused $EDU none EOPNOTSUPP
	refused $EDU native ok
	assert_eq "$(cat /sys/module/test_native_wait/parameters/removes)" 0 removes
	is $EDU test_native_wait native "(null)"
	rmmod test_native_wait
}

# --- a put-back that fails ----------------------------------------------------

wont_come_back() {
	allow_log "driver .* could not be put back"
	insmod "$(module_path test_fail_vfio_pci)" err=5
	insmod "$(module_path test_native_fail)"
	is $IVSHMEM test_native_fail native "(null)"
	echo 12 >$native/err
	listen
	log_mark
	expect_errno ENOTRECOVERABLE "$(flavour_file $IVSHMEM)" vfio
	wait_for "grep -q 'change@.*/$IVSHMEM .*DRIVER_FLAVOUR_ERROR' $lab_run/uevents"
	assert_eq "$(heard $IVSHMEM DRIVER_FLAVOUR_ERROR | wc -l)" 1 events
	is_native $IVSHMEM
	assert_eq "$(log_since | grep -c "$IVSHMEM: driver test_native_fail could not be put back")" 1 lines
}

then_it_can_be_mended() {
	echo 0 >$native/err
	assert set_flavour $IVSHMEM native
	is $IVSHMEM test_native_fail native "(null)"
}

# The other way: neither the native driver nor the VFIO one.
nor_the_vfio_driver() {
	echo 0 >$variant/err
	assert set_flavour $IVSHMEM vfio
	echo 5 >$variant/err
	echo 12 >$native/err
	listen
	expect_errno ENOTRECOVERABLE "$(flavour_file $IVSHMEM)" native
	wait_for "grep -q 'change@.*/$IVSHMEM .*DRIVER_FLAVOUR_ERROR' $lab_run/uevents"
	assert_eq "$(heard $IVSHMEM DRIVER_FLAVOUR_ERROR | wc -l)" 1 events
	assert_eq "$(driver_of $IVSHMEM)" -
	echo 0 >$native/err
	assert set_flavour $IVSHMEM native
	is $IVSHMEM test_native_fail native "(null)"
	rmmod test_fail_vfio_pci
}

# --- a VFIO driver that somebody binds meanwhile --------------------------------

# Between the unbind and the bind, somebody else is quicker.
vfio_bound_meanwhile() {
	assert set_flavour $EDU vfio
	stall device_release_driver
	writing release $EDU native
	stalled
	echo vfio-pci >"$(sysfs $EDU driver_override)"
	echo $EDU >/sys/bus/pci/drivers/vfio-pci/bind
	go_on
	written release EBUSY
	assert_eq "$(driver_of $EDU) $(flavour_of $EDU)" "vfio-pci vfio"
	assert set_flavour $EDU native
	is $EDU test_native_fail native "(null)"
	rmmod test_native_fail
}

# --- a device of another bus in the group ---------------------------------------

# While user space has the group; the driver of the other device does not use it.
other_bus() {
	assert set_flavour $EDU vfio
	hold $EDU
	assert insmod "$(module_path test_sibling)" device=$EDU
	writing release $EDU native
	wait_for "[ -s $lab_run/written.release ]" 20
	assert_eq "$(cat $lab_run/written.release)" EBUSY "the writer's answer"
	rmmod test_sibling
	kill $holder
	wait $holder
	assert set_flavour $EDU native
}

# --- a device that is open by its own file ---------------------------------------

open_cdev() {
	assert set_flavour $EDU vfio
	exec 8<>"/dev/vfio/devices/$(vfio_dev_of $EDU)"
	within 60000 refused $EDU native EBUSY
	within 60000 refused $EDU none EBUSY
	exec 8>&-
	within 60000 assert set_flavour $EDU native
	is_native $EDU
}

has_cdev() {
	set_flavour $EDU2 vfio
	[ -e "/dev/vfio/devices/$(vfio_dev_of $EDU2)" ]
	has_cdev_is=$?
	set_flavour $EDU2 native
	return $has_cdev_is
}

# --- adoption of a device that goes -----------------------------------------------

# Each device that was removed is freed, or else somebody kept it.
watch_releases() {
	echo 'p:lab_release pci_release_dev' >/sys/kernel/tracing/kprobe_events
	echo >/sys/kernel/tracing/trace
	echo 1 >/sys/kernel/tracing/events/kprobes/lab_release/enable
}

releases() {
	grep -c lab_release: /sys/kernel/tracing/trace
}

remove_and_find_all_the_time() {
	until [ -e $lab_run/enough ]; do
		echo 1 >"$(sysfs $EDU2 remove)"
		echo $((removals += 1)) >$lab_run/removals
		echo 1 >/sys/bus/pci/rescan
		echo vfio-pci >"$(sysfs $EDU2 driver_override)"
		echo $EDU2 >/sys/bus/pci/drivers/vfio-pci/bind
	done
}

adopted_and_gone() {
	rm -f $lab_run/enough
	removals=0
	watch_releases
	remove_and_find_all_the_time &
	toggler=$!
	for _ in 1 2 3 4 5 6 7 8; do
		assert rmmod driver_flavour
		assert insmod "$(module_path driver_flavour)"
	done
	: >$lab_run/enough
	wait $toggler
	wait_for "[ \"\$(releases)\" = $(cat $lab_run/removals) ]"
	echo 0 >/sys/kernel/tracing/events/kprobes/lab_release/enable
	echo >/sys/kernel/tracing/kprobe_events
	assert set_flavour $EDU2 native
	is_native $EDU2
}

t "a driver that can't be unbound: EOPNOTSUPP, and untouched" suppressed
t "a native driver that won't come back: ENOTRECOVERABLE, an event, a line" wont_come_back
t "another write can mend it" then_it_can_be_mended
t "a VFIO driver that won't come back either" nor_the_vfio_driver
t "native, and somebody binds a VFIO driver meanwhile: EBUSY" vfio_bound_meanwhile
if feature mixed-groups; then
	t "a device of another bus in the group: EBUSY, and no hang" other_bus
else
	skip "a device of another bus in the group" "$lab_lacks"
fi
if has_cdev; then
	t "open by /dev/vfio/devices: EBUSY at once" open_cdev
else
	skip "open by /dev/vfio/devices" "this kernel has no VFIO_DEVICE_CDEV"
fi
if feature kprobes; then
	t "adopted while it goes: nobody keeps it" adopted_and_gone
else
	skip "adopted while it goes" "$lab_lacks"
fi
