# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -m 2G
# Claim one function with libvirt, every module loaded.  It has udev and its
# daemon run, which hear of each claim, by whomever.
. "$LAB_TOP/bench/guest.sh"

RUNS=10
virsh="/usr/bin/virsh -c qemu:///system"
node=pci_$(echo $EDU | tr :. __)

start_udev() {
	mkdir -p /run/udev
	/lib/systemd/systemd-udevd --daemon 2>/dev/null
	udevadm trigger --type=subsystems
	udevadm trigger --type=devices
	udevadm settle
}

# The user that its package makes, on a host that is to run guests.
start_libvirt() {
	echo "libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin" >>/etc/passwd
	echo "libvirt-qemu:x:64055:" >>/etc/group
	warm timeout 5 libvirtd
	libvirtd >$lab_run/libvirtd.log 2>&1 &
	wait_for "$virsh nodedev-list --cap pci 2>/dev/null | grep -q pci_" 60 ||
		{ cat $lab_run/libvirtd.log && return 1; }
}

claim() { # NAME [AFTER]: the step on stdin claims the device
	way "$1" <<-END
		spawn /usr/bin/udevadm settle
		start
		$(cat)
		stop
		succeeded
		bound $EDU vfio-pci
		wait $devices/$EDU/vfio-dev
		${2:-}
		write $devices/$EDU/driver_flavour native
		write $devices/$EDU/driver_override
		bound $EDU test_native_fail
		sleep 500
	END
}

say "virsh: udev and libvirt start"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/test_native_fail.ko"
start_udev
start_libvirt
claim udev.ctl <<END
spawn $ctl set -q vfio $EDU
END
claim udev.virsh "spawn $virsh nodedev-reattach $node" <<END
spawn $virsh nodedev-detach $node
END
say "virsh: everything into memory"
warm "$ctl" set -q vfio $EDU
warm "$ctl" reset -q $EDU
warm $virsh nodedev-detach "$node"
warm $virsh nodedev-reattach "$node"
warm udevadm settle

section "The same, with what people use today"
say "virsh: edu, $RUNS runs of each"
play $RUNS udev.ctl udev.virsh
row "flavourctl set vfio (edu), udev and libvirtd run" udev.ctl "virsh nodedev-detach" udev.virsh 0.2
