# shellcheck shell=sh disable=SC2034 # for those who source this
# SPDX-License-Identifier: GPL-2.0-or-later
#
# q35-new: the same PC by the newest QEMU for Debian 13, and two network cards with VFs:
# an Intel 82576 (not in Debian 12's QEMU), and one of virtio (not in Debian 13's own).

# shellcheck source=tests/lab/machines/q35.sh
. "${LAB_DIR:-$lab}/machines/q35.sh"

qemu_of=trixie-backports

machine_devices="-netdev user,restrict=on,ipv6=off,id=igb-net
	-device pcie-root-port,id=rp-igb,bus=pcie.0,addr=14.0,chassis=20
	-device igb,id=igb,netdev=igb-net,mac=52:54:00:df:00:0c,romfile=,bus=rp-igb,addr=0
	-device pcie-root-port,id=rp-vnet,bus=pcie.0,addr=15.0,chassis=21"
# The VFs come before their PF.
for vnet in vnet-vf1:2,sriov-pf=vnet vnet-vf0:1,sriov-pf=vnet vnet:0; do
	machine_devices="$machine_devices -netdev user,restrict=on,ipv6=off,id=${vnet%%:*}-net
		-device virtio-net-pci,id=${vnet%%:*},netdev=${vnet%%:*}-net,iommu_platform=on,romfile=,bus=rp-vnet,addr=0.${vnet#*:}"
done
