# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl refuses what is used out of sight: in other namespaces, by way of loop devices, swap files, multipath.
# stock only: it is about what user space finds
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-use.sh"

PATH=$PATH:/usr/sbin:/sbin

# busybox's knows no namespaces.
ip() {
	/sbin/ip "$@"
}

# in_use DEV WHY…: neither claimed nor touched, for each of these reasons.
in_use() {
	refused_dev=$1
	shift
	untouched 1 "$refused_dev" set vfio "$refused_dev"
	for why in "$@"; do
		complains "$why"
	done
}

# A process in a network namespace of its own, as a container has it.
container() {
	unshare -n sleep 1000 &
	pod=$!
	wait_for "[ \"\$(readlink /proc/$pod/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ] && grep -q sleep /proc/$pod/comm"
}

end_container() {
	kill $pod
	wait $pod || true
}

in_a_container() {
	bind_native $NIC_A e1000e
	nic=$(nic_of $NIC_A)
	ctl 0 set vfio -n $NIC_A
	container
	ip link set "$nic" netns $pod
	in_use $NIC_A "The interface $nic is in the network namespace of process $pod (sleep)" \
		"nsenter -t $pod -n ip link set $nic netns 1"
	nsenter -t $pod -n /sbin/ip link set "$nic" netns 1
	ctl 0 set vfio -n $NIC_A
	end_container
}

# Nobody is in it: ip netns keeps it by a mount.
in_a_named_namespace() {
	ip netns add lab
	ip link set "$nic" netns lab
	in_use $NIC_A "The interface $nic is in the network namespace /run/netns/lab"
	ip -n lab link set "$nic" netns 1
	ip netns del lab
	ctl 0 set vfio -n $NIC_A
}

# An open file keeps a namespace, too, and is not looked for; the kernel tells that there is one.
kept_by_a_file() {
	ip netns add lab
	ip link set "$nic" netns lab
	# shellcheck disable=SC2217 # it need not read
	sleep 1000 </run/netns/lab &
	holder=$!
	wait_for "readlink /proc/$holder/fd/0 | grep -q /run/netns/lab"
	ip netns del lab
	in_use $NIC_A "1 network interface of $NIC_A is in a network namespace that can't be seen from here"
	kill $holder
	wait $holder || true
	wait_for "[ -e /sys/class/net/$nic ]"
	ctl 0 set vfio -n $NIC_A
}

# The machine's default route, seen from a container that shows the host's /proc, or only its own.
from_a_container() {
	ip addr add 10.9.8.7/24 dev "$nic"
	ip link set "$nic" up
	ip route add default via 10.9.8.1 dev "$nic"
	for how in "unshare -n" "unshare -nm sh -c 'mount -t sysfs sysfs /sys; \"\$@\"' -"; do
		before=$(state_of $NIC_A) status=0
		eval "$how flavourctl set vfio $NIC_A" >$lab_run/ctl.out 2>$lab_run/ctl.err || status=$?
		assert_eq $status 1 "$how"
		complains "The interface $nic has 10.9.8.7"
		complains "The default route goes through $nic"
		assert_eq "$(state_of $NIC_A)" "$before" "$how"
	done
	status=0
	unshare -nmpf --mount-proc sh -c "mount -t sysfs sysfs /sys; flavourctl set vfio $NIC_A; exit \$?" \
		>$lab_run/ctl.out 2>$lab_run/ctl.err || status=$?
	assert_eq $status 1 "with a PID namespace of its own"
	complains "can't be seen from here"
	assert_eq "$(state_of $NIC_A)" "$before"
	ip addr flush dev "$nic"
	unshare -n flavourctl set vfio -n $NIC_A || fail "idle, and refused"
}

built_upon_elsewhere() { # TYPE…
	container
	ip link add link "$nic" name lab-up type "$@"
	ctl 0 set vfio -n $NIC_A
	ip link set lab-up netns $pod
	in_use $NIC_A "The interface lab-up is in the network namespace of process $pod (sleep)"
	nsenter -t $pod -n /sbin/ip addr add 10.9.7.7/24 dev lab-up
	in_use $NIC_A "The interface lab-up has 10.9.7.7" "nsenter -t $pod -n ip addr flush dev lab-up"
	end_container
	wait_for "! ip -d link show type $1 | grep -q ."
	ctl 0 set vfio -n $NIC_A
}

# A guest's, say: it has its address inside.
built_upon_and_up() {
	ip link add link "$nic" name lab-up type macvlan mode bridge
	ctl 0 set vfio -n $NIC_A
	ip link set "$nic" up
	ip link set lab-up up
	in_use $NIC_A "The interface lab-up, which is up, is built on $nic" "ip link set lab-up down"
	ip link del lab-up
	ctl 0 set vfio -n $NIC_A
}

# The other end of a pair is not below it, though it may have the number of one that is.
a_pair_is_no_matter() {
	modprobe veth
	container
	ip link add lab-veth type veth peer name inside
	ip link set inside netns $pod
	ip link set lab-veth up
	ctl 0 set vfio -n $NIC_A
	end_container
}

over_a_loop() {
	modprobe loop
	modprobe ext4
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	loop=$(losetup -f)
	assert losetup "$loop" "$disk"
	in_use $NVME2 "${disk#/dev/} is part of ${loop#/dev/}" "losetup -d $loop"
	assert make_fs "$loop"
	in_use $NVME2 "${loop#/dev/} is mounted at $use_mnt"
	file_is_whole
	umount $use_mnt
	losetup -d "$loop"
	# By a name that means nothing to us.
	mknod $lab_run/node b "$(cut -d: -f1 "/sys/class/block/${disk#/dev/}/dev")" \
		"$(cut -d: -f2 "/sys/class/block/${disk#/dev/}/dev")"
	assert losetup "$loop" $lab_run/node
	in_use $NVME2 "${disk#/dev/} is part of ${loop#/dev/}"
	losetup -d "$loop"
	wait_for "[ ! -e /sys/class/block/${loop#/dev/}/loop ]"
	ctl 0 set vfio -n $NVME2
}

a_swap_file() {
	assert make_fs "$disk"
	dd if=/dev/zero of=$use_mnt/swap bs=64k count=64 2>/dev/null
	chmod 600 $use_mnt/swap
	mkswap $use_mnt/swap >/dev/null
	assert swapon $use_mnt/swap
	in_use $NVME2 "${disk#/dev/} is mounted at $use_mnt" "swapoff $use_mnt/swap"
	# Detached, it has no name left, but the kernel still has it.
	exec 9<$use_mnt/swap
	umount -l $use_mnt
	in_use $NVME2 "$disk is open exclusively"
	assert swapoff /proc/self/fd/9
	exec 9<&-
	wait_for "flavourctl set vfio -n $NVME2 >/dev/null 2>&1"
}

open_exclusively() {
	rm -f $lab_run/perl
	# shellcheck disable=SC2016 # perl's
	perl -MFcntl -e '$| = 1; sysopen(F, $ARGV[0], O_RDONLY | O_EXCL) or die; print "open\n"; sleep 1000' \
		"$disk" >$lab_run/perl &
	holder=$!
	wait_for "grep -q open $lab_run/perl"
	in_use $NVME2 "$disk"
	kill $holder
	wait $holder || true
	ctl 0 set vfio -n $NVME2
}

# Nobody can be asked about a disk without a node. It stays the kernel's own, who
# removes no other.
without_a_node() {
	mv "$disk" "$disk.kept"
	in_use $NVME2 "Whether $disk is in use is unknown"
	mv "$disk.kept" "$disk"
	ctl 0 set vfio -n $NVME2
}

# This one is in a subsystem: the disk is not below the controller.
by_multipath() {
	bind_native $NVME nvme
	head=$(cd "$(sysfs $NVME)"/nvme/nvme* && echo nvme*c*n* | sed 's/c[0-9]*n/n/')
	wait_for "[ -b /dev/$head ]"
	assert test -e /sys/devices/virtual/nvme-subsystem/*/"$head"
	ctl 0 set vfio -n $NVME
	assert make_fs "/dev/$head"
	in_use $NVME "$head is mounted at $use_mnt"
	file_is_whole
	umount $use_mnt
	ctl 0 set vfio -n $NVME
}

t "a NIC in a container" in_a_container
t "a NIC in a namespace with a name, and nobody in it" in_a_named_namespace
t "a NIC in a namespace that only an open file keeps" kept_by_a_file
t "the default route's NIC, asked from a container" from_a_container
t "a macvlan of it in a container" built_upon_elsewhere macvlan mode bridge
modprobe 8021q
t "a VLAN of it in a container" built_upon_elsewhere vlan id 7
t "a macvlan that is up, without an address" built_upon_and_up
t "a veth pair next to it" a_pair_is_no_matter
t "a disk under a loop device, mounted or not" over_a_loop
t "a swap file on a disk, its file system detached" a_swap_file
t "a disk that a process has open exclusively" open_exclusively
t "a disk without a node" without_a_node
t "a disk by multipath" by_multipath
