# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine that once had the packages.

. "$LAB_TOP/tests/boot/guest/lib.sh"

# Every name with ours in it, but for what the lab itself has put there.
no_files() {
	find / -xdev \( -name '*flavour*' -o -name '*driver*flavour*' \) ! -path "$LAB_TOP/*" \
		! -path '/var/log/*' ! -path '/var/cache/*' >/run/lab/left
	assert_eq "$(cat /run/lab/left)" /etc/driver-flavour.d "what is left but for the administrator's file"
	dpkg -l | grep flavour && fail "dpkg knows it"
	return 0
}

# Those of the other kernels, too, whose images had the policy.
no_images() {
	n=0
	for image in /boot/initrd.img-*; do
		lsinitramfs "$image" >/run/lab/list || fail "$image can't be read"
		grep -q "etc/initramfs-release\|/init$\|^init$" /run/lab/list || fail "$image is no initramfs"
		assert_eq "$(grep flavour /run/lab/list)" "" "what $image holds"
		n=$((n + 1))
	done
	assert [ $n -ge 2 ]
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

t "no file is left, but those that were written by hand" no_files
t "no initramfs holds anything of it" no_images
t "no module, and no way to load one" no_module
t "the devices are native" all_native
t "no unit failed" nothing_failed
