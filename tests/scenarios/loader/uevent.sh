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

# udev_stays: where each of its processes is; they end now.
udev_stays() {
	for pid in $(pidof systemd-udevd udev-worker "(udev-worker)"); do
		echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		cat "/proc/$pid/stack"
		ls -l "/proc/$pid/fd"
		kill -9 "$pid"
	done
}

stop_udev() {
	udevadm settle
	pkill -TERM -o systemd-udevd
	wait_for 'not pidof systemd-udevd >/dev/null' 300 || udev_stays
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
t "udev begins" start_udev
t "a write makes the device a VFIO device" by_write
t "so does a rule" by_rule
t "udev ends" stop_udev
t "nobody listens: ETIMEDOUT, and the device as before" nobody_listens
