# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh: what a step is written with, beyond tests/lab/guest/lib.sh.

. "$LAB_DIR/guest/lib.sh"

ROOT_DISK=0000:00:1c.0
# shellcheck disable=SC2034 # for the steps
POLICY=/etc/driver-flavour.d/50-lab.conf

# driver_is DEV DRIVER
driver_is() {
	assert_eq "$(driver_of "$1")" "$2" "the driver of $1"
}

# flavour_is DEV FLAVOUR DRIVER
flavour_is() {
	assert_eq "$(flavour_of "$1")" "$2" "the flavour of $1"
	driver_is "$1" "$3"
}

# What the native driver says of a device when it binds it.
never_touched() { # DEV MODULE
	dmesg | grep "$2 $1: " && fail "$2 has touched $1"
	return 0
}

# log_time PATTERN: the time of the first such line in the kernel log, in µs.
log_time() {
	dmesg | grep -m 1 -E "$1" | sed 's/^\[ *\([0-9]*\)\.\([0-9]*\)\].*/\1\2/'
}

unit_property() { # UNIT PROPERTY
	systemctl show --value -p "$2" "$1"
}

# before TIME TIME, in µs
before() {
	{ [ -n "$1" ] && [ -n "$2" ] && [ "$1" -lt "$2" ]; } || fail "'$1' is not before '$2'"
}

unit_log() {
	journalctl -b -o cat -u driver-flavour.service
}

module_is_ours() {
	assert loaded driver_flavour
	case $(modinfo -n driver_flavour) in
	*/updates/dkms/*) ;;
	*) fail "it is $(modinfo -n driver_flavour)" ;;
	esac
	assert_eq "$(cat /sys/module/driver_flavour/parameters/loader)" "/usr/sbin/flavour-load -q --"
}

# The four devices of files/policy.conf, and one that is in no rule.
policy_applies() {
	flavour_is "$NIC_A" vfio vfio-pci
	flavour_is "$NVME2" vfio vfio-pci
	flavour_is "$NVME" vfio vfio-pci
	flavour_is "$EDU2" none -
	flavour_is "$NIC_B" native e1000e
}

# No native driver was ever there before.
policy_holds() {
	policy_applies
	never_touched "$NIC_A" e1000e
	never_touched "$NVME2" nvme
	never_touched "$NVME" nvme
}

unit_came_first() {
	assert_eq "$(systemctl is-active driver-flavour.service)" active
	before "$(unit_property driver-flavour.service ExecMainExitTimestampMonotonic)" \
		"$(unit_property systemd-udev-trigger.service ExecMainStartTimestampMonotonic)"
	before "$(unit_property driver-flavour.service ExecMainExitTimestampMonotonic)" \
		"$(log_time 'e1000e: Intel')"
	before "$(log_time 'flavour-load: .*Loaded vfio_pci')" "$(log_time 'e1000e: Intel')"
}

nothing_failed() {
	assert_eq "$(systemctl --failed --plain --no-legend | sed 's/ .*//')" ""
}

# files/bad.conf is in the policy: what it says is named, and the rest holds.
unit_failed() {
	unit_log
	assert_eq "$(systemctl is-failed driver-flavour.service)" failed
	assert_eq "$(systemctl is-system-running)" degraded
	unit_log | grep -q '/etc/driver-flavour.d/90-bad.conf:2:6: ' || fail "the bad line is not named"
}

unit_refused_root() {
	unit_log
	unit_log | grep "$ROOT_DISK: skipped" | grep -q mounted || fail "the journal has no reason"
	flavour_is "$ROOT_DISK" native virtio-pci
}
