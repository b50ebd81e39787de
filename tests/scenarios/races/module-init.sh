# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# A device's driver whose module has not started yet, and may never do: a write
# waits for that, and then goes on.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

native=/sys/module/test_native_wait/parameters
slow=/sys/module/test_slow_vfio_pci/parameters

# starting ERRNO: the native driver's module, which has bound TESTDEV and then fails so.
starting() {
	insmod "$(module_path test_native_wait)" in_init=1 init_err="$1" 2>/dev/null &
	starting=$!
	becomes $TESTDEV test_native_wait
	wait_for "[ \"\$(cat /sys/module/test_native_wait/initstate)\" = coming ]"
}

started() {
	echo 0 >$native/in_init
	wait $starting
}

# claim_meanwhile: a write that must not have touched the device yet.
claim_meanwhile() {
	before=$(cat $slow/probes)
	writing claim $TESTDEV vfio
	asleep "$writer"
	usleep 500000
	assert_eq "$(driver_of $TESTDEV)" test_native_wait
	assert_eq "$(cat $slow/probes)" "$before" "probes of the VFIO driver"
}

prepare() {
	modprobe vfio-pci
	insmod "$(module_path test_slow_vfio_pci)" delay_ms=1000
	param loader /bin/true
}

it_fails() {
	starting 5
	claim_meanwhile
	started
	assert not loaded test_native_wait
	written claim ok
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
	is_native $TESTDEV
}

it_starts() {
	starting 0
	claim_meanwhile
	started
	written claim ok
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
	is $TESTDEV test_native_wait native "(null)"
	rmmod test_native_wait
}

it_fails_before_the_claim_does() {
	starting 5
	echo 5 >$slow/err
	claim_meanwhile
	started
	written claim EIO
	is_native $TESTDEV
	echo 0 >$slow/err
}

# It does not for ever: no longer than for a loader.
the_wait_ends() {
	param loader_timeout 2
	starting 0
	within 60000 refused $TESTDEV vfio EAGAIN
	started
	param loader_timeout 30
	rmmod test_native_wait
}

the_writer_may_leave() {
	starting 0
	writing claim $TESTDEV vfio
	asleep "$writer"
	kill "$writer"
	wait_for "[ ! -e /proc/$writer/fd ]"
	started
	is $TESTDEV test_native_wait native "(null)"
	within 25000 assert rmmod driver_flavour
	modprobe driver_flavour
	rmmod test_native_wait
}

t "a slow VFIO driver is there" prepare
t "its module fails to start: the claim goes on without it" it_fails
t "its module starts: the claim goes on" it_starts
t "its module fails to start, and so does the claim" it_fails_before_the_claim_does
t "its start does not end: EAGAIN, and nothing was touched" the_wait_ends
t "the writer can be killed meanwhile, and the module goes" the_writer_may_leave
