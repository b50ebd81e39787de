# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Claim one function with what people use today, every module loaded.
. "$LAB_TOP/bench/guest.sh"

RUNS=10

# way_of NAME DEV DRIVER NATIVE READY: the step on stdin claims the device.
way_of() {
	way "$1" <<-END
		start
		$(cat)
		stop
		succeeded
		bound $2 $3
		wait $devices/$2/vfio-dev
		write $devices/$2/driver_flavour native
		write $devices/$2/driver_override
		bound $2 $4
		wait $5
		sleep 50
	END
}

edu_way() { # NAME DRIVER
	way_of "$1" $EDU "$2" test_native_fail $devices/$EDU/driver
}

nic_way() { # NAME DRIVER
	way_of "$1" $NIC_B "$2" e1000e "$devices/$NIC_B/net/*"
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
plot peers "Claim one function, ms" "flavourctl (edu)=edu.ctl" "three echoes (edu)=edu.echoes" \
	"howto (edu)=edu.howto" "driverctl (edu)=edu.driverctl" \
	"flavourctl (e1000e)=nic.ctl" "dpdk-devbind.py (e1000e)=nic.dpdk"
