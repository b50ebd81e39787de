# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The variants work through /dev/vfio/devices and iommufd alone: no container, no type 1 IOMMU.
# needs: cdev
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/migrate.sh"

# moves VERB…: there and back
moves() {
	for verb in "$@"; do
		assert vfio-migrate "$verb" $IVSHMEM $IVSHMEM2
		assert vfio-migrate "$verb" $IVSHMEM2 $IVSHMEM
	done
}

# Its queues are in memory of the iommufd's address space.
nvme_works() {
	assert set_flavour $NVME2 vfio
	is $NVME2 nvme_snap_vfio_pci
	assert vfio-nvme $NVME2
}

mkdir -p /etc/modprobe.d
echo "install vfio_iommu_type1 /bin/false" >/etc/modprobe.d/no-type1.conf
install_modules ivshmem_vfio_pci nvme_snap_vfio_pci
VFIO_BACKEND=cdev
export VFIO_BACKEND
t "the devices get the variant" claim_migrating $IVSHMEM $IVSHMEM2
t "a state is moved, also with pre-copy" moves move precopy
t "every arc of the state machine is as the kernel's table has it" assert vfio-migrate arcs $IVSHMEM
t "transfers, resets and the guest race" assert vfio-migrate races $IVSHMEM 2
t "NVMe does DMA" nvme_works
t "nothing of it needed vfio_iommu_type1" not loaded vfio_iommu_type1
