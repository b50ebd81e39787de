# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The next boot finds the same.  Then the policy gets what it must cope with.

. "$LAB_TOP/tests/boot/guest/lib.sh"

# A variant for e1000e is installed: that is what an initramfs would need.
initramfs_modules() {
	updates=/lib/modules/$(uname -r)/updates
	cp "$LAB_TOP/build/modules/$(uname -r)/test_nic_vfio_pci.ko" "$updates" && depmod
	assert_eq "$(/usr/lib/driver-flavour/modules "$(uname -r)" | sort | tr '\n' ' ')" \
		"driver_flavour test_nic_vfio_pci vfio-pci vfio_pci "
	rm "$updates/test_nic_vfio_pci.ko" && depmod
}

# By itself: another package's hook may bring the same file.
initramfs_libraries() {
	DESTDIR=/run/lab/hook MODULESDIR=/lib/modules/$(uname -r) version=$(uname -r) verbose=n
	export DESTDIR MODULESDIR version verbose
	mkdir -p $DESTDIR/etc $DESTDIR/conf $DESTDIR/lib/modules
	assert /usr/share/initramfs-tools/hooks/driver-flavour
	for lib in libflavour.so.0 libkmod.so.2; do
		assert_ne "$(find $DESTDIR/ -name $lib)" "" "the initramfs's $lib"
	done
}

not_the_root_disk() {
	flavourctl rule add vfio "address=$ROOT_DISK" && fail "the rule was added"
	grep -h "$ROOT_DISK" /etc/driver-flavour.d/* && fail "it is in the policy"
	return 0
}

spoil() {
	cp "$LAB_TOP/tests/boot/files/bad.conf" /etc/driver-flavour.d/90-bad.conf
}

t "the devices have the policy's flavours" policy_holds
t "before udev, and before e1000e was loaded" unit_came_first
t "no unit failed" nothing_failed
t "an initramfs would get the modules of the candidates" initramfs_modules
t "it would get the libraries that are loaded at run time" initramfs_libraries
t "a rule that would take the root disk is not added" not_the_root_disk
t "the policy gets a line that is wrong, and one that takes the root disk" spoil
