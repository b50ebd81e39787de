# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# Signals to the writer: none of them costs the device its driver, and a write
# goes on after those that don't end the writer.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

SIGINT=2 SIGKILL=9 SIGUSR1=10 SIGTERM=15 SIGCHLD=17 SIGSTOP=19
NEVER=100000000
slow=/sys/module/test_slow_vfio_pci/parameters

# doomed DEV SIGNAL: a claim whose driver has begun to probe. busybox has its jobs
# ignore SIGINT, and write-under undoes that.
doomed() {
	echo 600000 >$slow/delay_ms
	doomed_before=$(cat $slow/probes)
	write-under -d "$2" $NEVER "$(flavour_file "$1")" vfio >/dev/null 2>&1 &
	doomed=$!
	wait_for "[ \$(cat $slow/probes) -gt $doomed_before ]"
}

# killed DEV SIGNAL: the writer, under the probe of a driver that then fails.
killed() {
	doomed "$1" "$2"
	kill -"$2" $doomed
	echo 0 >$slow/delay_ms
	wait $doomed 2>/dev/null
}

back_again() { # DEV DRIVER
	becomes_native "$1" "$2" && is "$1" "$2" native "(null)"
}

prepare() {
	modprobe vfio-pci
	insmod "$(module_path test_native_wait)" thread=1
	insmod "$(module_path test_slow_vfio_pci)" err=5
	modprobe ahci
	becomes $SATA ahci
	is $TESTDEV test_native_wait native "(null)"
}

# Its driver starts a kernel thread, which a task that is being killed can't.
put_back_all_the_same() { # DEV DRIVER
	for signal in $SIGKILL $SIGINT $SIGTERM $SIGKILL $SIGINT $SIGTERM; do
		killed "$1" $signal
		back_again "$1" "$2" || return
		count 1 "writers killed while their claim failed"
	done
}

# It is either flavoured or put back, whenever the signal comes.
killed_at_any_time() {
	for ms in 0 1 2 3 5 8 13 21 34 55 89 144; do
		echo 20 >$slow/delay_ms
		write-under -d $SIGKILL $ms "$(flavour_file $SATA)" vfio >/dev/null 2>&1
		back_again $SATA ahci || return
		count 1 "writers killed while their claim failed"
	done
}

# A claim that succeeds does so, though nobody is told any more.
or_flavoured() {
	echo 0 >$slow/err
	for signal in $SIGKILL $SIGINT; do
		killed $TESTDEV $signal
		wait_for "[ \"\$(driver_of $TESTDEV) \$(flavour_of $TESTDEV)\" = 'test_slow_vfio_pci vfio' ]"
		wait_for "[ \$(vfio_dev_of $TESTDEV) != - ]"
		assert set_flavour $TESTDEV native
		back_again $TESTDEV test_native_wait
	done
}

# The release is put in the way of a signal by its native driver's probe.
a_release_goes_on() {
	native=/sys/module/test_native_wait/parameters
	echo 0 >$slow/delay_ms
	assert set_flavour $TESTDEV vfio
	before=$(cat $native/probes)
	echo 1 >$native/in_probe
	write-under -d $SIGKILL $NEVER "$(flavour_file $TESTDEV)" native >/dev/null 2>&1 &
	writer=$!
	wait_for "[ \$(cat $native/probes) -gt $before ]"
	kill -$SIGKILL $writer
	wait_for "[ ! -e /proc/$writer/fd ]"
	echo 0 >$native/in_probe
	back_again $TESTDEV test_native_wait
}

killed_under_the_loader() {
	for signal in $SIGKILL $SIGINT; do
		use_hanging_loader
		look $IVSHMEM
		was="$driver $flavour $override"
		write-under -d $signal $NEVER "$(flavour_file $IVSHMEM)" vfio >/dev/null 2>&1 &
		writer=$!
		loader_runs && asleep $writer
		kill -$signal $writer
		wait_for "[ ! -e /proc/$writer/fd ]"
		loader_is_gone
		look $IVSHMEM
		assert_eq "$driver $flavour $override" "$was"
	done
}

# under_signals SIGNAL MS: a claim whose loader takes two seconds, and that may
# take sixty times as long.
under_signals() {
	use_loader 'sleep 2'
	timeout -s KILL $((120 * LAB_PATIENCE)) write-under "$1" "$2" "$(flavour_file $IVSHMEM)" vfio
	assert set_flavour $IVSHMEM native
}

is_restarted() {
	for signal in $SIGCHLD $SIGUSR1 $SIGTERM; do
		for ms in 300 10; do
			assert_eq "$(under_signals $signal $ms)" ok "signal $signal each $ms ms" || return
		done
	done
}

stopped_and_continued() {
	for ms in 300 10; do
		assert_eq "$(under_signals $SIGSTOP $ms)" ok "each $ms ms" || return
	done
}

# What people type; bash has a handler for it.
a_job_ends_meanwhile() {
	use_loader 'sleep 2'
	assert_eq "$(/bin/bash -c "set -m; trap : CHLD; sleep 1 & echo vfio >$(flavour_file $IVSHMEM)" 2>&1)" ""
	is $IVSHMEM vfio-pci vfio vfio-pci
	assert set_flavour $IVSHMEM native
}

# under_probe SIGNAL: every 10 ms, while the VFIO driver's probe takes two seconds.
under_probe() {
	echo 0 >$slow/err
	echo 2000 >$slow/delay_ms
	assert_eq "$(timeout -s KILL $((120 * LAB_PATIENCE)) write-under "$1" 10 "$(flavour_file $TESTDEV)" vfio)" ok "signal $1"
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
}

is_restarted_under_a_probe() {
	param loader /bin/true
	under_probe $SIGCHLD
	under_probe $SIGSTOP
}

told_of_it() {
	use_hanging_loader
	look $IVSHMEM
	was="$driver $flavour $override"
	assert_eq "$(write-under -i $SIGUSR1 300 "$(flavour_file $IVSHMEM)" vfio)" EINTR
	loader_runs && loader_is_gone
	look $IVSHMEM
	assert_eq "$driver $flavour $override" "$was"
}

# The device has its driver by then, but its request is not over.
told_of_the_success() {
	param loader /bin/true
	echo 0 >$slow/err
	echo 600000 >$slow/delay_ms
	slow_before=$(cat $slow/probes)
	write-under -i $SIGUSR1 $NEVER "$(flavour_file $TESTDEV)" vfio >$lab_run/told &
	writer=$!
	wait_for "[ \$(cat $slow/probes) -gt $slow_before ]"
	stall flavour_group_leave entry=1
	kill -$SIGUSR1 $writer
	echo 0 >$slow/delay_ms
	stalled $writer
	usleep 500000
	go_on
	wait $writer
	assert_eq "$(cat $lab_run/told)" ok
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
}

t "native drivers that start threads have their devices" prepare
t "the writer is killed while its claim fails: put back" \
	put_back_all_the_same $TESTDEV test_native_wait
t "so is a disk controller, by ahci" put_back_all_the_same $SATA ahci
t "whenever the signal comes" killed_at_any_time
t "killed while its claim succeeds: it does" or_flavoured
t "killed while a release binds the native driver: it does" a_release_goes_on
t "killed under the loader: nothing was touched" killed_under_the_loader
t "a handler that restarts: the write goes on" is_restarted
t "so it does when the writer is stopped and continued" stopped_and_continued
t "and when a job of the shell ends meanwhile" a_job_ends_meanwhile
t "and under a driver's probe" is_restarted_under_a_probe
t "a handler that does not restart: EINTR, and nothing was touched" told_of_it
t "but if the device was changed, that is what it is told" told_of_the_success
