/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VFIO device that can migrate, its state as bytes, and what is done with it. */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "vfio-open.h"

/* Not in the headers of Linux 6.1. */
#ifndef VFIO_MIGRATION_PRE_COPY
#define VFIO_MIGRATION_PRE_COPY		(1 << 2)
#define VFIO_DEVICE_STATE_PRE_COPY	6
#define VFIO_DEVICE_STATE_PRE_COPY_P2P	7
#define VFIO_MIG_GET_PRECOPY_INFO	_IO(VFIO_TYPE, VFIO_BASE + 21)

struct vfio_precopy_info {
	uint32_t argsz;
	uint32_t flags;
	uint64_t initial_bytes;
	uint64_t dirty_bytes;
};
#endif

enum { STATES = 8, PAGE = 4096 };

/* ivshmem: its registers, in BAR 0. */
enum { REG_INTR_MASK = 0, REG_INTR_STATUS = 4 };

/* Says it, with where, and exits with 1. */
#define die(...) die_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void die_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define check(condition) ((condition) ? (void)0 : die("this is not so: %s", #condition))

/* --- device.c ---------------------------------------------------------------- */

struct device {
	struct vfio_handle vfio;
	uint64_t flags;		/* VFIO_MIGRATION_* */
	uint8_t *ram;		/* BAR 2, mapped */
	size_t ram_size;	/* bytes */
	uint64_t ram_at;	/* where it is in the device's file */
	uint64_t regs_at;
};

/* They exit when something goes wrong that is not the answer of the driver. */
void device_open(struct device *device, const char *address);
void device_close(struct device *device);
void device_reset(struct device *device);
/* Its answering to reads and writes of its BARs: off, they are errors. */
void device_memory(struct device *device, bool on);
int device_state(struct device *device);
/* 0 or -errno; *fd is the transfer's, or -1. */
int device_try_state(struct device *device, uint32_t state, int *fd);
/* It works; the transfer's file, or -1. */
int device_set_state(struct device *device, uint32_t state);
uint32_t device_read_reg(struct device *device, unsigned int reg);
void device_write_reg(struct device *device, unsigned int reg, uint32_t value);
const char *state_name(uint32_t state);

/* --- state.c ----------------------------------------------------------------- */

struct bytes {
	uint8_t *data;
	size_t size;
	size_t room;
};

void bytes_reserve(struct bytes *bytes, size_t room);
void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_free(struct bytes *bytes);

/* Reads to the end of what there is now, @piece bytes at a time; true at the end of all. */
bool state_drain(int fd, struct bytes *state, size_t piece);
/* 0 or -errno. */
int state_feed(int fd, const struct bytes *state, size_t piece);
/* Of a device that runs, and does so again. */
void state_save(struct device *device, struct bytes *state, size_t piece);
void state_load(struct device *device, const struct bytes *state, size_t piece);

void fill(struct device *device, uint32_t seed);
void expect_equal(struct device *from, struct device *to);
double seconds(void);

/* --- section.c: the format, from its description in stream.h of the driver --- */

enum { HEADER = 32, CHECKSUM = 8 };
enum { IDENTITY = 1, RAM = 2, REGS = 3, END = 4 };
enum { AT_VERSION = 4, AT_TYPE = 6, AT_NUMBER = 8, AT_ADDRESS = 16, AT_LENGTH = 24 };

struct section {
	size_t at;	/* in the stream */
	size_t size;
	int type;
	uint64_t address;
};

uint64_t xxh64(const uint8_t *data, size_t size);
/* All of a stream, each with its checksum looked at; how many. */
size_t sections_of(const struct bytes *state, struct section **sections);
/* Give a section that was changed the right checksum. */
void section_sign(struct bytes *state, const struct section *section);

/* --- the commands; each exits with 1 unless all was as it should be ---------- */

void move(struct device *from, struct device *to, size_t piece, bool precopy);
void arcs(struct device *device);
void bad_streams(struct device *from, struct device *to);
/* Few of them: some devices take a second to reset. */
void one_of_each(struct device *from, struct device *to);
void tracking(struct device *device);
void races(struct device *device, int seconds);
void speed(struct device *from, struct device *to);

#endif
