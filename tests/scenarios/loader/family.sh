# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# What modprobe starts for an "install" line goes when modprobe goes.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

PATIENCE=600
param loader_timeout $PATIENCE

# An install line that sleeps, and would load the module then. It has a child, a
# grandchild whose parent is gone, and one that left the session.
install_line() {
	rm -f $lab_run/family $lab_run/went-on
	printf '%s\n' '#!/bin/busybox sh' "here() { echo \$1 >>$lab_run/family; }" \
		"here \$\$; sleep 1000 & here \$!" \
		"(sleep 1000 & here \$!)" \
		"setsid sh -c 'echo \$\$ >>$lab_run/family; exec sleep 1000' &" \
		"wait; : >$lab_run/went-on; exec /sbin/modprobe --ignore-install vfio_pci" \
		>$lab_run/install
	chmod +x $lab_run/install
	echo "install vfio_pci $lab_run/install" >/etc/modprobe.d/lab.conf
}

# family_runs: all five are there, modprobe among them: $modprobe is its process.
family_runs() {
	wait_for "[ -s $lab_run/family ] && [ \$(wc -l <$lab_run/family) -eq 4 ]" || return
	read -r first <$lab_run/family
	read -r _ _ _ modprobe _ <"/proc/$first/stat" # its parent: the shell of system()
	case $(cat "/proc/$modprobe/comm") in
	*modprobe*) ;;
	*) read -r _ _ _ modprobe _ <"/proc/$modprobe/stat" ;;
	esac
	assert_eq "$(cat "/proc/$modprobe/comm")" modprobe
	echo "$modprobe" >>$lab_run/family
}

# all_gone: each of them, and none went on.
all_gone() {
	while read -r pid; do
		wait_for "[ ! -e /proc/$pid ]" || fail "left: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done <$lab_run/family
	assert [ ! -e $lab_run/went-on ]
	assert not loaded vfio_pci
}

hanging() {
	install_line
	writing hung $EDU vfio
	family_runs && asleep "$writer"
}

the_writer_is_killed() {
	hanging
	kill -KILL "$writer"
	all_gone
	is_native $EDU
}

the_time_is_over() {
	param loader_timeout 3
	install_line
	writing late $EDU vfio
	family_runs
	written late ETIMEDOUT
	param loader_timeout $PATIENCE
	all_gone
	is_native $EDU
}

modprobe_is_killed() {
	hanging
	kill -KILL "$modprobe"
	written hung ENODEV
	all_gone
	is_native $EDU
}

# It has no job left, but may be a daemon that the install line was there to start.
who_stays_behind_is_left_alone() {
	printf '%s\n' '#!/bin/busybox sh' \
		"sleep 1000 >/dev/null 2>&1 & echo \$! >$lab_run/daemon" \
		"exec /sbin/modprobe --ignore-install vfio_pci" >$lab_run/install
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert kill -0 "$(cat $lab_run/daemon)"
	kill -KILL "$(cat $lab_run/daemon)"
	assert set_flavour $EDU native
	rmmod vfio_pci
}

groups_are_those_of_any() {
	use_loader "id -G >$lab_run/groups; cat /proc/self/status >$lab_run/status"
	refused $EDU vfio ENODEV
	assert_eq "$(sed -n 's/^Groups:[[:space:]]*//p' $lab_run/status)" "" "groups"
	param loader "kernel.modprobe -q --"
}

rmmod_ends_it() {
	hanging
	within 25000 assert rmmod driver_flavour
	written hung ENODEV
	all_gone
	assert_eq "$(driver_of $EDU) $(override_of $EDU)" "- (null)"
}

t "the writer is killed: nothing that modprobe started is left" the_writer_is_killed
t "so it is when its time is over" the_time_is_over
t "so it is when somebody kills modprobe" modprobe_is_killed
t "what a loader leaves behind that ended well is left alone" who_stays_behind_is_left_alone
t "a loader has no supplementary groups" groups_are_those_of_any
t "rmmod: nothing is left either" rmmod_ends_it
