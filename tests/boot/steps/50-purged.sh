# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine that once had the packages.

. "$LAB_TOP/tests/boot/guest/lib.sh"

# Every name with ours in it, but for what the lab itself has put there.
no_files() {
	find / -xdev \( -name '*flavour*' -o -name '*driver*flavour*' \) ! -path "$LAB_TOP/*" \
		! -path '/var/log/*' ! -path '/var/cache/*' >/run/lab/left
	assert_eq "$(cat /run/lab/left)" ""
	zcat /boot/initrd.img-"$(uname -r)" 2>/dev/null | grep -c flavour
	dpkg -l | grep flavour && fail "dpkg knows it"
	return 0
}

no_module() {
	not loaded driver_flavour
	not [ -e /sys/bus/pci/driver_flavours ]
	not modinfo driver_flavour
	assert_eq "$(cat /etc/modprobe.d/* /lib/modprobe.d/* | grep flavour)" ""
	assert_eq "$(find /lib/modules -name dkms)" ""
}

all_native() {
	driver_is "$NIC_A" e1000e
	driver_is "$NVME2" nvme
	driver_is "$NVME" nvme
	for dev in /sys/bus/pci/devices/*; do
		assert_eq "$(cat "$dev/driver_override")" "(null)" "the override of ${dev##*/}"
	done
}

t "no file is left" no_files
t "no module, and no way to load one" no_module
t "the devices are native" all_native
t "no unit failed" nothing_failed
