# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# modules.sh: kernel modules in the guest.
#
# busybox's shell prefers its own applets, and its modprobe is not the one that
# the kernel runs; these functions make the plain names mean kmod's.  They do
# not reach inside `timeout` or `xargs`: write /sbin/modprobe there.

modprobe() { /sbin/modprobe "$@"; }
insmod() { /sbin/insmod "$@"; }
rmmod() { /sbin/rmmod "$@"; }
depmod() { /sbin/depmod "$@"; }
lsmod() { /sbin/lsmod "$@"; }
modinfo() { /sbin/modinfo "$@"; }

lab_ours=/run/lab/ours
lab_updates=/lib/modules/$(uname -r)/updates

# loaded MODULE
loaded() {
	[ -e "/sys/module/$1/initstate" ]
}

# refcount MODULE: how many users, or `-` when it is not loaded.
refcount() {
	cat "/sys/module/$1/refcnt" 2>/dev/null || echo -
}

# vfio_modules: the loaded modules that have to do with VFIO.
vfio_modules() {
	sed -n 's/^\([^ ]*vfio[^ ]*\) .*/\1/p' /proc/modules
}

# install_modules NAME…: make modules of build/modules known to modprobe.
# Only driver_flavour is, when a scenario begins.
install_modules() {
	for lab_m in "$@"; do
		cp "$lab_ours/$lab_m.ko" "$lab_updates/" ||
			{ fail "no module $lab_m was built"; return 1; }
	done
	depmod
}

# uninstall_modules NAME…: the opposite.
uninstall_modules() {
	for lab_m in "$@"; do
		rm -f "$lab_updates/$lab_m.ko"
	done
	depmod
}

# module_path NAME: the file of one of ours, for insmod.
module_path() {
	echo "$lab_ours/$1.ko"
}

# param NAME VALUE: a parameter of driver_flavour.
param() {
	echo "$2" >"/sys/module/driver_flavour/parameters/$1"
}
