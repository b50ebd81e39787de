# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The boot display is refused while the console is on it; forced, it is claimed.
# boot: -q -device -q VGA,addr=01.0 -a vga=0x314
# stock only: it is about what user space finds
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

VGA=0000:00:01.0

display_is_refused() {
	read -r boot_vga <"$(sysfs $VGA boot_vga)"
	assert_eq "$boot_vga" 1 boot_vga
	assert grep -q VESA /proc/fb
	untouched 1 $VGA set vfio $VGA
	complains "$VGA is the boot display and the console is on it"
	untouched 1 $VGA set none $VGA
	assert grep -q VESA /proc/fb
	ctl 0 explain -J $VGA
	assert_eq "$(field kind)" display
}

display_is_forced() {
	ctl 0 set vfio --force $VGA
	is $VGA vfio-pci
	ctl 0 explain $VGA
	ctl 0 reset $VGA
	is $VGA -
}

# The console stays with the firmware's framebuffer.
mkdir -p /etc/modprobe.d
echo "blacklist bochs" >/etc/modprobe.d/lab-57.conf
t "the boot display is refused, and goes on" display_is_refused
t "forced, it is claimed" display_is_forced
t "the kernel module is not there" without_module
t "with its framebuffer gone, nobody minds" ctl 0 set vfio $VGA
rm /etc/modprobe.d/lab-57.conf
