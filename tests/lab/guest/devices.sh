# shellcheck shell=sh disable=SC2034 # used by the scenarios
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The lab's devices, where tests/lab/machine puts them.

EDU=0000:00:02.0      # 1234:11e8; nobody's, no native driver
EDU2=0000:00:03.0     # its twin
TESTDEV=0000:00:04.0  # 1b36:0005
IVSHMEM=0000:00:05.0  # 1af4:1110, BAR 2 is RAM
IVSHMEM2=0000:00:06.0 # its twin
NVME2=0000:00:07.0    # 1b36:0010, a plain 64 MiB disk
NIC_A=0000:01:00.0    # 8086:10d3 (e1000e), subsystem df00:0001
NIC_B=0000:02:00.0    # 8086:10d3 (e1000e), subsystem df00:0002
NVME=0000:03:00.0     # 1b36:0010, SR-IOV with 8 VFs, a 64 MiB disk
BRIDGE=0000:00:08.0   # the root port above NIC_A

# One IOMMU group of three: the chipset's functions.
CHIPSET="0000:00:1f.0 0000:00:1f.2 0000:00:1f.3"
LPC=0000:00:1f.0
SATA=0000:00:1f.2
SMBUS=0000:00:1f.3

# Empty hot-plug ports: a bus for qmp_plug, and the address of what is in it.
PORTS="hp1 hp2 hp3 hp4"
PORT1=hp1 PORT1_DEV=0000:04:00.0
PORT2=hp2 PORT2_DEV=0000:05:00.0
PORT3=hp3 PORT3_DEV=0000:06:00.0
PORT4=hp4 PORT4_DEV=0000:07:00.0
