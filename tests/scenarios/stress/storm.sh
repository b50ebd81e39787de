# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 4
# timeout: 2000
# smp
# Everything at once: eight writers, hot-plug, and what is left afterwards.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

# Ten minutes by `make storm`, one on the debug kernel, else a short one.
seconds=10
! feature kmemleak || seconds=60
seconds=${LAB_STORM:-$seconds}

DEVICES="$EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2 $NVME $NVME2 $NIC_A $NIC_B"

plug_and_unplug() {
	plugs=0
	while [ -e $lab_run/storming ]; do
		for port in hp1 hp2; do
			qmp_plug edu "storm-$port" $port && qmp_unplug "storm-$port" &&
				plugs=$((plugs + 1))
			echo "$plugs" >$lab_run/plugs
		done
	done
}

# storm leaves its line of counts in $lab_run/storm.
storms() {
	install_modules test_exact_vfio_pci test_narrow_vfio_pci test_nic_vfio_pci \
		test_class_vfio_pci test_fail_vfio_pci test_slow_vfio_pci test_native_fail
	modprobe nvme
	modprobe test_slow_vfio_pci delay_ms=30
	becomes $NVME nvme
	# No native driver on a VF: one that is not online makes nvme wait for seconds.
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	: >$lab_run/storming
	plug_and_unplug >$lab_run/plug.log 2>&1 &
	plugger=$!
	# shellcheck disable=SC2086 # a list
	storm -v 0000:03:00.1 -v 0000:03:00.2 "$seconds" 8 $PORT1_DEV $PORT2_DEV $DEVICES \
		>$lab_run/storm || fail "a writer did not come back"
	rm $lab_run/storming
	wait $plugger
	cat $lab_run/storm
	sed 's/^/lab: storm: /' $lab_run/storm >/dev/kmsg
	awk '$3 == "done," { print $2, "storm:", $1; n += $4 }
	     END { print n, "storm: (refused, of all these)" }' $lab_run/storm >>$lab_run/counts
	count "$(cat $lab_run/plugs)" "storm: hot-plug and unplug"
}

unplugged() {
	for id in storm-hp1 storm-hp2; do
		! qmp_has $id >/dev/null || qmp_unplug $id
	done
	assert_eq "$(qmp_has storm-hp1 >/dev/null; echo $?)$(qmp_has storm-hp2 >/dev/null; echo $?)" 11
}

# Nobody but the slow one works now: what is queued shall come to its end.
settles() {
	rmdir $RULES/* 2>/dev/null
	loaded driver_flavour || modprobe driver_flavour
	wait_for "not grep -qs '^State:.D' /proc/[0-9]*/status"
}

# lists DRIVER DEV: does its table? An override binds it to others as well.
lists() {
	[ "$1" != vfio-pci ] || return 0
	for alias in $(modinfo -F alias "$1"); do
		# shellcheck disable=SC2254 # it is a pattern
		case vfio_$(modalias_of "$2") in
		$alias) return 0 ;;
		esac
	done
	return 1
}

# What the attribute says is so: a VFIO driver and a vfio_device, or not.
true_of() {
	look "$1"
	case $driver in
	*vfio*)
		assert_ne "$vfio_dev" - "$1, bound to $driver"
		lists "$driver" "$1" && listed=vfio || listed=native
		assert_eq "$flavour" $listed "$1, bound to $driver"
		;;
	-) case $flavour-$override in
		"vfio-(null)" | "none-(null)") fail "$1 without a driver or an override is $flavour" ;;
	   esac ;;
	*) assert_eq "$flavour" native "$1, bound to $driver" ;;
	esac
}

# Those that came in the storm, too.
all_true() {
	for dev in $DEVICES; do
		assert [ -e "$(sysfs $dev)" ]
	done
	for dev in /sys/bus/pci/devices/*; do
		true_of "${dev##*/}"
	done
}

# Unbound by hand with VFs enabled, it keeps them; nobody but its driver can take
# them away.
drop_vfs() {
	[ -e "$(sysfs $NVME virtfn0)" ] || return 0
	[ "$(driver_of $NVME)" != - ] || echo $NVME >/sys/bus/pci/drivers/nvme/bind
	echo 0 >"$(sysfs $NVME sriov_numvfs)"
}

all_work() {
	for dev in $DEVICES; do
		echo >"$(sysfs "$dev" driver_override)"
		case $dev in
		"$NVME") drop_vfs ;;
		esac
		assert set_flavour "$dev" vfio
		true_of "$dev"
		assert_eq "$flavour" vfio "$dev"
		assert set_flavour "$dev" native
		true_of "$dev"
		assert_eq "$flavour" native "$dev"
	done
}

all_go() {
	for dev in $DEVICES; do
		echo >"$(sysfs "$dev" driver_override)"
	done
	for module in driver_flavour test_exact_vfio_pci test_narrow_vfio_pci test_nic_vfio_pci \
		test_class_vfio_pci test_fail_vfio_pci test_slow_vfio_pci test_native_fail vfio_pci; do
		! loaded $module || assert rmmod $module
	done
}

t "$seconds seconds of eight writers and hot-plug" storms
t "$(sed -n 's/^operations //p' $lab_run/storm) operations, $(cat $lab_run/plugs) hot-plugs" unplugged
t "it comes to rest" settles
t "every device's attribute tells the truth" all_true
t "every device can be claimed and given back" all_work
t "every module can be removed" all_go
