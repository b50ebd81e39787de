# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl knows /dev/vfio/devices: it shows it, sees who has it open, and hints at iommufd.
# needs: cdev
# stock only: it is about what user space finds
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/cdev.sh"

shown() {
	ctl 0 set vfio -J $EDU
	assert_eq "$(field vfio_node)" "$(cdev_of $EDU)"
	assert_eq "$(field vfio_group_node)" "/dev/vfio/$(iommu_group_of $EDU)"
	ctl 0 show $EDU
	says "$(cdev_of $EDU)"
	ctl 0 show -J $EDU
	assert_eq "$(field vfio_node)" "$(cdev_of $EDU)"
}

# in_use [OPTION]: who has it open is named, and nothing happens, forced or not.
in_use() {
	cdev_held $EDU "$@"
	for verb in "reset" "set none" "reset --force" "set none --force"; do
		# shellcheck disable=SC2086 # a list
		within 25000 untouched 1 $EDU $verb $EDU
		complains "$(cdev_of $EDU) is open in process $holder (vfio-hold)"
	done
	ctl 0 explain -J $EDU
	assert_eq "$(field kind)" vfio
	assert_eq "$(field pid)" $holder
	cdev_let_go
	ctl 0 reset $EDU
	ctl 0 set vfio $EDU
}

# The one who has a sibling in the group bound owns the DMA of both.
sibling_in_use() {
	# shellcheck disable=SC2086 # a list
	ctl 0 set vfio $CHIPSET
	cdev_held $SATA
	within 25000 untouched 1 $SMBUS reset $SMBUS
	complains "$(cdev_of $SATA) is open in process $holder (vfio-hold)"
	cdev_let_go
	# shellcheck disable=SC2086 # a list
	ctl 0 reset $CHIPSET
}

# The node is gone while the unbind waits for who has it open.
unbound_by_hand() {
	node=$(cdev_of $EDU)
	cdev_held $EDU "$@"
	echo $EDU >/sys/bus/pci/drivers/vfio-pci/unbind &
	unbinder=$!
	wait_for "[ ! -e $(sysfs $EDU driver) ]"
	for word in vfio none native; do
		within 25000 ctl 1 set $word --force $EDU
		complains "$EDU is being unbound from its VFIO driver"
		complains "$node is open in process $holder (vfio-hold)"
	done
	cdev_let_go
	wait $unbinder
	ctl 0 reset $EDU
	ctl 0 set vfio $EDU
}

iommufd_hint="QEMU 9.0 or newer: -object iommufd,id=iommufd0 -device vfio-pci,host=$EDU,iommufd=iommufd0"

hints() {
	ctl 0 set vfio --hints $EDU
	says "QEMU: -device vfio-pci,host=$EDU"
	says "$iommufd_hint"
	ctl 0 set vfio --hints -J $EDU
	assert_eq "$(sed -n 's/^ *"qemu_iommufd": *"\(.*\)",*$/\1/p' $lab_run/ctl.out)" "${iommufd_hint#*: }"
}

# checked NAME: what doctor found, "HEALTH TEXT"
checked() {
	flavourctl doctor -J >$lab_run/ctl.out 2>&1
	grep -B1 -A3 "\"name\": *\"$1\"" $lab_run/ctl.out
}

doctor() {
	checked vfio_iommu >$lab_run/checked
	assert grep -q '"ok"' $lab_run/checked
	assert grep -q 'both its IOMMU back ends' $lab_run/checked
}

# As on a kernel without it, before anything of VFIO was loaded, and after.
doctor_without_type1() {
	ctl 0 reset $EDU
	release=$(uname -r)
	mv "$(find "/lib/modules/$release" -name vfio_iommu_type1.ko)" $lab_run/type1.ko
	rmmod vfio_iommu_type1 2>/dev/null
	depmod
	for _ in loaded not-loaded; do
		checked vfio_iommu >$lab_run/checked
		assert grep -q '"note"' $lab_run/checked
		assert grep -q "iommufd is VFIO's only IOMMU back end" $lab_run/checked
		modprobe -r vfio-pci
		modprobe -r iommufd
	done
	mv $lab_run/type1.ko "/lib/modules/$release/kernel/drivers/vfio/vfio_iommu_type1.ko"
	depmod
}

ctl_tests() {
	t "the node is shown$1" shown
	t "open and not bound: refused, with process and program$1" in_use --group-only
	t "bound to an iommufd: the same$1" in_use
	t "a sibling of its group is bound: the same$1" sibling_in_use
	t "unbound by hand under who has it open$1" unbound_by_hand
	t "hints for QEMU with iommufd$1" hints
}

ctl_tests ""
t "doctor knows both back ends" doctor
t "doctor, without vfio_iommu_type1" doctor_without_type1
t "the kernel module is not there" without_module
ctl_tests ", without the module"
