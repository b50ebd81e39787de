# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# What is taken into use between flavourctl's first look and the unbind is refused, or can't be.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-use.sh"

# The loader of vfio_pci runs a script first.
while_loading() {
	mkdir -p /etc/modprobe.d $use_mnt
	echo "install vfio_pci sh $lab_run/meanwhile; /sbin/modprobe --ignore-install vfio_pci" \
		>/etc/modprobe.d/meanwhile.conf
	cat >$lab_run/meanwhile
}

forget_loading() {
	rm -f /etc/modprobe.d/meanwhile.conf
	! loaded vfio_pci || rmmod vfio_pci
}

disk_with_a_file() {
	modprobe ext4
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	make_fs "$disk"
	umount $use_mnt
}

mounted_while_the_module_loads() {
	disk_with_a_file
	while_loading <<-END
	mount -t ext4 $disk $use_mnt
	END
	untouched 1 $NVME2 set vfio $NVME2
	complains "${disk#/dev/} is mounted at $use_mnt"
	assert loaded vfio_pci
	file_is_whole
	umount $use_mnt
	forget_loading
}

# A process that opens it raw meanwhile.
opened_while_the_module_loads() {
	while_loading <<-END
	tail -f /dev/null 3<$disk >/dev/null 2>&1 &
	echo \$! >$lab_run/opener
	while kill -0 \$! && [ ! -e /proc/\$!/fd/3 ]; do sleep 0.1; done
	END
	untouched 1 $NVME2 set vfio $NVME2
	complains "$disk is open in process $(cat $lab_run/opener) (tail)"
	kill "$(cat $lab_run/opener)"
	wait_for "[ ! -e /proc/$(cat $lab_run/opener)/fd/3 ]"
	forget_loading
}

# The kernel module runs its loader once more: by then the disk is held.
held_until_the_unbind() {
	cat >$lab_run/loader <<-END
	#!/bin/sh
	mount -t ext4 $disk $use_mnt 2>$lab_run/mount.err
	echo \$? >$lab_run/mounted
	exec /sbin/modprobe "\$@"
	END
	chmod +x $lab_run/loader
	param loader $lab_run/loader
	ctl 0 set vfio $NVME2
	param loader /sbin/modprobe
	is $NVME2 vfio-pci
	assert_ne "$(cat $lab_run/mounted)" 0 "mount's status"
	ctl 0 reset $NVME2
	is $NVME2 nvme
	assert_eq "$(disk_of $NVME2)" "$disk" "the disk's name"
	forget_loading
}

t "mounted while the module loads: refused, and the file whole" mounted_while_the_module_loads
t "opened while the module loads: refused" opened_while_the_module_loads
t "the disk is held until the unbind" held_until_the_unbind
t "the kernel module is not there" without_module
t "mounted while the module loads: refused, without the module" mounted_while_the_module_loads
t "opened while the module loads: refused, without the module" opened_while_the_module_loads
