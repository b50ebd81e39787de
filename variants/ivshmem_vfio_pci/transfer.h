/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IVSHMEM_TRANSFER_H
#define IVSHMEM_TRANSFER_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "stream.h"
#include "vfio_dev.h"

enum ivshmem_transfer_kind {
	IVSHMEM_SAVE_RUNNING,
	IVSHMEM_SAVE_STOPPED,
	IVSHMEM_LOAD,
};

/**
 * struct ivshmem_transfer - the state on its way out or in
 * @dev: the device, while not @ended
 * @file: of which user space has a descriptor; we hold it while not @ended
 * @kind: how it began
 * @resets: those of the device when it began; with more of them it is void
 * @page_count: bits in @pages
 * @pages: a bit a page: still to be sent, or still to come. Set under
 *	core.memory_lock by page faults while the device runs
 * @wait: for more to send
 * @lock: taken under state_mutex
 * @ended: nothing more to be done with it than to close it
 * @section: the one that is passing
 * @number: of the next section
 * @cursor: save: the page after the last one sent
 * @first_pass: save: there are pages that were never sent
 * @stopped: save: the device is, so what is left is the rest
 * @error: load: what the stream was refused with
 * @complete: load: the last section was seen
 * @regs_seen: load: so are the registers
 * @regs: load: to be set when all is well
 */
struct ivshmem_transfer {
	struct ivshmem_device *dev;
	struct file *file;
	enum ivshmem_transfer_kind kind;
	int resets;
	unsigned long page_count;
	unsigned long *pages;
	wait_queue_head_t wait;

	struct mutex lock; /* guards all that follows */
	bool ended;
	struct ivshmem_section section;
	u32 number;
	unsigned long cursor;
	bool first_pass;
	bool stopped;
	int error;
	bool complete;
	bool regs_seen;
	struct ivshmem_regs regs;
};

/* Call with the device's state_mutex held; each begin needs an end. */
struct ivshmem_transfer *ivshmem_transfer_begin(struct ivshmem_device *dev,
						enum ivshmem_transfer_kind kind);
void ivshmem_transfer_end(struct ivshmem_transfer *transfer);

/* Was it invalidated by a reset or by the state machine? @lock is held. */
bool ivshmem_transfer_void(struct ivshmem_transfer *transfer);

/* save.c: begin the next section; 1, or 0 at the end, or -ENOMSG for now. */
int ivshmem_save_next(struct ivshmem_transfer *transfer);
/* save.c: the device has been stopped. */
void ivshmem_save_stopped(struct ivshmem_transfer *transfer);
/* save.c: bytes to read when the device is stopped; @transfer may be NULL. */
unsigned long ivshmem_save_size(struct ivshmem_device *dev, struct ivshmem_transfer *transfer);

/* load.c: check what has been received of the section. */
int ivshmem_load_check(struct ivshmem_transfer *transfer);
/* load.c: the stream has ended; is the device's state complete? */
int ivshmem_load_finish(struct ivshmem_transfer *transfer);

#endif
