# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# root=LABEL=… does not say which disk it is, so the initramfs takes none. The
# network card can't be it.

. "$LAB_TOP/tests/boot/guest/lib.sh"

left_alone() {
	dmesg | grep 'driver-flavour: '
	for disk in "$ROOT_DISK" "$NVME" "$NVME2"; do
		dmesg | grep "driver-flavour: .*$disk" | grep -q 'root=LABEL=lab' || fail "the log has no reason for $disk"
	done
	dmesg | grep 'does not appear:' && fail "it had to be rescued"
	never_touched "$NIC_A" e1000e
}

t "no disk is taken in the initramfs" left_alone
t "the unit refuses the root disk" unit_refused_root
t "and takes the others" policy_applies
