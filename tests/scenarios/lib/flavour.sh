# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# flavour.sh: what the scenarios of driver_flavour.ko have in common.

# look DEV: what it is now, in $driver, $flavour, $override and $vfio_dev.  No
# process is made for it, unlike in driver_of and its like: it is done often.
look() {
	cd -P "/sys/bus/pci/devices/$1/driver" 2>/dev/null && driver=${PWD##*/} || driver=-
	cd "$LAB_TOP" || return
	flavour=- override=- vfio_dev=-
	[ ! -e "/sys/bus/pci/devices/$1/driver_flavour" ] || read -r flavour <"/sys/bus/pci/devices/$1/driver_flavour"
	read -r override <"/sys/bus/pci/devices/$1/driver_override"
	for look_v in "/sys/bus/pci/devices/$1/vfio-dev"/vfio*; do
		[ ! -e "$look_v" ] || vfio_dev=${look_v##*/}
	done
}

# within MS COMMAND…: its status; fails if it takes longer.  The other way to go is
# to hang, or a loader's 30 s; a host that stalls for seconds is neither.
within() {
	within_ms=$1 within_start=$(now_ms) within_status=0
	shift
	"$@" || within_status=$?
	within_took=$(($(now_ms) - within_start))
	[ "$within_took" -le $((within_ms * LAB_PATIENCE)) ] || fail "took $within_took ms: $*"
	return $within_status
}

# is DEV DRIVER [FLAVOUR OVERRIDE]: that driver, or - for none; and there is a vfio_device
# or not, as due.
is() {
	look "$1"
	[ $# -gt 2 ] || set -- "$1" "$2" "$flavour" "$override"
	assert_eq "$driver $flavour $override" "$2 $3 $4" "$1"
	case $2 in
	*vfio*) assert_ne "$vfio_dev" - "$1's vfio_device" ;;
	*) assert_eq "$vfio_dev" - "$1's vfio_device" ;;
	esac
}

# is_native DEV: as the lab boots.
is_native() {
	is "$1" - native "(null)"
}

# refused DEV WORD ERRNO: and nothing of DEV is different.
refused() {
	look "$1"
	refused_before="$driver $flavour $override $vfio_dev"
	expect_errno "$3" "$(flavour_file "$1")" "$2"
	look "$1"
	assert_eq "$driver $flavour $override $vfio_dev" "$refused_before" \
		"$1 after '$2' was refused"
}

# --- writers in the background ---------------------------------------------

# writing NAME DEV WORD: a writer at work; its process is $writer.
# shellcheck disable=SC2034 # for the scenarios
writing() {
	rm -f "$lab_run/written.$1"
	sysfs-write "$(flavour_file "$2")" "$3" >"$lab_run/written.$1" &
	writer=$!
}

# written NAME ANSWER: the writer ends, with ok or an errno.
written() {
	wait_for "[ -s $lab_run/written.$1 ]" &&
		assert_eq "$(cat "$lab_run/written.$1")" "$2" "the writer's answer"
}

# asleep PID: it waits in our module, and can be interrupted: S, not D.
asleep() {
	wait_for "grep -qs '^State:.S' /proc/$1/status && grep -qs driver_flavour /proc/$1/stack"
}

# --- tasks that are held up --------------------------------------------------

# stall SYMBOL [PARAM=VALUE…]: who returns from it next, until `go_on`.
stall() {
	stall_symbol=$1
	shift
	echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
	insmod "$(module_path test_stall)" symbol="$stall_symbol" "$@"
}

# stalled [PID]: somebody is; or else the process has ended without it.
stalled() {
	wait_for "[ \"\$(cat /sys/module/test_stall/parameters/stalls)\" = 1 ] ||
		not kill -0 ${1:-$$} 2>/dev/null"
}

# ends_or_waits PID: it has ended, or the one who is stalled has what it wants.
ends_or_waits() {
	wait_for "not kill -0 $1 2>/dev/null || grep -qs '^State:.D' /proc/$1/status"
}

go_on() {
	echo 1 >/sys/module/test_stall/parameters/go
	rmmod test_stall
	echo 0 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
}

# --- loaders ---------------------------------------------------------------

# use_loader BODY: a shell script as the loader; its calls are noted.
use_loader() {
	rm -f $lab_run/loader-pid $lab_run/loader-calls
	printf '%s\n' '#!/bin/busybox sh' "echo \"\$*\" >>$lab_run/loader-calls" \
		"echo \$\$ >$lab_run/loader-pid" "$1" >$lab_run/loader
	chmod +x $lab_run/loader
	param loader "$lab_run/loader -q --"
}

# use_hanging_loader: one that does not end by itself.
use_hanging_loader() {
	use_loader "exec sleep 1000"
}

# loader_runs: wait until it does; its process is $loader_pid.
loader_runs() {
	wait_for "[ -s $lab_run/loader-pid ]" && read -r loader_pid <$lab_run/loader-pid
}

loader_is_gone() {
	wait_for "[ ! -e /proc/$loader_pid ]"
}

# --- uevents ---------------------------------------------------------------

# listen: from here on, for `heard`.
listen() {
	rm -f $lab_run/uevents
	uevent-listen >$lab_run/uevents &
	listener=$!
	wait_for "grep -q listening $lab_run/uevents"
}

# heard DEV REGEX: the events of DEV since `listen` that match, and no more
# after this; a marker tells that they are all there.
heard() {
	echo change >"$(sysfs $BRIDGE uevent)"
	wait_for "grep -q '^change@.*/$BRIDGE ' $lab_run/uevents" || return
	kill "$listener"
	wait "$listener"
	not grep '^lost' $lab_run/uevents || fail "events were lost"
	grep "^[a-z]*@[^ ]*/$1 " $lab_run/uevents | grep -E "$2"
	return 0
}

# --- disks -----------------------------------------------------------------

# disk_of DEV: its disk, once there is one that can be read: the node comes before
# that.  A controller of a subsystem has a path to it, nvme0c1n1, and the disk is nvme0n1.
disk_of() {
	wait_for "head -c 512 \"\$(lab_disk $1)\" >/dev/null 2>&1" >&2 && lab_disk "$1"
}

lab_disk() {
	echo "/dev/$(block_dev_of "$1" | sed 's/c[0-9]*n/n/')"
}

# disk_fill DEV SEED: by the kernel's nvme, a pattern from block 16 on.
disk_fill() {
	yes "pattern $2" | dd of="$(disk_of "$1")" bs=64k count=16 seek=1 \
		iflag=fullblock conv=fsync 2>/dev/null
}

# disk_sum DEV: what is there, as the kernel's nvme reads it.
disk_sum() {
	dd if="$(disk_of "$1")" bs=64k count=32 2>/dev/null | md5sum
}

# nvme_client DEV COMMAND: QEMU's NVMe driver, which runs in user space, on a
# claimed controller.  One in ten runs loses an interrupt in this emulated
# machine, with vfio-pci bound by hand too: then another one is tried, with more time.
nvme_client() {
	for nvme_limit in 4 4 8 8 16 16 32 32 64; do
		nvme_status=0
		/usr/bin/timeout --foreground $nvme_limit qemu-io -f raw -c "$2" "nvme://$1/1" \
			>$lab_run/client 2>&1 </dev/null || nvme_status=$?
		[ $nvme_status -eq 124 ] || break
	done
	[ $nvme_status -ne 0 ] || grep -i -E "fail|error" $lab_run/client || return 0
	fail "qemu-io exits with $nvme_status: $(cat $lab_run/client)"
}
