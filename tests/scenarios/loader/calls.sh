# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The program that loads modules: how it is called, and how it may fail.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# Loaders that hang do so until they are told, though the host may stall.
PATIENCE=600
param loader_timeout $PATIENCE

# alias_of DEV UNIVERSE
alias_of() {
	modalias_of "$1" | sed "s/^pci:/$2:/"
}

called_with_the_alias() {
	use_loader 'exec /sbin/modprobe "$@"'
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$(cat $lab_run/loader-calls)" "-q -- $(alias_of $EDU vfio_pci)"
	assert set_flavour $EDU native
	assert_eq "$(sed 1d $lab_run/loader-calls)" "-q -- $(alias_of $EDU pci)"
	rmmod vfio_pci
}

# useless LOADER: it loads nothing; with a driver registered it need not.
useless() {
	param loader "$1"
	refused $EDU vfio ENODEV
	modprobe vfio-pci
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
	rmmod vfio_pci
}

it_may_fail() {
	useless /nonexistent
	count 1 "faults: loader missing"
	useless /etc/passwd
	count 1 "faults: loader no program"
	useless /bin/false
	count 1 "faults: loader exits with 1"
	use_loader 'kill -KILL $$'
	useless $lab_run/loader
	count 1 "faults: loader killed"
}

# hanging DEV: a writer that waits for a loader that does not end.
hanging() {
	use_hanging_loader
	writing hung "$1" vfio
	loader_runs && asleep "$writer"
}

# killed_by SIGNAL: the writer goes at once, and its loader with it.
killed_by() {
	refused_before=$(state_of $EDU)
	hanging $EDU
	within 25000 kill_and_reap "$1"
	loader_is_gone
	assert [ ! -s $lab_run/written.hung ]
	assert_eq "$(state_of $EDU)" "$refused_before"
}

kill_and_reap() {
	kill "-$1" "$writer"
	wait "$writer" || return 0
}

the_writer_is_killed() {
	killed_by KILL
	killed_by TERM
}

# A shell's background process ignores SIGINT; env undoes that.
interrupted_from_the_keyboard() {
	use_hanging_loader
	/usr/bin/env --default-signal=INT sysfs-write "$(flavour_file $EDU)" vfio &
	writer=$!
	loader_runs
	within 25000 kill_and_reap INT
	loader_is_gone
	is_native $EDU
}

# A signal that the writer survives: it is told.
interrupted_is_eintr() {
	use_hanging_loader
	perl -e '$SIG{USR1} = sub {}; open(F, "+<", $ARGV[0]) or die; syswrite(F, "vfio") and die;
		print $!{EINTR} ? "EINTR\n" : "$!\n"' \
		"$(flavour_file $EDU)" >$lab_run/written.perl &
	writer=$!
	loader_runs
	kill -USR1 $writer
	written perl EINTR
	loader_is_gone
	is_native $EDU
}

# The write begins anew a hundred times a second, and its loader goes on.
restarted_all_the_time() {
	use_loader 'sleep 2; exec /sbin/modprobe "$@"'
	assert_eq "$(sysfs-write -s "$(flavour_file $EDU)" vfio)" ok
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$(wc -l <$lab_run/loader-calls)" 1 "runs"
	param loader /bin/true
	assert set_flavour $EDU native
	rmmod vfio_pci
}

# So does the run for the next driver, and it ends at last.
restarted_past_the_timeout() {
	install_modules test_fail_vfio_pci
	use_loader '[ -z "$DRIVER_FLAVOUR_NEXT" ] || { sleep 2; exec /sbin/modprobe vfio_pci; }
		exec /sbin/modprobe test_fail_vfio_pci'
	assert_eq "$(sysfs-write -s "$(flavour_file $IVSHMEM)" vfio)" ok
	is $IVSHMEM vfio-pci vfio vfio-pci
	# A writer that is not back in five seconds, by way of the native driver, finds that
	# its run was ended. Without that time it would be a run for each signal.
	runs=$(wc -l <$lab_run/loader-calls)
	[ "$runs" -eq 2 ] || { [ "$LAB_SLOW" -gt 1 ] && [ "$runs" -le 10 ]; } || fail "$runs runs"
	assert set_flavour $IVSHMEM native
	rmmod test_fail_vfio_pci vfio_pci
	uninstall_modules test_fail_vfio_pci
	use_hanging_loader
	param loader_timeout 2
	assert_eq "$(sysfs-write -s "$(flavour_file $EDU)" vfio)" ETIMEDOUT
	loader_was_ended
	param loader_timeout $PATIENCE
	is_native $EDU
}

# loader_was_ended: one that was slow to start may not have got as far as to say so.
loader_was_ended() {
	[ ! -s $lab_run/loader-pid ] || { loader_runs && loader_is_gone; }
}

# It is asked for the next one, and hangs: by then the device is back.
hanging_for_the_next() {
	use_loader '[ -z "$DRIVER_FLAVOUR_NEXT" ] || exec sleep 1000
		exec /sbin/modprobe test_fail_vfio_pci'
	writing next $IVSHMEM vfio
	wait_for '[ -s $lab_run/loader-pid ] && read -r loader_pid <$lab_run/loader-pid &&
		grep -qs sleep "/proc/$loader_pid/comm"' && asleep "$writer"
	is $IVSHMEM test_native_fail native "(null)"
}

no_end_of_the_next() {
	install_modules test_fail_vfio_pci
	insmod "$(module_path test_native_fail)"
	hanging_for_the_next
	within 25000 kill_and_reap TERM
	loader_is_gone
	assert [ ! -s $lab_run/written.next ]
	is $IVSHMEM test_native_fail native "(null)"
	param loader_timeout 1
	within 25000 refused $IVSHMEM vfio ETIMEDOUT
	loader_was_ended
	param loader_timeout $PATIENCE
	rmmod test_native_fail test_fail_vfio_pci
	uninstall_modules test_fail_vfio_pci
}

past_the_timeout() {
	param loader_timeout 1
	use_hanging_loader
	within 25000 refused $EDU vfio ETIMEDOUT
	count 1 "faults: loader hangs"
	loader_was_ended
	modprobe vfio-pci
	use_hanging_loader
	assert within 25000 set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	loader_was_ended
	param loader_timeout $PATIENCE
	param loader /bin/true
	assert set_flavour $EDU native
	rmmod vfio_pci
}

# The kernel complains of tasks that wait for so long that they may hang.  What
# runs the loader waits as well, and has a reason to.
a_slow_one_is_no_hung_task() {
	hung_task=/proc/sys/kernel/hung_task_timeout_secs
	was=$(cat $hung_task)
	echo 1 >$hung_task
	log_mark
	use_loader "sleep 3"
	refused $EDU vfio ENODEV
	echo "$was" >$hung_task
	# The host's disk, when it stalls, blocks others.
	assert_eq "$(log_since | grep -E "(kworker|sysfs-write).* blocked for more than")" "" "the log"
}

turned_off_times_out() {
	param loader ""
	param loader_timeout 1
	listen
	within 25000 refused $EDU vfio ETIMEDOUT
	assert_eq "$(heard $EDU DRIVER_FLAVOUR_ALIAS= | wc -l)" 1 "events"
	param loader_timeout $PATIENCE
}

turned_off_the_uevent_asks() {
	listen
	writing asked $EDU vfio
	wait_for "grep -q DRIVER_FLAVOUR_ALIAS= $lab_run/uevents"
	asleep "$writer"
	is_native $EDU
	/sbin/modprobe "$(sed -n 's/.* DRIVER_FLAVOUR_ALIAS=\([^ ]*\).*/\1/p' $lab_run/uevents)"
	written asked ok
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$(heard $EDU "DRIVER_FLAVOUR_ALIAS=$(alias_of $EDU vfio_pci)" | wc -l)" 1 "events"
	assert set_flavour $EDU native
}

# A listener loads the generic driver, and the variant a little later: modprobe does so.
# The host may stall for longer than the module waits, so it has several tries.
variant_comes_second() {
	install_modules test_exact_vfio_pci
	for _ in 1 2 3 4 5; do
		rmmod vfio_pci
		writing late $EDU vfio
		asleep "$writer"
		modprobe vfio_pci
		usleep 300000
		modprobe test_exact_vfio_pci
		written late ok
		driver=$(driver_of $EDU)
		assert set_flavour $EDU native
		rmmod test_exact_vfio_pci
		[ "$driver" != test_exact_vfio_pci ] || break
	done
	assert_eq "$driver" test_exact_vfio_pci
	uninstall_modules test_exact_vfio_pci
}

# The loader hangs for EDU and for no other.
others_are_not_delayed() {
	use_loader "case \$3 in *:v00001234d000011E8*) exec sleep 1000 ;; esac"
	writing hung $EDU vfio
	loader_runs && asleep "$writer"
	hung=$loader_pid
	for d in $IVSHMEM $TESTDEV; do
		within 25000 assert set_flavour "$d" vfio
		is "$d" vfio-pci vfio vfio-pci
		within 25000 assert set_flavour "$d" native
	done
	assert_eq "$(within 25000 flavour_of $EDU)" native
	assert kill -0 "$hung"
}

# EDU2 wants the same alias: no second run, and who gives up does not end it.
twins_share_a_run() {
	writing twin $EDU2 vfio
	twin=$writer
	asleep "$twin"
	writing third $EDU2 vfio
	asleep "$writer"
	kill -KILL "$writer"
	assert_eq "$(grep -c "vfio_pci:v00001234" $lab_run/loader-calls)" 1 "runs"
	assert kill -0 "$hung"
	kill "$hung"
	written hung ok
	written twin ok
	param loader /bin/true
	for d in $EDU $EDU2; do
		is "$d" vfio-pci vfio vfio-pci
		assert set_flavour "$d" native
	done
}

# Nobody has come back to it yet.
rmmod_ends_an_abandoned_one() {
	use_hanging_loader
	perl -e '$SIG{USR1} = sub {}; open(F, "+<", $ARGV[0]) or die; syswrite(F, "vfio")' \
		"$(flavour_file $EDU)" &
	writer=$!
	loader_runs && asleep "$writer"
	kill -USR1 "$writer"
	wait "$writer"
	assert rmmod driver_flavour
	loader_is_gone
	/sbin/modprobe driver_flavour
	param loader_timeout $PATIENCE
}

rmmod_ends_it() {
	hanging $EDU
	within 25000 assert rmmod driver_flavour
	written hung ENODEV
	loader_is_gone
	assert_eq "$(driver_of $EDU) $(override_of $EDU)" "- (null)"
}

allow_log "blocked for more than|Call Trace" # of any task, while the limit is 1 s
t "it is called with its arguments and the alias" called_with_the_alias
t "a loader that fails is as good as none" it_may_fail
t "a writer that is killed: untouched, and the loader is gone" the_writer_is_killed
t "so it is with ^C" interrupted_from_the_keyboard
t "an interrupted writer is told EINTR" interrupted_is_eintr
t "a writer that signals restart shares a run with itself" restarted_all_the_time
t "for the next driver, too; and the loader's time is over once" restarted_past_the_timeout
t "a loader that hangs is killed when its time is over" past_the_timeout
t "so is one that hangs when asked for the next driver" no_end_of_the_next
t "a loader that takes its time is no hung task" a_slow_one_is_no_hung_task
t "turned off, and nobody loads: ETIMEDOUT" turned_off_times_out
t "turned off, the uevent asks for the module" turned_off_the_uevent_asks
t "turned off, a variant may come after the generic driver" variant_comes_second
t "while it hangs for one device, others are not delayed" others_are_not_delayed
t "the same alias at the same time is one run" twins_share_a_run
t "rmmod ends a loader that an interrupted writer may come back to" rmmod_ends_an_abandoned_one
t "rmmod ends a loader that hangs" rmmod_ends_it
