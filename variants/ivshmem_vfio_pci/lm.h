/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_LM_H
#define IVSHMEM_LM_H

struct ivshmem_device;

/* The device can migrate: before it is registered. */
void ivshmem_lm_init(struct ivshmem_device *dev);

/* User space has opened the device, or is about to have it no more. */
void ivshmem_lm_open(struct ivshmem_device *dev);
void ivshmem_lm_close(struct ivshmem_device *dev);

/* Act on resets that have happened. */
void ivshmem_lm_sync(struct ivshmem_device *dev);

#endif
