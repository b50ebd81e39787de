# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# VFs that are born as VFIO devices.
# needs: kprobes
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

TRACING=/sys/kernel/tracing
ALL="0 1 2 3 4 5 6 7"

set_vfs() {
	echo "$1" >"$(sysfs $NVME sriov_numvfs)"
}

# Every probe that nvme makes shows as a call of its probe function.
watch_probes() {
	echo >$TRACING/trace
	echo 'p:lab_probe nvme:nvme_probe' >$TRACING/kprobe_events
	echo 1 >$TRACING/events/kprobes/lab_probe/enable
}

probes() {
	grep -c lab_probe: $TRACING/trace
}

unwatch_probes() {
	echo 0 >$TRACING/events/kprobes/lab_probe/enable
	echo >$TRACING/kprobe_events
}

all_are() { # DRIVER FLAVOUR
	for n in $ALL; do
		vf=$(vf_of $NVME "$n")
		assert_eq "$(driver_of "$vf") $(flavour_of "$vf")" "$1 $2" "VF $n"
	done
}

born_as_vfio() {
	assert bind_native $NVME nvme
	rule vfs vfio "physfn=$NVME"
	watch_probes
	set_vfs 8
	all_are vfio-pci vfio
	for n in $ALL; do
		assert_ne "$(vfio_dev_of "$(vf_of $NVME "$n")")" - "VF $n"
	done
	assert_eq "$(probes)" 0 "native probes"
	unwatch_probes
	assert_eq "$(hits vfs)" 8 hits
	assert_eq "$(driver_of $NVME)" nvme PF
	set_vfs 0
}

the_probe_counter_counts() {
	rmdir $RULES/vfs
	watch_probes
	set_vfs 1
	wait_for '[ "$(probes)" -ge 1 ]'
	set_vfs 0
	unwatch_probes
	rule vfs vfio "physfn=$NVME"
}

whatever_autoprobe_says() {
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	set_vfs 8
	all_are vfio-pci vfio
	set_vfs 0
	echo 1 >"$(sysfs $NVME sriov_drivers_autoprobe)"
}

pf_is_refused() {
	set_vfs 2
	before=$(state_of $NVME)
	expect_errno EBUSY "$(flavour_file $NVME)" vfio
	expect_errno EBUSY "$(flavour_file $NVME)" none
	assert_eq "$(state_of $NVME)" "$before"
	set_vfs 0
}

# QEMU's VFs have no queues of their own, so that nvme's probe may decline; but
# it is asked.
one_native_again() {
	set_vfs 2
	vf=$(vf_of $NVME 0)
	watch_probes
	expect_errno ok "$(flavour_file "$vf")" native
	assert_ne "$(probes)" 0 "native probes"
	unwatch_probes
	assert_eq "$(flavour_of "$vf") $(override_of "$vf")" "native (null)" "VF 0"
	assert_eq "$(vfio_dev_of "$vf")" - "VF 0"
	assert_eq "$(driver_of "$(vf_of $NVME 1)")" vfio-pci "VF 1"
	set_vfs 0
}

# Removing a VF waits for its user, as the kernel documents; with the request
# honoured it goes, and nothing is left.
removed_while_open() {
	set_vfs 2
	vf=$(vf_of $NVME 0)
	hold "$vf" --release-on-request
	set_vfs 0
	wait_for '[ ! -e "$(sysfs "$vf")" ]'
	wait $holder
	set_vfs 2
	wait_for '[ "$(driver_of "$(vf_of $NVME 0)")" = vfio-pci ]'
	set_vfs 0
}

none_for_vfs() {
	rmdir $RULES/vfs
	rule vfs none "physfn=$NVME"
	set_vfs 8
	all_are - none
	set_vfs 0
	rmdir $RULES/vfs
}

t "eight VFs are born as VFIO devices, without a native probe" born_as_vfio
t "a native probe would have been counted" the_probe_counter_counts
t "also with sriov_drivers_autoprobe off" whatever_autoprobe_says
t "a PF with VFs keeps its driver" pf_is_refused
t "one VF can be made native again" one_native_again
t "a VF that user space has open can be removed" removed_while_open
t "VFs without any driver" none_for_vfs
