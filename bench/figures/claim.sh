# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Claim one function, every module loaded: against three writes by hand.
. "$LAB_TOP/bench/guest.sh"

# way_of NAME DEV VARIANT NATIVE READY: the steps on stdin claim the device;
# before and after it has the native driver, and READY exists.
way_of() {
	way "$1" <<-END
		start
		$(cat)
		stop
		bound $2 $3
		wait $devices/$2/vfio-dev
		write $devices/$2/driver_flavour native
		bound $2 $4
		wait $5
		sleep 20
	END
}

measure() { # KEY WHAT RUNS DEV VARIANT NATIVE READY
	say "claim: $2, $3 runs of each"
	way_of "$1.write" "$4" "$5" "$6" "$7" <<-END
		write $devices/$4/driver_flavour vfio
	END
	way_of "$1.ctl" "$4" "$5" "$6" "$7" <<-END
		spawn $ctl set -q vfio $4
	END
	way_of "$1.hand" "$4" "$5" "$6" "$7" <<-END
		write $devices/$4/driver/unbind $4
		write $devices/$4/driver_override $5
		write $drivers/$5/bind $4
	END
	play "$3" "$1.hand" "$1.write" "$1.ctl"
	row "$2: a write to driver_flavour" "$1.write" "bare writes from C" "$1.hand" 1.05
	row "  the quickest of $3 runs" "least:$1.write" "the quickest" "least:$1.hand"
}

say "claim: loading modules"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/test_exact_vfio_pci.ko"
/sbin/insmod "$lab_ours/test_nic_vfio_pci.ko"
/sbin/insmod "$lab_ours/test_native_fail.ko"
modprobe nvme
modprobe e1000e
sleep 1
warm "$ctl" set -q vfio $EDU
warm "$ctl" reset -q $EDU
warm /bin/busybox true

section "Claim one function, modules loaded"
measure edu "edu" 30 $EDU test_exact_vfio_pci test_native_fail $devices/$EDU/driver
measure nvme "an NVMe drive" 40 $NVME2 vfio-pci nvme "$devices/$NVME2/nvme/nvme*/nvme*n*"
measure nic "a NIC (e1000e)" 40 $NIC_B test_nic_vfio_pci e1000e "$devices/$NIC_B/net/*"

way empty <<END
start
spawn /bin/busybox true
stop
END
play 30 empty
row "an NVMe drive: flavourctl, the whole process" nvme.ctl "bare writes from C" nvme.hand 1.25
row "a NIC (e1000e): flavourctl, the whole process" nic.ctl "bare writes from C" nic.hand 1.25
row "edu: flavourctl, the whole process" edu.ctl "bare writes from C" edu.hand
row "  a static program that does nothing" empty "bare writes from C" edu.hand
row "  flavourctl without the claim (edu)" edu.ctl-edu.write "that program" empty
note "The goal for flavourctl is measured on drivers of real devices: \`nvme\` and \`e1000e\` sleep when they" \
	"let a device go, as drivers of real hardware do, and nobody notices a process beside that. \`edu\` has no" \
	"registers to save and no queue to drain. Its bare claim takes less than a program takes to start that" \
	"does nothing at all, so no command can be within 1.25 × of it."
note "An NVMe drive and a NIC take longer now and then, in each way, and much more than the module takes: so the" \
	"ratio of two medians is another one in each run. What the module itself does shows in edu's line, and in the" \
	"quickest runs."
note "No loader runs in these: one has succeeded for the device's alias in the warm-up, and nothing has" \
	"changed since that it goes by (kernel/loader_watch.c). The first claim of a kind is in \"From cold\"."
plot claim "Claim one function, ms" \
	"edu, bare writes=edu.hand" "edu, driver_flavour=edu.write" "edu, flavourctl=edu.ctl" \
	"NIC, bare writes=nic.hand" "NIC, driver_flavour=nic.write" "NIC, flavourctl=nic.ctl" \
	"NVMe, bare writes=nvme.hand" "NVMe, driver_flavour=nvme.write" "NVMe, flavourctl=nvme.ctl"
