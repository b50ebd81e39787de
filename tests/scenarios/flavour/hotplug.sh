# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 180
# smp
# Devices that come and go, under a write too.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

DEV=$PORT1_DEV

# is_gone: and nothing of ours holds on to anything.
is_gone() {
	assert [ ! -e "$(sysfs $DEV)" ]
	assert_eq "$(refcount driver_flavour)" 0 "users of driver_flavour"
}

it_starts_native() {
	qmp_plug edu hot "$PORT1"
	assert_eq "$(stat -c %a "$(flavour_file $DEV)")" 644
	is_native $DEV
	assert set_flavour $DEV vfio
	is $DEV vfio-pci vfio vfio-pci
	assert vfio-info $DEV
}

claimed_and_unplugged() {
	assert qmp_unplug hot
	is_gone
	assert_eq "$(refcount vfio_pci)" 0 "users of vfio_pci"
}

plugged_again() {
	qmp_plug edu hot "$PORT1"
	is_native $DEV
	assert set_flavour $DEV none
	assert qmp_unplug hot
	is_gone
	qmp_plug edu hot "$PORT1"
	is_native $DEV
}

# VFIO asks whoever has it to let go, and the unplug waits for that alone.
held_and_unplugged() {
	assert set_flavour $DEV vfio
	hold $DEV --release-on-request
	refused $DEV native EBUSY
	assert qmp_unplug hot
	wait $holder
	assert grep -q "after request" $lab_run/held
	is_gone
}

under_the_loader() {
	qmp_plug edu hot "$PORT1"
	use_hanging_loader
	writing hung $DEV vfio
	hung=$writer
	loader_runs && asleep "$hung"
	writing second $DEV none
	asleep "$writer"
	assert qmp_unplug hot
	written hung ENODEV
	written second ENODEV
	loader_is_gone
	is_gone
	param loader /bin/true
}

# done_or_too_late NAME: the writer ends, with ok or ENODEV.
done_or_too_late() {
	wait_for "[ -s $lab_run/written.$1 ]"
	case $(cat "$lab_run/written.$1") in
	ok | ENODEV) ;;
	*) fail "the writer's answer: $(cat "$lab_run/written.$1")" ;;
	esac
}

# The probe was under way: it may be over before the unplug is, or not.
under_a_slow_probe() {
	insmod "$(module_path test_slow_vfio_pci)" delay_ms=1500
	qmp_plug pci-testdev hot "$PORT1"
	writing slow $DEV vfio
	wait_for '[ "$(cat /sys/module/test_slow_vfio_pci/parameters/probes)" -ge 1 ]'
	assert qmp_unplug hot
	done_or_too_late slow
	is_gone
	assert_eq "$(refcount test_slow_vfio_pci)" 0 "users of the variant"
	rmmod test_slow_vfio_pci
}

# A sibling in another port is not concerned.
others_stay() {
	qmp_plug edu hot "$PORT1"
	qmp_plug edu other "$PORT2"
	assert set_flavour $DEV vfio
	assert set_flavour "$PORT2_DEV" vfio
	assert qmp_unplug hot
	is_gone
	is "$PORT2_DEV" vfio-pci vfio vfio-pci
	assert vfio-info "$PORT2_DEV"
	assert qmp_unplug other
}

# removed DEV: by hand, and found again by a rescan.
removed_and_found() {
	assert set_flavour $EDU2 vfio
	echo 1 >"$(sysfs $EDU2 remove)"
	assert [ ! -e "$(sysfs $EDU2)" ]
	echo 1 >/sys/bus/pci/rescan
	is_native $EDU2
}

# The PCI core shows a device before it gives it its resources.
before_it_is_added() {
	modprobe vfio-pci
	param loader /bin/true
	echo 1 >"$(sysfs $EDU2 remove)"
	assert insmod "$(module_path test_add_wait)"
	echo 1 >/sys/bus/pci/rescan &
	scanning=$!
	wait_for '[ "$(cat /sys/module/test_add_wait/parameters/waits)" = Y ]'
	writing early $EDU2 vfio
	usleep 1000000
	assert_eq "$(driver_of $EDU2)" - "its driver"
	assert [ ! -s $lab_run/written.early ]
	assert_eq "$(flavour_of $EDU2)" native
	echo 1 >/sys/module/test_add_wait/parameters/go
	written early ok
	wait $scanning
	rmmod test_add_wait
	is $EDU2 vfio-pci vfio vfio-pci
	assert vfio-info $EDU2
	assert set_flavour $EDU2 native
}

under_many_writes() {
	qmp_plug edu hot "$PORT1"
	for n in 1 2 3; do
		# shellcheck disable=SC2016 # for the inner shell
		sh -c 'while [ -e "$1" ]; do for w in vfio none native; do echo $w >"$1"; done; done' \
			sh "$(flavour_file $DEV)" 2>/dev/null &
		eval "hammer$n=$!"
	done
	wait_for "[ \"\$(flavour_of $DEV)\" != native ]"
	assert qmp_unplug hot
	# shellcheck disable=SC2154 # set by eval
	wait "$hammer1" "$hammer2" "$hammer3"
	is_gone
}

# The driver is unbound, and whoever did it still has the IOMMU group.
removed_after_the_unbind() {
	qmp_plug edu hot "$PORT1"
	assert set_flavour $DEV vfio
	stall device_release_driver
	writing stalled $DEV native
	stalled
	echo 1 >"$(sysfs $DEV remove)" &
	ends_or_waits $!
	go_on
	done_or_too_late stalled
	wait $!
	is_gone
	assert qmp_unplug hot
}

t "a plugged device has the file, is native, and can be claimed" it_starts_native
t "unplugged while it is claimed, it is gone" claimed_and_unplugged
t "plugged again, it starts native, whatever it was" plugged_again
t "unplugged while user space has it" held_and_unplugged
t "unplugged under the loader: ENODEV, for those who wait too" under_the_loader
t "unplugged under a slow probe" under_a_slow_probe
t "another plugged device stays as it is" others_stay
t "removed by hand and found again, it starts native" removed_and_found
t "written to before it has its resources: it waits for them" before_it_is_added
t "unplugged under many writes" under_many_writes
t "removed while whoever unbound it has its IOMMU group" removed_after_the_unbind
