// SPDX-License-Identifier: GPL-2.0-or-later
/* A device, opened by its address through a container, or an iommufd, of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "migrate.h"

void die_at(const char *file, int line, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "vfio-migrate: %s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

const char *state_name(uint32_t state)
{
	static const char *const names[STATES] = {
		"ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING",
		"RUNNING_P2P", "PRE_COPY", "PRE_COPY_P2P",
	};

	return state < STATES ? names[state] : "unknown";
}

static int feature(struct device *device, uint32_t flags, void *data, size_t size)
{
	union {
		struct vfio_device_feature feature;
		char room[sizeof(struct vfio_device_feature) + 64];
	} arg = { .feature = { .argsz = sizeof(arg.feature) + size, .flags = flags } };
	int ret;

	memcpy(arg.feature.data, data, size);
	ret = ioctl(device->vfio.device, VFIO_DEVICE_FEATURE, &arg) < 0 ? -errno : 0;
	memcpy(data, arg.feature.data, size);
	return ret;
}

static void read_flags(struct device *device)
{
	struct vfio_device_feature_migration migration = { 0 };
	int ret = feature(device, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
			  &migration, sizeof(migration));

	if (ret)
		die("%s can't migrate: %s", device->vfio.address, strerror(-ret));
	device->flags = migration.flags;
}

static struct vfio_region_info region(struct device *device, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device->vfio.device, VFIO_DEVICE_GET_REGION_INFO, &info))
		die("%s: region %u: %s", device->vfio.address, index, strerror(errno));
	return info;
}

void device_memory(struct device *device, bool on)
{
	uint64_t at = region(device, VFIO_PCI_CONFIG_REGION_INDEX).offset + 4;
	uint16_t command;

	check(pread(device->vfio.device, &command, 2, at) == 2);
	command = on ? command | 2 : command & ~2;
	check(pwrite(device->vfio.device, &command, 2, at) == 2);
}

void device_open(struct device *device, const char *address)
{
	struct vfio_region_info ram;

	if (!vfio_open_group(&device->vfio, address) || !vfio_open_device(&device->vfio))
		exit(1);

	read_flags(device);
	device_memory(device, true);
	device->regs_at = region(device, VFIO_PCI_BAR0_REGION_INDEX).offset;
	ram = region(device, VFIO_PCI_BAR2_REGION_INDEX);
	device->ram_at = ram.offset;
	device->ram_size = ram.size;
	device->ram = mmap(NULL, ram.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   device->vfio.device, ram.offset);
	if (device->ram == MAP_FAILED)
		die("%s: mapping the RAM: %s", address, strerror(errno));
}

void device_close(struct device *device)
{
	munmap(device->ram, device->ram_size);
	vfio_close(&device->vfio);
}

void device_reset(struct device *device)
{
	if (ioctl(device->vfio.device, VFIO_DEVICE_RESET))
		die("%s: reset: %s", device->vfio.address, strerror(errno));
}

int device_state(struct device *device)
{
	struct vfio_device_feature_mig_state state = { 0 };
	int ret = feature(device, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			  &state, sizeof(state));

	if (ret)
		die("%s: reading the state: %s", device->vfio.address, strerror(-ret));
	check(state.data_fd == -1);
	return state.device_state;
}

int device_try_state(struct device *device, uint32_t to, int *fd)
{
	struct vfio_device_feature_mig_state state = { .device_state = to, .data_fd = -2 };
	int ret = feature(device, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			  &state, sizeof(state));

	*fd = state.data_fd;
	return ret;
}

int device_set_state(struct device *device, uint32_t to)
{
	int from = device_state(device), fd;
	int ret = device_try_state(device, to, &fd);

	if (ret)
		die("%s: %s to %s: %s", device->vfio.address, state_name(from), state_name(to),
		    strerror(-ret));
	return fd;
}

uint32_t device_read_reg(struct device *device, unsigned int reg)
{
	uint32_t value;

	check(pread(device->vfio.device, &value, 4, device->regs_at + reg) == 4);
	return value;
}

void device_write_reg(struct device *device, unsigned int reg, uint32_t value)
{
	check(pwrite(device->vfio.device, &value, 4, device->regs_at + reg) == 4);
}
