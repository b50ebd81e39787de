/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_LM_H
#define IVSHMEM_LM_H

struct ivshmem_device;

/* Enables migration; call it before the device is registered. */
void ivshmem_lm_init(struct ivshmem_device *dev);

/* Call these when user space has opened the device, and before it is closed. */
void ivshmem_lm_open(struct ivshmem_device *dev);
void ivshmem_lm_close(struct ivshmem_device *dev);

/* Handles resets that have happened. */
void ivshmem_lm_sync(struct ivshmem_device *dev);

#endif
