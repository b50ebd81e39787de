# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Without rules all is native again.  Then the packages go.

. "$LAB_TOP/tests/boot/guest/lib.sh"

native() {
	flavour_is "$NIC_A" native e1000e
	flavour_is "$NVME2" native nvme
	flavour_is "$NVME" native nvme
	flavour_is "$EDU2" native -
	assert_eq "$(vfio_modules)" ""
	assert_eq "$(ls /sys/kernel/config/driver_flavour/pci)" ""
}

purge() {
	apt-get purge -y flavourctl driver-flavour-dkms libflavour-dev libflavour0 ||
		fail "apt-get said $?"
	sync
}

t "the devices are native" native
t "no unit failed" nothing_failed
t "the packages are purged" purge
