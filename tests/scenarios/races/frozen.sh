# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# smp
# User space is frozen, as for a suspend: what needs it waits until it is back.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# freeze: user space, for some seconds, in which the first CPU does nothing but count them.
freeze() {
	taskset 1 sh -c 'echo freeze >/sys/power/state'
}

test_of_the_freezer() {
	echo freezer >/sys/power/pm_test
	echo 8 >/sys/module/suspend/parameters/pm_test_delay
	log_mark
	before=$(now_ms)
	freeze
	took=$(($(now_ms) - before))
	log_since | grep -E "[Ff]reez|Restarting tasks|suspend debug"
	assert log_since_has "suspend debug: Waiting for 8 second"
}

# came_while_frozen DEV: the log says so.
came_while_frozen() {
	log_since | awk -v dev="$1" '
		/suspend debug: Waiting/ { frozen = 1 }
		/Restarting tasks/ { frozen = 0 }
		frozen && index($0, dev ": [") { found = 1 }
		END { exit !found }'
}

# found_while_frozen: EDU2, whose driver nobody has loaded yet.
found_while_frozen() {
	echo 1 >"$(sysfs $EDU2 remove)"
	log_mark
	assert taskset 2 insmod "$(module_path test_rescan)" delay_ms=3000
	freeze
	rmmod test_rescan
	log_since
	assert came_while_frozen $EDU2
}

bound_afterwards() {
	assert not loaded vfio_pci
	rule r vfio "address=$EDU2"
	found_while_frozen
	becomes_vfio $EDU2 vfio-pci
	is $EDU2 vfio-pci vfio vfio-pci
	assert not log_since_has "can't be run"
	assert not log_since_has "held without a driver"
	assert vfio-info $EDU2
	assert set_flavour $EDU2 native
}

# Its loader was frozen with everybody else, and no time of it counts.
a_loader_that_runs() {
	rmdir $RULES/r
	rmmod vfio_pci
	use_loader 'sleep 3; exec /sbin/modprobe "$@"'
	writing claim $IVSHMEM vfio
	loader_runs && asleep "$writer"
	freeze
	written claim ok
	is $IVSHMEM vfio-pci vfio vfio-pci
	assert set_flavour $IVSHMEM native
}

under_a_probe() {
	slow=/sys/module/test_slow_vfio_pci/parameters
	insmod "$(module_path test_slow_vfio_pci)" delay_ms=3000
	param loader /bin/true
	writing claim $TESTDEV vfio
	wait_for "[ \$(cat $slow/probes) -ge 1 ]"
	freeze
	written claim ok
	is $TESTDEV test_slow_vfio_pci vfio test_slow_vfio_pci
	assert set_flavour $TESTDEV native
	rmmod test_slow_vfio_pci
}

# --- no program can be run, and user space runs already ------------------------

# thawed_too_soon: a write of `freeze` is held before it lets programs be run again.
thawed_too_soon() {
	echo freezer >/sys/power/pm_test
	echo 0 >/sys/module/suspend/parameters/pm_test_delay
	stall __usermodehelper_set_disable_depth entry=1 skip=2
	echo freeze >/sys/power/state &
	freezer=$!
	stalled
}

trace_loaders() {
	echo >/sys/kernel/tracing/trace
	echo "$1" >/sys/kernel/tracing/events/driver_flavour/flavour_loader/enable
}

was_refused() {
	grep -q "flavour_loader: $1: -11$" /sys/kernel/tracing/trace
}

# Its loader is run as soon as that can be.
a_loader_that_is_refused() {
	assert not loaded vfio_pci
	trace_loaders 1
	thawed_too_soon
	writing early $EDU2 vfio
	wait_for "was_refused 'vfio_pci:.*'"
	override_meanwhile=$(override_of $EDU2)
	assert [ ! -s $lab_run/written.early ]
	go_on
	written early ok
	wait $freezer
	trace_loaders 0
	assert_eq "$override_meanwhile" "(null)"
	is $EDU2 vfio-pci vfio vfio-pci
	assert set_flavour $EDU2 native
	rmmod vfio_pci
}

# Nobody waits for its loader.
a_word_meanwhile() {
	thawed_too_soon
	echo vfio >"$(sysfs $EDU2 driver_override)"
	within 25000 eval 'echo $EDU2 >/sys/bus/pci/drivers_probe'
	is $EDU2 - vfio vfio
	go_on
	wait $freezer
	becomes_vfio $EDU2 vfio-pci
	assert vfio-info $EDU2
	assert set_flavour $EDU2 native
	rmmod vfio_pci
}

thaw() {
	echo none >/sys/power/pm_test
	echo 5 >/sys/module/suspend/parameters/pm_test_delay
}

[ -w /sys/power/pm_test ] || skip_all "the kernel has no test of the freezer (PM_DEBUG)"
t "a write whose loader is refused waits for the end of the thaw" a_loader_that_is_refused
t "so does a device that a word asks for" a_word_meanwhile
t "the kernel freezes user space, and lets it go on" test_of_the_freezer
# 6.1's wait goes by a count of loops, which is none here.
[ "$took" -gt 5000 ] || {
	thaw
	skip_all "the kernel's test of the freezer takes $took ms"
}
t "a device that a rule awaits, and that comes meanwhile, is bound" bound_afterwards
t "a write whose loader runs goes on" a_loader_that_runs
t "a write whose driver probes goes on" under_a_probe
thaw
