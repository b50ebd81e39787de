/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_BAR_H
#define IVSHMEM_BAR_H

#include <linux/pci.h>
#include <linux/types.h>

struct ivshmem_device;
struct ivshmem_regs;
struct ivshmem_transfer;

/* In D3 the BARs don't answer; under core.memory_lock. */
static inline bool ivshmem_bar_powered(struct pci_dev *pdev)
{
	return pdev->current_state != PCI_D3hot && pdev->current_state != PCI_D3cold;
}

/*
 * These sleep and take core.memory_lock. They also work if user space has turned
 * off the device's memory decoding; -EIO if it has put the device into D3.
 */
ssize_t ivshmem_bar_copy_ram(struct ivshmem_transfer *transfer, char __user *buf, size_t count);
int ivshmem_bar_get_regs(struct ivshmem_device *dev, struct ivshmem_regs *regs);
int ivshmem_bar_finish_load(struct ivshmem_device *dev, const struct ivshmem_regs *regs);
int ivshmem_bar_reset_regs(struct ivshmem_device *dev);
void ivshmem_bar_discard_load(struct ivshmem_device *dev);

#endif
