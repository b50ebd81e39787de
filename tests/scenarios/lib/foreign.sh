# shellcheck shell=sh disable=SC2034 # used by the scenario
# SPDX-License-Identifier: GPL-2.0-or-later
#
# foreign.sh: the machine of the foreign storm, and who works in it beside that.

AHCI=0000:00:14.0 SOUND=0000:00:15.0 SCREEN=0000:00:16.0 USB=0000:00:17.0
VFS="0000:03:00.1=- 0000:03:00.2=-"

CGROUP=/sys/fs/cgroup
NATIVES="ahci sd_mod snd-hda-intel snd-hda-codec-generic bochs xhci-pci usbhid hid-generic evdev
	nvme e1000e"
TESTS="test_exact_vfio_pci test_narrow_vfio_pci test_nic_vfio_pci test_most_vfio_pci
	test_slow_vfio_pci test_fail_vfio_pci"
BUSY_MODULES="-m dummy -m e1000e -m test_nic_vfio_pci -m test_exact_vfio_pci
	-m test_slow_vfio_pci -m driver_flavour"

# DEV=DRIVER of each device that the storm may have.
devices() {
	for dev in $SATA $AHCI $SOUND $SCREEN $USB $NVME $NVME2 $NIC_A $NIC_B $EDU $TESTDEV; do
		sed -n "s/^$dev /$dev=/p" $lab_run/native
	done
}

# Two bugs of other drivers would end the storm, or be taken for one of ours.
#
# Before 6.3 nvme, when its remove breaks off its start, unbinds the device once more
# from a work item: whichever driver it has by then. Nobody can tell what it will have.
devices_to_judge() {
	if grep -q nvme_remove_dead_ctrl_work /proc/kallsyms; then
		devices | grep -v '=nvme$'
	else
		devices
	fi
}

# snd_hda_intel unlocks the device in its remove: two who unbind it at the same time
# both remove it, and the kernel oopses.
devices_for_all() {
	devices | grep -v '=snd_hda_intel$'
}

# Not all are there on the debug kernel.
load_natives() {
	for module in $NATIVES; do
		modprobe "$module" 2>/dev/null
	done
}

errs() {
	for module in $TESTS; do
		file=/sys/module/$module/parameters/err
		[ ! -e "$file" ] || echo "$file"
	done
}

calm_machine() {
	# shellcheck disable=SC2086 # a list
	install_modules $TESTS
	load_natives
	for module in vfio-pci $TESTS; do
		modprobe "$module"
	done
	echo 30 >/sys/module/test_slow_vfio_pci/parameters/delay_ms
	# No native driver on a VF: one that is not online makes nvme wait for seconds.
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	for dev in $SATA $AHCI $NVME $NVME2 $NIC_A $NIC_B; do
		wait_for "[ \$(driver_of $dev) != - ]"
	done
	for dev in /sys/bus/pci/devices/*; do
		dev=${dev##*/}
		echo "$dev $(driver_of "$dev")"
	done >$lab_run/native
	make_errs 0
	all_come_to_work
	# The kernel shows the stack of what it kills for want of memory.
	allow_log "Call Trace:"
	mount -t cgroup2 cgroup2 $CGROUP && mkdir $CGROUP/foreign
	echo +memory +cpu >$CGROUP/cgroup.subtree_control || true
}

make_errs() {
	for file in $(errs); do
		echo "$1" >"$file"
	done
}

# The disks below it; one of several paths to a namespace has no node of its own.
disks_of() { # DEV
	find "$(readlink -f "$(sysfs "$1")")/" -type d |
		sed -n 's|.*/block/\([^/]*\)$|\1|p; s|.*/\(nvme[0-9]*\)\(c[0-9]*\)\?\(n[0-9]*\)$|\1\3|p'
}

# From the medium.
disk_reads() { # DEV
	disks=$(disks_of "$1")
	[ -n "$disks" ] || return 1
	for disk in $disks; do
		[ "$(dd if="/dev/$disk" bs=4096 count=1 iflag=direct 2>/dev/null | wc -c)" = 4096 ] ||
			return 1
	done
}

below() { # DEV NAME: a folder of sysfs is called so
	[ -n "$(find "$(readlink -f "$(sysfs "$1")")/" -name "$2" -type d)" ]
}

# It has its native driver and does what that is for.
works() {
	native=$(sed -n "s/^$1 //p" $lab_run/native)
	[ "$(driver_of "$1")" = "$native" ] || return 1
	case $native in
	ahci | nvme) disk_reads "$1" ;;
	snd_hda_intel) below "$1" 'card*' && below "$1" 'pcmC*p' ;;
	bochs*) below "$1" 'card*' ;;
	xhci_hcd) below "$1" 'event*' ;;
	e1000e) below "$1" 'eth*' ;;
	esac
}

all_come_to_work() {
	for pair in $(devices); do
		wait_for "works ${pair%%=*}" || {
			state_of "${pair%%=*}"
			find "$(sysfs "${pair%%=*}")/" -maxdepth 4 -type d | grep -v power
		}
	done
}

# storm OPERATIONS OPTION… -- DEV=DRIVER…
storm() {
	operations=$1
	shift
	[ -z "$LAB_STORM" ] || { operations=1000000000; set -- -s $((LAB_STORM / 2)) "$@"; }
	for file in $(errs); do
		set -- -f "$file" "$@"
	done
	foreign-storm -c $CGROUP/foreign -n "$operations" "$@" >$lab_run/foreign 2>&1
	assert_eq $? 0 "foreign-storm's status"
	cat $lab_run/foreign
	grep '^[0-9]* ' $lab_run/foreign | while read -r n what; do
		count "$n" "foreign storm: $what"
	done
}

# Nobody writes any more; what is on its way shall come to its end.
calm_down() {
	rmdir $RULES/* 2>/dev/null
	loaded driver_flavour || modprobe driver_flavour
	for module in $TESTS; do
		modprobe "$module"
	done
	load_natives
	make_errs 0
	# What another tool wrote there counts, until it is taken back.
	for pair in $(devices); do
		echo >"$(sysfs "${pair%%=*}" driver_override)"
	done
}

# --- who works beside the storm, until $lab_run/storming is gone -------------

begin() { # HELPER…
	for helper in "$@"; do
		: >"$lab_run/busy.$helper"
		(
			n=0
			while [ -e $lab_run/storming ]; do
				$helper && n=$((n + 1))
				echo "$n $helper" >"$lab_run/helper.$helper"
				usleep 500000 # the processor is the writers'
			done
			rm "$lab_run/busy.$helper"
		) >"$lab_run/log.$helper" 2>&1 &
	done
}

# One that does not come to its end is a write that does not.
helpers_end() {
	for file in "$lab_run"/busy.*; do
		wait_for "[ ! -e $file ]" 120 || cat "$lab_run/log.${file##*.}"
	done
}

counts_of_helpers() {
	for file in "$lab_run"/helper.*; do
		read -r n what <"$file"
		echo "$n $what"
		count "$n" "foreign storm: rounds of $what"
	done
}

plugger() {
	qmp_plug edu foreign-1 $PORT1 && qmp_unplug foreign-1
	qmp_plug e1000e foreign-2 $PORT2 && qmp_unplug foreign-2
}

# The freezer alone: all tasks, and the queues that say they are freezable.
suspender() {
	usleep 3000000
	[ -e /sys/power/pm_test ] || return
	[ ! -e /sys/module/suspend/parameters/pm_test_delay ] ||
		echo 0 >/sys/module/suspend/parameters/pm_test_delay
	echo freezer >/sys/power/pm_test && echo freeze >/sys/power/state
}

shells() {
	bash -c "sleep 0.05 & echo vfio >$(flavour_file $AHCI); wait"
	timeout -s INT 0.1 bash -c "echo native >$(flavour_file $AHCI)"
	timeout -s KILL 0.1 bash -c "echo vfio >$(flavour_file $NIC_B)"
	unshare -m -n bash -c "echo native >$(flavour_file $NIC_B)"
	unshare -r bash -c "echo vfio >$(flavour_file $NVME2)"
	true
}

python() {
	python3 - "$(flavour_file $SOUND)" "$(flavour_file $SCREEN)" $lab_run/storming <<-'END'
	import os, random, signal, sys, time
	signal.signal(signal.SIGALRM, lambda *_: None)
	signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
	while os.path.exists(sys.argv[3]):
	    try:
	        with open(random.choice(sys.argv[1:3]), "w") as f:
	            f.write(random.choice(["vfio", "native"]))
	    except OSError as e:
	        print(e)
	END
}

holders() {
	vfio-hold --release-on-request $EDU 1 </dev/null
	usleep 100000
}
