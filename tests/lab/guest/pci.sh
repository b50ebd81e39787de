# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pci.sh: what a scenario asks about a PCI device, by its address.

# sysfs DEV [FILE]
sysfs() {
	echo "/sys/bus/pci/devices/$1${2:+/$2}"
}

# flavour_file DEV: the file that the product is about.
flavour_file() {
	echo "/sys/bus/pci/devices/$1/driver_flavour"
}

lab_link() { # the last part of where a symlink leads, or -
	if [ -L "$1" ]; then
		lab_to=$(readlink "$1")
		echo "${lab_to##*/}"
	else
		echo -
	fi
}

# driver_of DEV: the bound driver's name, or `-`.
driver_of() {
	lab_link "/sys/bus/pci/devices/$1/driver"
}

# iommu_group_of DEV: a number, or `-`.
iommu_group_of() {
	lab_link "/sys/bus/pci/devices/$1/iommu_group"
}

# flavour_of DEV: what driver_flavour reads, or `-`.
flavour_of() {
	cat "/sys/bus/pci/devices/$1/driver_flavour" 2>/dev/null || echo -
}

# override_of DEV: driver_override, `(null)` when unset.
override_of() {
	cat "/sys/bus/pci/devices/$1/driver_override"
}

# vfio_dev_of DEV: vfioN, or `-` when there is no struct vfio_device.
vfio_dev_of() {
	for lab_v in "/sys/bus/pci/devices/$1/vfio-dev"/vfio*; do
		[ -e "$lab_v" ] && { echo "${lab_v##*/}"; return; }
	done
	echo -
}

# modalias_of DEV
modalias_of() {
	cat "/sys/bus/pci/devices/$1/modalias"
}

# state_of DEV: all that a refused write must leave alone, on one line.
state_of() {
	echo "driver=$(driver_of "$1") flavour=$(flavour_of "$1")" \
		"override=$(override_of "$1") vfio=$(vfio_dev_of "$1")"
}

# set_flavour DEV WORD: prints nothing and returns 0, or prints the errno.
set_flavour() {
	lab_errno=$(sysfs-write "/sys/bus/pci/devices/$1/driver_flavour" "$2") && return
	echo "$lab_errno"
	return 1
}

# becomes DEV DRIVER: bound to it, soon.  sysfs says so when the probe begins.
becomes() {
	wait_for "[ \"\$(driver_of $1)\" = $2 ]"
}

# becomes_vfio DEV DRIVER: and that has made a VFIO device of it.
becomes_vfio() {
	wait_for "[ \"\$(driver_of $1)\" = $2 ] && [ \$(vfio_dev_of $1) != - ]"
}

# becomes_native DEV DRIVER: the flavour of a change that nobody waits for is told at its
# end, when its driver has the device already.
becomes_native() {
	wait_for "[ \"\$(driver_of $1) \$(override_of $1) \$(flavour_of $1)\" = '$2 (null) native' ]"
}

# hold DEV [OPTION]: a VFIO program has it open when this returns; its pid is $holder, what
# it says is in $lab_run/held.  What was there goes first: the shell that becomes the
# program empties the file only some time later.
hold() {
	rm -f "$lab_run/held"
	# shellcheck disable=SC2086 # maybe no option
	vfio-hold ${2-} "$1" >"$lab_run/held" </dev/null &
	# shellcheck disable=SC2034 # for the scenario
	holder=$!
	wait_for "grep -q '^holding' $lab_run/held 2>/dev/null"
}

# bind_native DEV MODULE: load a native driver and wait until it has the device.
bind_native() {
	modprobe "$2" && wait_for "[ \"\$(driver_of $1)\" != - ]"
}

# rmmod_native MODULE: as soon as it can be: nvme may be at work on a device that it
# has just got back.
rmmod_native() {
	wait_for "rmmod $1 2>/dev/null"
}

# block_dev_of DEV: the disk of an NVMe controller (nvme0n1), or `-`.
block_dev_of() {
	for lab_b in "/sys/bus/pci/devices/$1"/nvme/nvme*/nvme*n*; do
		[ -e "$lab_b" ] && { echo "${lab_b##*/}"; return; }
	done
	echo -
}

# vf_of PF N: the address of a PF's VF, from 0.
vf_of() {
	lab_link "/sys/bus/pci/devices/$1/virtfn$2"
}
