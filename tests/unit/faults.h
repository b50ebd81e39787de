/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever can't be looked at counts as in use: each call fails once. */
#ifndef TESTS_UNIT_FAULTS_H
#define TESTS_UNIT_FAULTS_H

#include "fake.h"

#define VGA_AT  "0000:03:00.0"
#define NVME_AT "0000:02:00.0"
#define NIC_AT  "0000:01:00.0"
#define REAL(address) "sys/devices/pci0000:00/" address
#define DISK REAL(NVME_AT) "/nvme/nvme0/nvme0n1"
#define PARTITION DISK "/nvme0n1p1"

struct use {
	const char *name;
	const char *(*make)(struct fake *fake);	/* puts a device into use and returns it */
	enum flavour flavour;
	const char *text;			/* what is said of it; NULL for anything */
};

/* With each of the calls failing, none of them is said to be free. */
void faults_never_yes(const struct use *uses, size_t count);

/* For what a test puts in the place of a call: does it fail, with errno set? */
bool faults_now(void);
extern bool faults_ask_kernel;

void faults_put_block(struct fake *fake, const char *real, const char *number);
void faults_put_disk(struct fake *fake);

#endif
