# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 2
# smp
# Many writers at once, on one device and on several.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

slow=/sys/module/test_slow_vfio_pci/parameters

# slow_claim: a claim of TESTDEV whose probe is under way when this returns, until slow_ends.
slow_claim() {
	echo 600000 >$slow/delay_ms
	slow_before=$(cat $slow/probes)
	writing slow $TESTDEV vfio
	wait_for "[ \$(cat $slow/probes) -gt $slow_before ]"
}

# still_slow: so what came before this did not wait for the probe.
still_slow() {
	assert [ ! -s $lab_run/written.slow ]
}

slow_ends() {
	still_slow
	echo 0 >$slow/delay_ms
	written slow ok
}

one_after_the_other() {
	modprobe vfio-pci
	insmod "$(module_path test_slow_vfio_pci)"
	slow_claim
	writing next $TESTDEV none
	asleep "$writer"
	slow_ends
	written next ok
	is $TESTDEV - none none
	assert set_flavour $TESTDEV native
}

the_second_one_may_give_up() {
	slow_claim
	writing next $TESTDEV native
	asleep "$writer"
	kill "$writer"
	wait "$writer"
	slow_ends
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
}

# reads WORD: ten times.
reads() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		read -r flavour <"$(flavour_file $TESTDEV)"
		[ "$flavour" = "$1" ] || fail "it read $flavour"
	done
}

nobody_else_waits() {
	slow_claim
	reads native
	assert set_flavour $IVSHMEM vfio
	slow_ends
	assert_eq "$(flavour_of $TESTDEV)" vfio
	assert set_flavour $IVSHMEM native
	assert set_flavour $TESTDEV native
}

# Somebody else has the device's lock; the driver that probes does not have it yet.
reads_do_not_wait_for_others() {
	echo 600000 >$slow/delay_ms
	slow_before=$(cat $slow/probes)
	echo test_slow_vfio_pci >"$(sysfs $TESTDEV driver_override)"
	rm -f $lab_run/written.slow
	{
		echo $TESTDEV >/sys/bus/pci/drivers_probe
		echo ok >$lab_run/written.slow
	} &
	wait_for "[ \$(cat $slow/probes) -gt $slow_before ]"
	reads native
	slow_ends
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
	rmmod test_slow_vfio_pci
}

# writes SEED N DEV…: the same ones for the same seed, "WORD FILE" each.
writes() {
	awk -v seed="$1" -v n="$2" -v devs="$(shift 2 && echo "$*")" 'BEGIN {
		srand(seed)
		d = split(devs, dev, " ")
		w = split("vfio native none nonsense", word, " ")
		while (n--)
			print word[1 + int(rand() * w)], "/sys/bus/pci/devices/" \
				dev[1 + int(rand() * d)] "/driver_flavour"
	}'
}

writer() { # SEED
	while read -r word file; do
		echo "$word" >"$file"
	done <"$lab_run/writes.$1" 2>"$lab_run/errors.$1"
	echo end >"$lab_run/written.$1"
}

# eight_writers N DEV…: N writes each.
eight_writers() {
	pids=
	for seed in 1 2 3 4 5 6 7 8; do
		writes $seed "$@" >$lab_run/writes.$seed
		rm -f $lab_run/written.$seed
		writer $seed &
		pids="$pids $!"
	done
	for pid in $pids; do wait "$pid"; done
	for seed in 1 2 3 4 5 6 7 8; do
		assert_eq "$(cat $lab_run/written.$seed)" end "writer $seed"
	done
}

# Nonsense is refused, each time; and there is no other error.
only_nonsense_was_refused() {
	assert_eq "$(cat $lab_run/errors.* | grep -c "Invalid argument")" \
		"$(cat $lab_run/writes.* | grep -c nonsense)" "refused"
	assert_eq "$(cat $lab_run/errors.* | grep -v "Invalid argument")" "" "other errors"
}

# told_truly DEV: flavour, driver, override and vfio_device agree.
told_truly() {
	look "$1"
	echo "$1: $driver $flavour $override $vfio_dev"
	case $flavour in
	vfio) is "$1" vfio-pci vfio vfio-pci ;;
	none) is "$1" - none none ;;
	*) is_native "$1" ;;
	esac
}

random_writes() { # N DEV…
	param loader "/bin/busybox true"
	eight_writers "$@"
	only_nonsense_was_refused
	shift
	for d in "$@"; do
		told_truly "$d"
		assert set_flavour "$d" vfio
		is "$d" vfio-pci vfio vfio-pci
		assert set_flavour "$d" native
		is_native "$d"
	done
}

# The second writer is held up as soon as its request can be seen. It is carried out behind
# the first one's, for it asks for the same, and is over before its writer goes on.
over_before_its_writer_waits() {
	slow_claim
	stall flavour_device_unlock
	writing next $TESTDEV vfio
	stalled "$writer"
	slow_ends
	usleep 500000
	go_on
	written next ok
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
}

t "two writers on one device come one after the other" one_after_the_other
t "who waits for another writer can be killed" the_second_one_may_give_up
t "a request may be over before its writer waits for it" over_before_its_writer_waits
t "neither reads nor other devices wait for a probe" nobody_else_waits
t "nor do reads wait for whoever has the device's lock" reads_do_not_wait_for_others
t "500 random writes from eight writers on one device" random_writes 63 $EDU
t "500 random writes from eight writers on four devices" \
	random_writes 63 $EDU $EDU2 $IVSHMEM $TESTDEV
