# shellcheck shell=sh disable=SC2034 # for those who source this
# SPDX-License-Identifier: GPL-2.0-or-later
#
# q35-new: the same PC, by the QEMU of Debian 13, and a network card that Debian 12's lacks:
# an Intel 82576, with 7 VFs by its driver.  guest/devices.sh calls it IGB.

# shellcheck source=tests/lab/machines/q35.sh
. "${LAB_DIR:-$lab}/machines/q35.sh"

qemu_of=trixie
machine_devices="-netdev user,restrict=on,ipv6=off,id=igb-net
	-device pcie-root-port,id=rp-igb,bus=pcie.0,addr=14.0,chassis=20
	-device igb,id=igb,netdev=igb-net,mac=52:54:00:df:00:0c,romfile=,bus=rp-igb,addr=0"
