# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl refuses a device of which a process has a node open: sound, DRM, USB, a serial port.
# boot: -q -audiodev -q none,id=mute -q -device -q intel-hda,id=sound,addr=18.0 -q -device -q hda-duplex,bus=sound.0,audiodev=mute -q -device -q bochs-display,addr=19.0 -q -device -q qemu-xhci,id=xhci,addr=1a.0 -q -device -q usb-kbd,bus=xhci.0 -q -chardev -q null,id=line -q -device -q pci-serial,chardev=line,addr=1b.0
# stock only: it is about what user space finds
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

SOUND=0000:00:18.0
GPU=0000:00:19.0
USB=0000:00:1a.0
SERIAL=0000:00:1b.0

# held NODE: by a process that does nothing else.
held() {
	wait_for "[ -c $1 ]"
	tail -f /dev/null 3<"$1" &
	holder=$!
	wait_for "[ -e /proc/$holder/fd/3 ] && [ \"\$(readlink /proc/$holder/fd/3)\" = $1 ]"
}

let_go() {
	kill $holder
	wait $holder || :
}

# open_refused DEV NODE: with the user named and no word of force, and untouched.
open_refused() {
	untouched 1 "$1" set vfio "$1"
	complains "$2 is open in process $holder (tail). End it first"
	not grep -q force $lab_run/ctl.err
	untouched 1 "$1" set none "$1"
	untouched 1 "$1" set -n vfio "$1"
	ctl 0 explain -J "$1"
	assert grep -q '"kind": *"open"' $lab_run/ctl.out
	assert_eq "$(field command)" null "a command for what is in use"
}

# taken_and_back DEV DRIVER OPTION…
taken_and_back() {
	taken_dev=$1 taken_driver=$2
	shift 2
	ctl 0 set vfio "$@" "$taken_dev"
	is "$taken_dev" vfio-pci
	ctl 0 reset "$taken_dev"
	is "$taken_dev" "$taken_driver"
}

sound_is_open() {
	bind_native $SOUND snd-hda-intel
	held /dev/snd/controlC0
	open_refused $SOUND /dev/snd/controlC0
	within 25000 untouched 1 $SOUND set vfio --force $SOUND
	let_go
	taken_and_back $SOUND snd_hda_intel
}

a_renamed_node_of_another_namespace() {
	wait_for "[ -c /dev/snd/controlC0 ]"
	number=$(cat /sys/class/sound/controlC0/dev)
	unshare -m sh -c "mount -t tmpfs none /mnt && mknod /mnt/x c ${number%:*} ${number#*:} &&
		exec tail -f /dev/null 3</mnt/x" &
	holder=$!
	wait_for "[ \"\$(cat /proc/$holder/comm)\" = tail ]"
	open_refused $SOUND /dev/snd/controlC0
	let_go
}

a_display_is_open() {
	bind_native $GPU bochs
	held /dev/dri/card0
	open_refused $GPU /dev/dri/card0
	let_go
	untouched 1 $GPU set vfio $GPU
	complains "$GPU is the display that the console is on"
	for con in /sys/class/vtconsole/vtcon*; do
		! grep -q "frame buffer" $con/name || echo 0 >$con/bind
	done
	untouched 1 $GPU set vfio $GPU
	complains "$GPU"
	ctl 0 explain -J $GPU
	assert_eq "$(field kind)" display
	taken_and_back $GPU bochs-drm --force
}

a_serial_port_is_open() {
	assert_eq "$(driver_of $SERIAL)" serial
	tty=$(cd "$(find -L "$(sysfs $SERIAL)" -maxdepth 3 -type d -name tty | head -n 1)" && echo tty*)
	held "/dev/$tty"
	open_refused $SERIAL "/dev/$tty"
	let_go
	taken_and_back $SERIAL serial
}

# A PS/2 keyboard would do instead of the USB one, while it is there.
the_only_keyboard() {
	modprobe usbhid
	modprobe hid-generic
	bind_native $USB xhci-pci
	wait_for "grep -q 'QEMU USB Keyboard' /proc/bus/input/devices"
	ps2=$(cd /sys/bus/serio/drivers/atkbd && echo serio*)
	[ "$ps2" = "serio*" ] || untouched 0 $USB set -n vfio $USB
	[ "$ps2" = "serio*" ] || echo "$ps2" >/sys/bus/serio/drivers/atkbd/unbind
	untouched 1 $USB set vfio $USB
	complains "$USB has the only keyboard"
	not grep -q force $lab_run/ctl.err
	set -- /dev/bus/usb/001/00*
	held "$1"
	open_refused $USB "$1"
	let_go
	taken_and_back $USB xhci_hcd --force
	[ "$ps2" = "serio*" ] || echo "$ps2" >/sys/bus/serio/drivers/atkbd/bind
}

open_tests() {
	t "sound: refused, forced or not$1" sound_is_open
	t "a node of another name in another namespace$1" a_renamed_node_of_another_namespace
	t "a display: refused; with its console, too$1" a_display_is_open
	t "a serial port: refused$1" a_serial_port_is_open
	t "USB: the only keyboard, and a device of the controller$1" the_only_keyboard
}

open_tests ""
t "the kernel module is not there" without_module
open_tests ", without the module"
