/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices of the lab, as QEMU makes them. */
#ifndef LAB_IDS_H
#define LAB_IDS_H

#define LAB_EDU_VENDOR		0x1234
#define LAB_EDU_DEVICE		0x11e8

#define LAB_TESTDEV_VENDOR	0x1b36
#define LAB_TESTDEV_DEVICE	0x0005

#define LAB_IVSHMEM_VENDOR	0x1af4
#define LAB_IVSHMEM_DEVICE	0x1110

#define LAB_NVME_VENDOR		0x1b36
#define LAB_NVME_DEVICE		0x0010

#define LAB_SATA_VENDOR		0x8086
#define LAB_SATA_DEVICE		0x2922

#define LAB_NIC_VENDOR		0x8086
#define LAB_NIC_DEVICE		0x10d3
#define LAB_NIC_SUBVENDOR	0xdf00
#define LAB_NIC_A_SUBDEVICE	0x0001

/* A simulated function of its own: see ../sim. */
#define LAB_SLEEPER_VENDOR	0x1234
#define LAB_SLEEPER_DEVICE	0xd3d3

#endif
