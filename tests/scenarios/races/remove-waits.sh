# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# boot: -q -audiodev -q none,id=silence -q -device -q intel-hda,id=sound,addr=14.0 -q -device -q hda-duplex,bus=sound.0,audiodev=silence
# A native driver that does not let go: its remove waits for user space. The write
# does not wait with it, and the change completes when it returns.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

native=/sys/module/test_native_wait/parameters
SOUND=0000:00:14.0
CONTROL=/dev/snd/controlC0

# stuck DEV: a write of vfio whose native driver has been told to go, and waits.
stuck() {
	echo 1 >$native/in_remove
	before=$(cat $native/removes)
	writing stuck "$1" vfio
	wait_for "[ \$(cat $native/removes) -gt $before ]"
	# From here on, who is told to go does.
	echo 2 >$native/in_remove
}

lets_go() {
	echo 0 >$native/in_remove
}

completes() { # DEV
	wait_for "[ \"\$(driver_of $1) \$(flavour_of $1)\" = 'vfio-pci vfio' ]"
	wait_for "[ \$(vfio_dev_of $1) != - ]"
	is "$1" vfio-pci vfio vfio-pci
	assert vfio-info "$1"
	assert set_flavour "$1" native
	is "$1" test_native_wait native "(null)"
}

prepare() {
	modprobe vfio-pci
	param loader /bin/true
	insmod "$(module_path test_native_wait)"
	assert_eq "$(cat /sys/module/driver_flavour/parameters/driver_timeout)" 60
	param driver_timeout 2
}

told_of_it() {
	listen
	stuck $EDU
	written stuck EINPROGRESS
	wait_for "grep -q '/$EDU .*DRIVER_FLAVOUR_ERROR' $lab_run/uevents"
	usleep 3000000
	assert_eq "$(heard $EDU DRIVER_FLAVOUR_ERROR | wc -l)" 1 events
	assert_eq "$(flavour_of $EDU)" native "its flavour meanwhile"
}

others_are_untouched() {
	for d in $EDU2 $TESTDEV; do
		within 25000 assert set_flavour "$d" vfio
		is "$d" vfio-pci vfio vfio-pci
		within 25000 assert set_flavour "$d" native
		is "$d" test_native_wait native "(null)"
	done
}

# Nobody waits for it, nor for the lock that it has.
reads_go_on() {
	within 25000 eval 'read -r flavour <"$(flavour_file $EDU)"'
	assert_eq "$flavour" native
}

the_next_writer_too() {
	within 60000 eval 'answer=$(sysfs-write "$(flavour_file $EDU)" vfio)'
	case $answer in
	EBUSY | EINPROGRESS) ;;
	*) fail "it is told $answer" ;;
	esac
}

rmmod_does_not_hang() {
	/sbin/rmmod driver_flavour >$lab_run/rmmod 2>&1 &
	ending=$!
	wait_for "not kill -0 $ending 2>/dev/null"
	assert grep -q "in use" $lab_run/rmmod
	assert loaded driver_flavour
}

completes_afterwards() {
	lets_go
	completes $EDU
	within 25000 assert rmmod driver_flavour
	modprobe driver_flavour
	param loader /bin/true
	param driver_timeout 2
}

# Before it is known that the driver does not return.
rmmod_before_the_limit() {
	param driver_timeout 5
	stuck $EDU
	wait_for "[ \"\$(cat /sys/module/driver_flavour/refcnt)\" != 0 ]"
	rmmod_does_not_hang
	lets_go
	wait $ending
	loaded driver_flavour || modprobe driver_flavour
	completes $EDU
	param loader /bin/true
	param driver_timeout 2
}

event_when_it_completes() {
	stuck $EDU
	written stuck EINPROGRESS
	listen
	lets_go
	wait_for "grep -q '/$EDU .*DRIVER_FLAVOUR=vfio' $lab_run/uevents"
	assert_eq "$(heard $EDU DRIVER_FLAVOUR_ERROR | wc -l)" 0 "events of an error"
	completes $EDU
}

# It waits, and not in D: any signal that ends it does so.
can_be_killed() {
	param driver_timeout 600
	for signal in KILL TERM; do
		stuck $EDU
		assert grep -q '^State:.S' /proc/$writer/status
		kill -$signal "$writer"
		wait_for "[ ! -e /proc/$writer/fd ]"
		lets_go
		completes $EDU
	done
	param driver_timeout 2
}

# undoes DEV: its native driver has it again, and nobody is at work.
undoes() {
	becomes_native "$1" test_native_wait
	wait_for "[ \"\$(refcount driver_flavour)\" = 0 ]"
	is "$1" test_native_wait native "(null)"
	assert_eq "$(cat /sys/module/test_fail_vfio_pci/parameters/probes)" "$2" "probes of the VFIO driver"
}

# When its remove returns, the VFIO driver does not want it.
is_undone() {
	insmod "$(module_path test_fail_vfio_pci)" err=5
	is $IVSHMEM test_native_wait native "(null)"
	listen
	stuck $IVSHMEM
	written stuck EINPROGRESS
	lets_go
	undoes $IVSHMEM 1
	assert_eq "$(heard $IVSHMEM . | grep -c DRIVER_FLAVOUR_ERROR=-EINPROGRESS)" 1 events
	assert_eq "$(grep "/$IVSHMEM " $lab_run/uevents | grep -c DRIVER_FLAVOUR)" 1 "events of its flavour"
}

is_undone_without_its_writer() {
	param driver_timeout 600
	stuck $IVSHMEM
	kill -KILL "$writer"
	wait_for "[ ! -e /proc/$writer/fd ]"
	lets_go
	undoes $IVSHMEM 2
	within 25000 assert rmmod driver_flavour
	assert rmmod test_fail_vfio_pci
	modprobe driver_flavour
	param loader /bin/true
	param driver_timeout 2
}

# --- a probe that does not return is no better --------------------------------

a_probe_that_waits() {
	assert set_flavour $EDU vfio
	before=$(cat $native/probes)
	echo 1 >$native/in_probe
	writing stuck $EDU native
	wait_for "[ \$(cat $native/probes) -gt $before ]"
	echo 2 >$native/in_probe
	written stuck EINPROGRESS
	within 25000 assert set_flavour $EDU2 vfio
	within 25000 assert set_flavour $EDU2 native
	echo 0 >$native/in_probe
	becomes_native $EDU test_native_wait
	wait_for "[ \"\$(refcount driver_flavour)\" = 0 ]"
	is $EDU test_native_wait native "(null)"
	rmmod test_native_wait
}

# --- a sound card, as a desktop has it ----------------------------------------

sound_card() {
	modprobe snd-hda-intel
	wait_for "[ -e $CONTROL ]"
	exec 8<$CONTROL
	writing sound $SOUND vfio
	written sound EINPROGRESS
	within 25000 assert set_flavour $EDU2 vfio
	assert set_flavour $EDU2 native
	exec 8<&-
	wait_for "[ \"\$(driver_of $SOUND) \$(flavour_of $SOUND)\" = 'vfio-pci vfio' ]"
	wait_for "[ \$(vfio_dev_of $SOUND) != - ]"
	is $SOUND vfio-pci vfio vfio-pci
}

sound_card_again() {
	param driver_timeout 600
	assert set_flavour $SOUND native
	assert_eq "$(driver_of $SOUND)" snd_hda_intel
	wait_for "[ -e $CONTROL ]"
	exec 8<$CONTROL
	writing sound $SOUND vfio
	wait_for "[ ! -e $CONTROL ]"
	kill -9 "$writer"
	wait_for "[ ! -e /proc/$writer/fd ]"
	exec 8<&-
	wait_for "[ \"\$(driver_of $SOUND) \$(flavour_of $SOUND)\" = 'vfio-pci vfio' ]"
	wait_for "[ \$(vfio_dev_of $SOUND) != - ]"
	assert set_flavour $SOUND native
}

t "a native driver has its devices, and the limit is 60 s" prepare
t "its remove does not return: EINPROGRESS, and one event" told_of_it
t "other devices of that driver don't notice" others_are_untouched
t "nor do readers" reads_go_on
t "the next writer is told, too" the_next_writer_too
t "the module is in use, and rmmod says so" rmmod_does_not_hang
t "when it returns, the change completes, and the module can go" completes_afterwards
t "rmmod before the limit does not hang either" rmmod_before_the_limit
t "an event says so" event_when_it_completes
t "the writer can be killed meanwhile" can_be_killed
t "when the VFIO driver then fails, it is undone" is_undone
t "also when the writer is dead, and the module can go" is_undone_without_its_writer
t "a native driver's probe that does not return" a_probe_that_waits
t "a sound card whose control is open" sound_card
t "its writer can be killed" sound_card_again
