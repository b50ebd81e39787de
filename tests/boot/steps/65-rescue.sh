# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# root=LABEL=… does not say which disk it is, so the initramfs takes the root
# disk as it was told.  It has to find that out.

. "$LAB_TOP/tests/boot/guest/lib.sh"

rescued() {
	dmesg | grep 'driver-flavour: '
	dmesg | grep -q "driver-flavour: .*does not come: $ROOT_DISK" || fail "it was not taken, or nobody says so"
	flavour_is "$ROOT_DISK" native virtio-pci
}

t "the root disk is given back in the initramfs" rescued
t "the unit refuses it" unit_refused_root
t "the other rules hold" policy_applies
