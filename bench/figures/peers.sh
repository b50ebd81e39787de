# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -m 2G
# Claim one function with what people use today, every module loaded.
. "$LAB_TOP/bench/guest.sh"

RUNS=10
pause=50
virsh="/usr/bin/virsh --no-pkttyagent -c qemu:///system"

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

# way_of NAME DEV DRIVER NATIVE READY AFTER: the step on stdin claims the device.
# What hears of it, udev and libvirt, is done with it before the next one.
way_of() {
	way "$1" <<-END
		start
		$(cat)
		stop
		succeeded
		bound $2 $3
		wait $devices/$2/vfio-dev
		$6
		write $devices/$2/driver_flavour native
		write $devices/$2/driver_override
		bound $2 $4
		wait $5
		sleep $pause
	END
}

edu_way() { # NAME DRIVER [AFTER]
	way_of "$1" $EDU "$2" test_native_fail $devices/$EDU/driver "${3:-}"
}

nic_way() { # NAME DRIVER
	way_of "$1" $NIC_B "$2" e1000e "$devices/$NIC_B/net/*" ""
}

script echoes <<'END'
echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
echo "$1" >/sys/bus/pci/drivers_probe
END

script howto <<'END'
modprobe vfio-pci
id=$(lspci -n -s "$1")
dev=/sys/bus/pci/devices/$1
[ ! -e "$dev/driver" ] || echo "$1" >"$dev/driver/unbind"
echo vfio-pci >"$dev/driver_override"
echo "$1" >/sys/bus/pci/drivers_probe
lspci -nnk -s "$1" | grep -q "in use: vfio-pci"
END

say "peers: loading modules"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/test_native_fail.ko"
modprobe e1000e
sleep 1
node=pci_$(echo $EDU | tr :. __)

section "The same, with what people use today"
edu_way edu.ctl vfio-pci <<END
spawn $ctl set -q vfio $EDU
END
edu_way edu.driverctl vfio-pci <<END
spawn /usr/sbin/driverctl set-override $EDU vfio-pci
END
edu_way edu.echoes vfio-pci <<END
spawn $lab_run/echoes $EDU
END
edu_way edu.howto vfio-pci <<END
spawn $lab_run/howto $EDU
END
nic_way nic.ctl vfio-pci <<END
spawn $ctl set -q vfio $NIC_B
END
nic_way nic.dpdk vfio-pci <<END
spawn /usr/bin/dpdk-devbind.py -b vfio-pci $NIC_B
END
way empty <<END
start
spawn /bin/sh -c :
stop
END

warm "$ctl" set -q vfio $EDU
warm "$ctl" reset -q $EDU
warm driverctl set-override $EDU vfio-pci
warm $lab_run/echoes $EDU
warm $lab_run/howto $EDU
warm "$ctl" reset -q $EDU
warm dpdk-devbind.py -b vfio-pci $NIC_B
warm "$ctl" reset -q $NIC_B
say "peers: edu, $RUNS runs of each"
play $RUNS edu.ctl edu.driverctl edu.echoes edu.howto
say "peers: a NIC, $RUNS runs of each"
play $RUNS nic.ctl nic.dpdk
play 20 empty

row "flavourctl set vfio (edu)" edu.ctl "driverctl 0.111" edu.driverctl 0.2
row "flavourctl set vfio (e1000e)" nic.ctl "dpdk-devbind.py" nic.dpdk 0.2
row "flavourctl set vfio (edu)" edu.ctl "a shell script as in a howto" edu.howto 0.2
row "flavourctl set vfio (edu)" edu.ctl "a shell script of three echoes" edu.echoes 0.2
row "  of that: a shell that does nothing" empty "a shell script of three echoes" edu.echoes
note "The script of three echoes is a shell's start and the bare claim, and nothing else: it does not look whether" \
	"the device is in use, does not load or choose a driver, does not look whether it worked, and puts nothing" \
	"back. A program would have to do all that in a fifth of the time that the shell takes to start. The script" \
	"as in a howto looks the device up and checks the result with \`lspci\`."

say "peers: udev and libvirt start"
start_udev
start_libvirt
pause=500
edu_way udev.ctl vfio-pci <<END
spawn $ctl set -q vfio $EDU
END
edu_way udev.virsh vfio-pci "spawn $virsh nodedev-reattach $node" <<END
spawn $virsh nodedev-detach $node
END
warm $virsh nodedev-detach "$node"
warm $virsh nodedev-reattach "$node"
say "peers: edu and virsh, $RUNS runs of each"
play $RUNS udev.ctl udev.virsh
row "flavourctl set vfio (edu), udev and libvirtd run" udev.ctl "virsh nodedev-detach" udev.virsh 0.2
plot peers "Claim one function, ms" "flavourctl (edu)=edu.ctl" "three echoes (edu)=edu.echoes" \
	"howto (edu)=edu.howto" "driverctl (edu)=edu.driverctl" "virsh (edu)=udev.virsh" \
	"flavourctl (e1000e)=nic.ctl" "dpdk-devbind.py (e1000e)=nic.dpdk"
