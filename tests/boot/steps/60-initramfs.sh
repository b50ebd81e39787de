# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The native drivers are in the initramfs, and so is the policy.  It has the rule
# for the root disk, too.

. "$LAB_TOP/tests/boot/guest/lib.sh"

# The root file system is mounted after all that.
came_first() {
	before "$(log_time 'driver-flavour: the policy has been applied')" "$(log_time 'e1000e: Intel')"
	before "$(log_time 'e1000e: Intel')" "$(log_time 'EXT4-fs \(vda\): mounted')"
}

root_was_refused() {
	dmesg | grep 'driver-flavour: '
	dmesg | grep "driver-flavour: .*$ROOT_DISK" | grep -q 'root=' || fail "the log has no reason"
	flavour_is "$ROOT_DISK" native virtio-pci
}

t "the module is DKMS's, and loads by flavour-load" module_is_ours
t "the devices have the policy's flavours" policy_holds
t "before e1000e was loaded, in the initramfs" came_first
t "the root disk was refused there, with the reason" root_was_refused
t "the unit has failed, and the journal names file, line and column" unit_failed
t "the root disk is refused again there" unit_refused_root
