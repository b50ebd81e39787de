# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clean.sh: make the guest as it was before a scenario.  What is printed here
# is a complaint, and fails the scenario.

# remember_modules: those of the boot, which stay.
remember_modules() {
	sed 's/ .*//' /proc/modules >/run/lab/boot-modules-loaded
}

# Only driver_flavour.ko in updates/, nothing in /etc/modprobe.d.
only_driver_flavour() {
	rm -rf /etc/modprobe.d/*
	lab_want=
	[ ! -e "$lab_ours"/driver_flavour.ko ] || lab_want=driver_flavour.ko
	[ "$(ls "$lab_updates")" != "$lab_want" ] || return 0
	rm -f "$lab_updates"/*
	[ -z "$lab_want" ] || cp "$lab_ours/$lab_want" "$lab_updates/"
	depmod
}

remove_rules() {
	rmdir /sys/kernel/config/driver_flavour/pci/* 2>/dev/null
}

unplug_all() {
	for lab_f in "$lab_plugged"/*; do
		[ -e "$lab_f" ] || continue
		lab_id2=${lab_f##*/}
		qmp_has "$lab_id2" >/dev/null && qmp_unplug "$lab_id2"
		rm -f "$lab_f"
	done
}

# give_back DEV: to no VFIO driver and no override.
give_back() {
	lab_d=/sys/bus/pci/devices/$1 lab_flavour=native lab_override=
	[ ! -e "$lab_d/driver_flavour" ] || read -r lab_flavour <"$lab_d/driver_flavour"
	[ "$lab_flavour" = native ] || echo native >"$lab_d/driver_flavour" ||
		echo "$1 can't be made native"
	read -r lab_override <"$lab_d/driver_override"
	case $lab_override in
	"(null)" | "") ;;
	*) echo >"$lab_d/driver_override" ;;
	esac
	[ -L "$lab_d/driver" ] || return 0
	case $(driver_of "$1") in
	*vfio*) echo "$1" >"$lab_d/driver/unbind" ;;
	esac
}

# VFs first: they go with their PF's number of them.
give_back_all() {
	for lab_d in /sys/bus/pci/devices/*; do
		[ -e "$lab_d/sriov_numvfs" ] || continue
		read -r lab_n <"$lab_d/sriov_numvfs"
		[ "$lab_n" = 0 ] || echo 0 >"$lab_d/sriov_numvfs"
	done
	for lab_d in /sys/bus/pci/devices/*; do
		give_back "${lab_d##*/}"
	done
}

# The modules that the scenario brought: "NAME REFCOUNT", permanent ones aside.
brought() {
	awk 'NR == FNR { boot[$1]; next } !($1 in boot) && !/\[permanent\]/ { print $1, $3 }' \
		/run/lab/boot-modules-loaded /proc/modules
}

remove_modules() {
	if loaded driver_flavour && ! rmmod driver_flavour 2>&1; then
		echo "driver_flavour can't be removed"
	fi
	# A native driver that has just got its device back may be at work on it:
	# nvme reads its disk's partitions.
	lab_left=$((60 * LAB_PATIENCE * 5))
	while [ -n "$(brought)" ] && [ $lab_left -gt 0 ]; do
		# shellcheck disable=SC2046 # one name a word
		rmmod $(brought | sed -n 's/ 0$//p') >/dev/null 2>&1 && continue
		usleep 200000
		lab_left=$((lab_left - 1))
	done
	brought | sed 's/^/still loaded, and its users: /'
}

lost_devices() {
	for lab_m in $EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2 $NVME $NVME2 $NIC_A $NIC_B $CHIPSET; do
		[ -e "/sys/bus/pci/devices/$lab_m/config" ] || echo "$lab_m"
	done
}

# What a scenario took off the bus is found again; what is not, is lost.
restore_devices() {
	[ -z "$(lost_devices)" ] || echo 1 >/sys/bus/pci/rescan
}

clean_up() {
	remove_rules
	unplug_all
	give_back_all
	remove_modules
	restore_devices
}
