# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# DKMS has no module for this kernel: the policy holds without it.

. "$LAB_TOP/tests/boot/guest/lib.sh"

compat_holds() {
	not loaded driver_flavour
	assert_eq "$(systemctl is-active driver-flavour.service)" active
	driver_is "$NIC_A" vfio-pci
	driver_is "$NVME2" vfio-pci
	driver_is "$NVME" vfio-pci
	driver_is "$EDU2" -
	driver_is "$NIC_B" e1000e
	never_touched "$NIC_A" e1000e
	never_touched "$NVME2" nvme
}

it_says_so() {
	unit_log
	unit_log | grep -q 'driver_flavour is not loaded' || fail "the journal does not say so"
}

late_claim() {
	qmp_start
	qmp_plug e1000e late hp1 mac=52:54:00:df:00:0c romfile= || return
	becomes $PORT1_DEV vfio-pci
}

t "the devices have their drivers" compat_holds
t "the journal says that there is no kernel module" it_says_so
t "no unit failed" nothing_failed
t "a plugged device is udev's" late_claim
