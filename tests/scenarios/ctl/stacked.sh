# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl refuses a device under what is stacked on it: partition, md, LVM, bridge, VLAN, overlay.
# stock only: it is about what user space finds
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-use.sh"

PATH=$PATH:/usr/sbin:/sbin

# intact WHY…: refused, for each of these reasons, and the file on it as it was.
intact() {
	untouched 1 $NVME2 set vfio "$disk"
	for why in "$@"; do
		complains "$why"
	done
	[ ! -e $use_mnt/file ] || file_is_whole
}

a_partition() {
	modprobe ext4
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	part=${disk}p1
	assert sfdisk -q "$disk" <<-END
	;
	END
	wait_for "[ -b $part ]"
	assert make_fs "$part"
	intact "${part#/dev/} is mounted at $use_mnt. Unmount it first (umount $use_mnt)"
	ctl 0 list -H -o address "$part"
	says $NVME2
	umount $use_mnt
	ctl 0 set vfio "$part"
	is $NVME2 vfio-pci
	ctl 0 reset $NVME2
	wait_for "[ -b $part ]"
	assert mount -t ext4 "$part" $use_mnt
	file_is_whole
	umount $use_mnt
}

another_namespace() {
	unshare -m sh -c "mount -t ext4 $part $use_mnt && exec sleep 1000" &
	hidden=$!
	wait_for "grep -q $part /proc/$hidden/mountinfo"
	not grep -q "$part" /proc/self/mountinfo
	intact "${part#/dev/} is mounted at $use_mnt in the mount namespace of process $hidden (sleep)" \
		"nsenter -t $hidden -m umount $use_mnt"
	kill $hidden
	wait $hidden
	ctl 0 set vfio -n "$disk"
}

an_md() {
	modprobe raid1
	assert mdadm --quiet --create /dev/md0 --run --force --level=1 --raid-devices=1 "$part"
	intact "${part#/dev/} is part of md0" "mdadm --stop /dev/md0"
	assert make_fs /dev/md0
	intact "md0 is mounted at $use_mnt"
	umount $use_mnt
	assert mdadm --quiet --stop /dev/md0
	assert mdadm --quiet --zero-superblock "$part"
	ctl 0 set vfio -n "$disk"
}

lvm() {
	command lvm "$@" --config 'activation{udev_sync=0 udev_rules=0 verify_udev_operations=1}' \
		>$lab_run/lvm 2>&1 || fail "lvm $1: $(cat $lab_run/lvm)"
}

an_lvm_volume() {
	modprobe dm-mod
	mkdir -p /dev/mapper
	[ -e /dev/mapper/control ] || mknod /dev/mapper/control c 10 236
	lvm pvcreate -qy "$part"
	lvm vgcreate -q lab-vg "$part"
	lvm lvcreate -qy -Wn -Zn -L 40m -n vol lab-vg
	intact "${part#/dev/} is part of lab--vg-vol" "lvchange -an /dev/mapper/lab--vg-vol"
	assert make_fs /dev/mapper/lab--vg-vol
	intact "lab--vg-vol is mounted at $use_mnt"
	umount $use_mnt
	mkswap /dev/mapper/lab--vg-vol >/dev/null
	assert swapon /dev/mapper/lab--vg-vol
	intact "lab--vg-vol holds swap"
	swapoff /dev/mapper/lab--vg-vol
	lvm lvchange -an /dev/mapper/lab--vg-vol
	ctl 0 set vfio "$disk"
	ctl 0 reset $NVME2
}

a_bridge_port() {
	modprobe bridge
	bind_native $NIC_A e1000e
	nic=$(nic_of $NIC_A)
	ip link add lab-br type bridge
	ip link set "$nic" master lab-br
	untouched 1 $NIC_A set vfio "$nic"
	complains "The interface $nic is a port of lab-br"
	assert [ -e "/sys/class/net/lab-br/brif/$nic" ]
	ip addr add 10.9.8.7/24 dev lab-br
	untouched 1 $NIC_A set none "$nic"
	complains "The interface lab-br has 10.9.8.7"
	ctl 0 set vfio --force "$nic"
	is $NIC_A vfio-pci
	assert_eq "$(ls /sys/class/net/lab-br/brif)" "" "the bridge's ports"
	ip link del lab-br
	ctl 0 reset $NIC_A
}

a_vlan() {
	modprobe 8021q
	nic=$(nic_of $NIC_A)
	ip link add link "$nic" name lab-vlan type vlan id 7
	ctl 0 set vfio -n "$nic"
	ip addr add 10.9.7.7/24 dev lab-vlan
	untouched 1 $NIC_A set vfio "$nic"
	complains "The interface lab-vlan has 10.9.7.7"
	ip link del lab-vlan
	ctl 0 set vfio "$nic"
	ctl 0 reset $NIC_A
}

# The lab's root: 9p, as the lower layer of an overlay.
a_root_out_of_sight() {
	not grep -q ' - 9p ' /proc/self/mountinfo
	untouched 1 0000:00:1d.0 set vfio 0000:00:1d.0
	complains "A 9p share is mounted out of sight"
	assert ls /usr >/dev/null
}

t "a mounted partition" a_partition
t "mounted in another mount namespace" another_namespace
t "an array of md, mounted or not" an_md
t "a volume of LVM, mounted, with swap, or idle" an_lvm_volume
t "a port of a bridge; forced, it leaves the bridge" a_bridge_port
t "a VLAN with an address" a_vlan
t "the root file system, out of sight below an overlay" a_root_out_of_sight
