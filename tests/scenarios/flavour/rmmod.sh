# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# smp
# The module goes whenever it is told to, leaves devices as they are, and takes
# them over when it comes back.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

goes() {
	within 25000 assert rmmod driver_flavour
}

comes() {
	assert insmod "$(module_path driver_flavour)"
}

files_go_and_come() {
	goes
	assert_eq "$(find /sys/devices/pci* /sys/bus/pci -name 'driver_flavour*')" "" "files"
	comes
	for d in /sys/bus/pci/devices/*; do
		assert_eq "$(cat "$d/driver_flavour")" native "$d"
	done
	assert [ -e /sys/bus/pci/driver_flavours ]
}

bound_ones_stay() {
	assert set_flavour $EDU vfio
	assert set_flavour $EDU2 none
	assert_eq "$(refcount driver_flavour)" 0 "users of driver_flavour"
	was=$(vfio_dev_of $EDU)
	goes
	assert_eq "$(driver_of $EDU) $(override_of $EDU) $(vfio_dev_of $EDU)" "vfio-pci vfio-pci $was"
	assert_eq "$(driver_of $EDU2) $(override_of $EDU2)" "- none"
	assert vfio-info $EDU
}

and_are_adopted() {
	insmod "$(module_path test_native_fail)"
	comes
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$vfio_dev" "$was"
	is $EDU2 - none none
	echo $EDU2 >/sys/bus/pci/drivers_probe
	is $EDU2 - none none
	is $TESTDEV test_native_fail native "(null)"
}

adopted_ones_change() {
	assert set_flavour $EDU native
	is $EDU test_native_fail native "(null)"
	assert set_flavour $EDU2 vfio
	is $EDU2 vfio-pci vfio vfio-pci
	assert set_flavour $EDU2 native
	rmmod test_native_fail
}

while_it_is_held() {
	assert set_flavour $EDU vfio
	hold $EDU
	goes
	assert kill -0 $holder
	comes
	refused $EDU native EBUSY
	kill $holder
	wait $holder
	assert set_flavour $EDU native
	is_native $EDU
}

# A bind under way is not broken off.
under_a_slow_probe() {
	insmod "$(module_path test_slow_vfio_pci)"
	writing slow $TESTDEV vfio
	wait_for '[ "$(cat /sys/module/test_slow_vfio_pci/parameters/probes)" -ge 1 ]'
	goes
	written slow ok
	comes
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
	rmmod test_slow_vfio_pci
}

who_waits_for_a_turn_is_told() {
	param loader_timeout 600
	use_hanging_loader
	writing first $EDU vfio
	first=$writer
	loader_runs && asleep "$first"
	writing second $EDU none
	asleep "$writer"
	goes
	written first ENODEV
	written second ENODEV
	comes
	is_native $EDU
}

hammer() { # FILE
	while [ ! -e $lab_run/enough ]; do
		for word in vfio none native; do
			[ ! -e "$1" ] || echo $word >"$1"
		done
	done 2>/dev/null
}

with_writers_at_work() {
	rm -f $lab_run/enough
	hammers=
	for d in $EDU $EDU $EDU2 $IVSHMEM; do
		hammer "$(flavour_file "$d")" &
		hammers="$hammers $!"
	done
	for _ in 1 2; do
		param loader "/bin/busybox true"
		wait_for "[ \"\$(flavour_of $EDU)\" != native ]"
		goes
		comes
	done
	: >$lab_run/enough
	for pid in $hammers; do wait "$pid"; done
}

all_is_well_afterwards() {
	param loader /bin/true
	for d in $EDU $EDU2 $IVSHMEM; do
		assert set_flavour "$d" vfio
		is "$d" vfio-pci vfio vfio-pci
		assert set_flavour "$d" native
		is_native "$d"
	done
	assert_eq "$(refcount vfio_pci)" 0 "users of vfio_pci"
}

# The device's directory is there until the very end; this module's file must not be.
while_a_device_goes() {
	held=/sys/module/test_remove_wait/parameters
	assert insmod "$(module_path test_remove_wait)" device=$EDU2
	dir=$(readlink -f "$(sysfs $EDU2)")
	echo 1 >"$dir/remove" &
	remover=$!
	wait_for "[ \"\$(cat $held/waits)\" = Y ]"
	assert [ -d "$dir" ]
	assert rmmod driver_flavour
	cat "$dir/driver_flavour" 2>/dev/null && fail "it can be read"
	assert [ ! -e "$dir/driver_flavour" ]
	echo 1 >$held/go
	wait $remover
	rmmod test_remove_wait
	echo 1 >/sys/bus/pci/rescan
	modprobe driver_flavour
	param loader /bin/true
	is_native $EDU2
}

# A task whose open() of modprobe.d waits for an answer holds the mark that watches it. Until
# then the module has to stay: it is what frees the mark.
while_a_directory_is_opened() {
	param loader "/sbin/modprobe -q --"
	assert set_flavour $EDU vfio
	assert set_flavour $EDU native
	rm -f $lab_run/answer $lab_run/held
	fanotify-hold /etc/modprobe.d $lab_run/answer >$lab_run/held &
	holder=$!
	wait_for "grep -q '^holding' $lab_run/held || not kill -0 $holder"
	rmmod driver_flavour &
	ending=$!
	usleep 1000000
	assert kill -0 $ending
	: >$lab_run/answer
	assert wait $holder
	assert wait $ending
	usleep 1000000
	modprobe driver_flavour
	param loader /bin/true
}

t "its files go and come with it" files_go_and_come
t "bound devices stay bound, and none stays none" bound_ones_stay
t "they are adopted when it comes back" and_are_adopted
t "adopted devices can be told any word" adopted_ones_change
t "it goes while user space has a device" while_it_is_held
t "it goes when a slow probe is over, which is not broken off" under_a_slow_probe
t "whoever waits for a loader or a turn is told ENODEV" who_waits_for_a_turn_is_told
t "it goes while a device goes, and leaves no file behind" while_a_device_goes
if feature fanotify; then
	t "it goes when nobody has what it watches" while_a_directory_is_opened
else
	skip "it goes when nobody has what it watches" "$lab_lacks"
fi
t "it goes and comes with writers at work" with_writers_at_work
t "and the devices are well" all_is_well_afterwards
