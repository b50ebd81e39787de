# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Claim one function, every module loaded: one write, against three by hand.
. "$LAB_TOP/bench/guest.sh"

RUNS=20

# ways_of KEY DEV VARIANT NATIVE READY: both end with the same driver, and begin
# with the native one; it is there when READY exists.
ways_of() {
	way "$1.write" <<-END
		start
		write $devices/$2/driver_flavour vfio
		stop
		bound $2 $3
		wait $devices/$2/vfio-dev
		write $devices/$2/driver_flavour native
		bound $2 $4
		wait $5
		sleep 20
	END
	way "$1.hand" <<-END
		start
		write $devices/$2/driver/unbind $2
		write $devices/$2/driver_override $3
		write $drivers/$3/bind $2
		stop
		bound $2 $3
		wait $devices/$2/vfio-dev
		write $drivers/$3/unbind $2
		write $devices/$2/driver_override
		write $drivers/$4/bind $2
		wait $5
		sleep 20
	END
	way "$1.modprobe" <<-END
		start
		spawn $(cat $flavour_params/loader) vfio_$(modalias_of "$2")
		stop
	END
}

measure() { # KEY WHAT DEV VARIANT NATIVE READY
	say "claim: $2, $RUNS runs of each"
	ways_of "$1" "$3" "$4" "$5" "$6"
	trace_loader
	play $RUNS "$1.write" "$1.hand" "$1.modprobe"
	loader_runs "$1.loader"
	row "claim $2, the loader's run aside" "$1.write-$1.loader" \
		"unbind, override, bind" "$1.hand" 1.05
	row "  the loader's run in that write" "$1.loader" "modprobe alone" "$1.modprobe"
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

measure edu edu $EDU test_exact_vfio_pci test_native_fail $devices/$EDU/driver
measure nvme "an NVMe drive" $NVME2 vfio-pci nvme "$devices/$NVME2/nvme/nvme*/nvme*n*"
measure nic "a NIC (e1000e)" $NIC_B test_nic_vfio_pci e1000e "$devices/$NIC_B/net/*"
