# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ctl-use.sh: what is in use is refused, and left intact; --force does it.

use_mnt=$lab_run/mnt

# file_is_whole: what was written on the file system before can be read.
file_is_whole() {
	assert_eq "$(md5sum <$use_mnt/file)" "$use_sum" "the file"
}

make_fs() { # DEVICE
	mkfs.ext4 -q "$1" && mkdir -p $use_mnt && mount -t ext4 "$1" $use_mnt &&
		yes lab | dd of=$use_mnt/file bs=64k count=16 iflag=fullblock 2>/dev/null && sync && use_sum=$(md5sum <$use_mnt/file)
}

mounted_disk() {
	modprobe ext4
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	assert make_fs "$disk"
	untouched 1 $NVME2 set vfio $NVME2
	complains "${disk#/dev/} is mounted at $use_mnt"
	untouched 1 $NVME2 set none "$disk"
	file_is_whole
	echo more >$use_mnt/more && sync
	assert_eq "$(cat $use_mnt/more)" more
	ctl 0 explain -J $NVME2
	assert_eq "$(field kind)" mount
	assert_eq "$(field command)" null "a command for what is in use"
}

mounted_disk_forced() {
	allow_log 'I/O error|EXT4-fs|Buffer I/O|JBD2|nvme'
	ctl 0 set vfio --force $NVME2
	is $NVME2 vfio-pci
	umount $use_mnt
	ctl 0 reset $NVME2
	is $NVME2 nvme
	assert mount -t ext4 "$(disk_of $NVME2)" $use_mnt
	file_is_whole
	umount $use_mnt
}

mounted_partition_of_dm() {
	disk=$(disk_of $NVME2)
	modprobe dm-mod
	mkdir -p /dev/mapper
	[ -e /dev/mapper/control ] || mknod /dev/mapper/control c 10 236
	assert dmsetup --noudevsync create lab-dm --table "0 65536 linear $disk 0"
	[ -e /dev/mapper/lab-dm ] || dmsetup --noudevsync mknodes
	untouched 1 $NVME2 set vfio $NVME2
	complains lab-dm
	assert make_fs /dev/mapper/lab-dm
	untouched 1 $NVME2 set vfio $NVME2
	complains "is mounted at $use_mnt"
	file_is_whole
	umount $use_mnt
	assert dmsetup --noudevsync remove lab-dm
	ctl 0 set vfio -n $NVME2
}

swap() {
	disk=$(disk_of $NVME2)
	mkswap "$disk" >/dev/null
	assert swapon "$disk"
	untouched 1 $NVME2 set vfio $NVME2
	complains "holds swap"
	assert grep -q "^$disk " /proc/swaps
	swapoff "$disk"
	ctl 0 set vfio $NVME2
	ctl 0 reset $NVME2
}

nic_of() {
	(cd "$(sysfs "$1" net)" && echo *)
}

interface_with_an_address() {
	bind_native $NIC_A e1000e
	nic=$(nic_of $NIC_A)
	ip addr add 10.9.8.7/24 dev "$nic"
	ip link set "$nic" up
	untouched 1 $NIC_A set vfio "$nic"
	complains "The interface $nic has 10.9.8.7"
	ip route add default via 10.9.8.1 dev "$nic"
	untouched 1 $NIC_A set vfio "$nic"
	complains "The default route goes through $nic"
	assert_eq "$(ip -o -4 addr show dev "$nic" | grep -c 10.9.8.7)" 1 addresses
	assert_eq "$(ip -4 route | grep -c "^default via 10.9.8.1 dev $nic")" 1 routes
}

interface_forced() {
	ctl 0 set vfio --force "$nic"
	is $NIC_A vfio-pci
	assert [ ! -e "/sys/class/net/$nic" ]
	ctl 0 reset $NIC_A
	is $NIC_A e1000e
}

port_of_a_bond() {
	modprobe bonding max_bonds=0
	nic=$(nic_of $NIC_B)
	ip link set "$nic" down
	echo +lab-bond >/sys/class/net/bonding_masters
	echo "+$nic" >/sys/class/net/lab-bond/bonding/slaves
	untouched 1 $NIC_B set vfio $NIC_B
	complains "The interface $nic is a port of lab-bond"
	assert_eq "$(cat /sys/class/net/lab-bond/bonding/slaves)" "$nic"
	ctl 0 set vfio -f $NIC_B
	is $NIC_B vfio-pci
	ctl 0 reset $NIC_B
	echo -lab-bond >/sys/class/net/bonding_masters
}

pf_with_vfs() {
	bind_native $NVME nvme
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	echo 2 >"$(sysfs $NVME sriov_numvfs)"
	untouched 1 $NVME set vfio $NVME
	complains "$NVME has 2 VFs"
	untouched 1 $NVME set none --force $NVME
	ctl 0 set vfio -J vfs-of:03:00.0
	assert_eq "$(field address | wc -l)" 2 "VFs claimed"
	is "$(vf_of $NVME 0)" vfio-pci
	is "$(vf_of $NVME 1)" vfio-pci
	assert_eq "$(driver_of $NVME)" nvme
	ctl 0 show -J $NVME
	assert_eq "$(field num_vfs)" 2
	ctl 0 set none vfs-of:03:00.0
	echo 0 >"$(sysfs $NVME sriov_numvfs)"
	ctl 3 set vfio vfs-of:03:00.0
}

open_in_a_process() {
	ctl 0 set vfio $EDU
	hold $EDU
	within 25000 untouched 1 $EDU reset $EDU
	complains "is open in process $holder (vfio-hold)"
	within 25000 untouched 1 $EDU reset --force $EDU
	within 25000 untouched 1 $EDU set none $EDU
	assert kill -0 $holder
	kill $holder
	wait $holder
	ctl 0 reset $EDU
}

# An unbind by hand waits for the process, with the device's lock held: who reads
# one file too many waits as well.
unbound_by_hand() {
	ctl 0 set vfio $EDU
	hold $EDU
	echo $EDU >/sys/bus/pci/drivers/vfio-pci/unbind &
	unbinder=$!
	wait_for "[ ! -e $(sysfs $EDU driver) ]"
	flavourctl list -H -o address,driver,problem $EDU >$lab_run/ctl.out 2>$lab_run/ctl.err &
	looker=$!
	if wait_for "! kill -0 $looker 2>/dev/null"; then
		says "$EDU -      being unbound"
		ctl 0 show $EDU
		ctl 0 explain $EDU
		says "is open in process $holder (vfio-hold)"
		for word in vfio none native; do
			ctl 1 set $word --force $EDU
			complains "$EDU is being unbound from its VFIO driver"
			complains "is open in process $holder (vfio-hold)"
		done
	fi
	kill $holder
	wait $holder $unbinder $looker
	ctl 0 reset $EDU
	is $EDU -
}

# The module is slow to load, and the device gone when it has.
unplugged_under_it() {
	rmmod vfio_pci
	mkdir -p /etc/modprobe.d
	echo "install vfio_pci echo >$lab_run/loading; until [ -e $lab_run/gone ]; do sleep 0.1; done;" \
		"/sbin/modprobe --ignore-install vfio_pci" >/etc/modprobe.d/slow.conf
	qmp_plug edu plugged $PORT1
	rm -f $lab_run/loading $lab_run/gone
	flavourctl set vfio $EDU2 $PORT1_DEV >$lab_run/ctl.out 2>$lab_run/ctl.err &
	claimer=$!
	wait_for "[ -e $lab_run/loading ]"
	assert qmp_unplug plugged
	touch $lab_run/gone
	ctl_status=0
	wait $claimer || ctl_status=$?
	assert_eq "$ctl_status" 4 "exit status"
	says "$EDU2: vfio, driver vfio-pci"
	complains "$PORT1_DEV"
	rm /etc/modprobe.d/slow.conf
	ctl 0 reset $EDU2
}

use_tests() {
	t "a mounted disk is refused, and its data intact" mounted_disk
	t "forced, it is claimed, and the data that was synced is there" mounted_disk_forced
	t "a disk under device-mapper is refused" mounted_partition_of_dm
	t "a disk with swap is refused" swap
	t "an interface with an address or the default route is refused" interface_with_an_address
	t "forced, it is claimed" interface_forced
	t "a port of a bond is refused, and forced" port_of_a_bond
	t "a PF with VFs is refused, forced or not; its VFs are claimed" pf_with_vfs
	t "a device that a process has open is refused at once, and the process named" \
		open_in_a_process
	t "a device whose unbind hangs hangs nobody else" unbound_by_hand
	t "one of two is unplugged while its module loads" unplugged_under_it
}
