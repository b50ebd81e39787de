# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The loader turned off: a uevent asks for the module, and real udev runs flavour-load.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

start_udev() {
	mkdir -p /run/udev/rules.d
	sed "s|@sbindir@|$LAB_TOP/build|" "$LAB_TOP/system/udev/60-driver-flavour.rules.in" \
		>/run/udev/rules.d/60-driver-flavour.rules
	/lib/systemd/systemd-udevd --daemon
	wait_for 'udevadm control --ping'
}

stop_udev() {
	udevadm settle
	udevadm control --exit
	wait_for 'not pidof systemd-udevd'
	rm -rf /run/udev
}

by_write() {
	assert_eq "$(vfio_modules)" "" "vfio modules before"
	assert_eq "$(set_flavour $EDU vfio)" ""
	assert_eq "$(driver_of $EDU)" test_exact_vfio_pci
	assert not loaded vfio_pci
	assert vfio-info $EDU
	assert_eq "$(set_flavour $EDU native)" ""
}

by_rule() {
	rmmod test_exact_vfio_pci
	rule r vfio "address=$PORT1_DEV"
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV test_exact_vfio_pci
	assert qmp_unplug hot
	rmdir $RULES/r
}

nobody_listens() {
	rmmod test_exact_vfio_pci
	param loader_timeout 1
	before=$(state_of $EDU)
	assert_eq "$(set_flavour $EDU vfio)" ETIMEDOUT
	assert_eq "$(state_of $EDU)" "$before"
}

install_modules test_exact_vfio_pci
param loader ""
param loader_timeout 600
start_udev
t "a write makes the device a VFIO device" by_write
t "so does a rule" by_rule
stop_udev
t "nobody listens: ETIMEDOUT, and the device as before" nobody_listens
