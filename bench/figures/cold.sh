# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Claim one function with no vfio module loaded.
. "$LAB_TOP/bench/guest.sh"

RUNS=15

# cold NAME DEV NATIVE READY: the steps on stdin claim the device.
cold() {
	way "$1" <<-END
		spawn /sbin/modprobe -r vfio-pci vfio_iommu_type1
		succeeded
		gone /sys/module/vfio
		start
		$(cat)
		stop
		bound $2 vfio-pci
		wait $devices/$2/vfio-dev
		write $devices/$2/driver_flavour native
		bound $2 $3
		wait $4
		sleep 20
	END
}

by_loader() { # KEY DEV NATIVE READY
	cold "$1.write" "$2" "$3" "$4" <<-END
		write $devices/$2/driver_flavour vfio
	END
	sed "1i write $flavour_params/loader /sbin/modprobe -q --" <"$ways/$1.write" >"$ways/$1.modprobe"
	sed "1i write $flavour_params/loader $flavour_load -q --" <"$ways/$1.write" >"$ways/$1.flavour-load"
}

measure() { # KEY WHAT DEV NATIVE READY
	say "cold: $2, $RUNS runs of each"
	by_loader "$1" "$3" "$4" "$5"
	cold "$1.hand" "$3" "$4" "$5" <<-END
		spawn /sbin/modprobe vfio-pci
		write $devices/$3/driver/unbind $3
		write $devices/$3/driver_override vfio-pci
		write $drivers/vfio-pci/bind $3
	END
	play $RUNS "$1.hand" "$1.modprobe" "$1.flavour-load"
	row "$2: a write to driver_flavour, modprobe" "$1.modprobe" "modprobe, bare writes" "$1.hand" 1.10
	row "$2: the same, flavour-load" "$1.flavour-load" "modprobe, bare writes" "$1.hand" 1.10
}

say "cold: loading modules"
modprobe driver_flavour
/sbin/insmod "$lab_ours/test_native_fail.ko"
modprobe nvme
modprobe e1000e
sleep 1
warm /sbin/modprobe vfio-pci
warm /sbin/modprobe -r vfio-pci vfio_iommu_type1
warm "$flavour_load" -q -- "vfio_$(modalias_of $EDU)"

section "From cold: no vfio module loaded"
measure edu edu $EDU test_native_fail $devices/$EDU/driver
measure nic "a NIC (e1000e)" $NIC_B e1000e "$devices/$NIC_B/net/*"
measure nvme "an NVMe drive" $NVME2 nvme "$devices/$NVME2/nvme/nvme*/nvme*n*"
