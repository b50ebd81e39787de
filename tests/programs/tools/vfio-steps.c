// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vfio-steps.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct step {
	const struct vfio_handle *vfio;
	struct vfio_region_info *region;	/* with room for its capabilities */
	uint64_t arg[3];
};

#define INFO_ROOM 1024

/* Linux 6.19 has it; Debian 12's headers do not. */
#define FEATURE_DMA_BUF 11

struct dma_buf {
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t flags;
	uint32_t nr_ranges;
	uint64_t offset;
	uint64_t length;
};

static bool failed(void)
{
	const char *name = strerrorname_np(errno);

	printf(" %s\n", name ? name : "unknown");
	return true;
}

static void print_capability(const struct vfio_info_cap_header *header)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse = (const void *)header;
	const struct vfio_region_info_cap_type *type = (const void *)header;

	switch (header->id) {
	case VFIO_REGION_INFO_CAP_SPARSE_MMAP:
		for (uint32_t i = 0; i < sparse->nr_areas; i++)
			printf(" sparse 0x%" PRIx64 "+0x%" PRIx64,
			       (uint64_t)sparse->areas[i].offset, (uint64_t)sparse->areas[i].size);
		break;
	case VFIO_REGION_INFO_CAP_TYPE:
		printf(" type %x.%x", type->type, type->subtype);
		break;
	default:
		printf(" capability %u", header->id);
	}
}

static bool step_info(const struct step *step)
{
	const struct vfio_region_info *region = step->region;
	uint32_t at = region->flags & VFIO_REGION_INFO_FLAG_CAPS ? region->cap_offset : 0;

	printf(" size 0x%" PRIx64 "%s%s%s", (uint64_t)region->size,
	       region->flags & VFIO_REGION_INFO_FLAG_READ ? " read" : "",
	       region->flags & VFIO_REGION_INFO_FLAG_WRITE ? " write" : "",
	       region->flags & VFIO_REGION_INFO_FLAG_MMAP ? " mmap" : "");
	while (at) {
		const struct vfio_info_cap_header *header =
			(const void *)((const char *)region + at);

		print_capability(header);
		at = header->next;
	}
	putchar('\n');
	return true;
}

static bool step_read(const struct step *step)
{
	uint64_t value = 0;
	ssize_t len;

	if (step->arg[1] > sizeof(value))
		return false;
	len = pread(step->vfio->device, &value, step->arg[1], step->region->offset + step->arg[0]);
	if (len < 0)
		return failed();
	printf(" 0x%0*" PRIx64 "%s\n", (int)step->arg[1] * 2, value,
	       len == (ssize_t)step->arg[1] ? "" : " short");
	return true;
}

static bool step_write(const struct step *step)
{
	ssize_t len;

	if (step->arg[1] > sizeof(step->arg[2]))
		return false;
	len = pwrite(step->vfio->device, &step->arg[2], step->arg[1],
		     step->region->offset + step->arg[0]);
	if (len < 0)
		return failed();
	puts(len == (ssize_t)step->arg[1] ? " ok" : " short");
	return true;
}

static bool step_map(const struct step *step)
{
	void *at = mmap(NULL, step->arg[1], PROT_READ | PROT_WRITE, MAP_SHARED,
			step->vfio->device, step->region->offset + step->arg[0]);

	if (at == MAP_FAILED)
		return failed();
	printf(" 0x%08x\n", *(volatile uint32_t *)at);
	munmap(at, step->arg[1]);
	return true;
}

/* As bytes, to compare with a file. */
static bool step_dump(const struct step *step)
{
	unsigned char *bytes = malloc(step->arg[1]);
	ssize_t len;

	if (!bytes)
		return failed();
	len = pread(step->vfio->device, bytes, step->arg[1], step->region->offset + step->arg[0]);
	if (len < 0)
		failed();
	for (ssize_t i = 0; i < len; i++)
		printf(" %02x", bytes[i]);
	if (len >= 0)
		putchar('\n');
	free(bytes);
	return true;
}

static bool step_ioeventfd(const struct step *step)
{
	struct vfio_device_ioeventfd ioeventfd = {
		.argsz = sizeof(ioeventfd),
		.flags = step->arg[1],
		.offset = step->region->offset + step->arg[0],
		.data = step->arg[2],
		.fd = eventfd(0, EFD_CLOEXEC),
	};

	if (ioctl(step->vfio->device, VFIO_DEVICE_IOEVENTFD, &ioeventfd))
		failed();
	else
		puts(" ok");
	close(ioeventfd.fd);
	return true;
}

/* Can a part of the region be given to other devices? */
static bool step_dmabuf(const struct step *step)
{
	union {
		struct vfio_device_feature feature;
		char room[sizeof(struct vfio_device_feature) + sizeof(struct dma_buf)];
	} arg = {
		.feature = {
			.argsz = sizeof(arg),
			.flags = VFIO_DEVICE_FEATURE_GET | FEATURE_DMA_BUF,
		},
	};
	const struct dma_buf dma_buf = {
		.region_index = step->region->index,
		.nr_ranges = 1,
		.offset = step->arg[0],
		.length = step->arg[1],
	};
	int fd;

	memcpy(arg.feature.data, &dma_buf, sizeof(dma_buf));
	fd = ioctl(step->vfio->device, VFIO_DEVICE_FEATURE, &arg);
	if (fd < 0)
		return failed();
	close(fd);
	puts(" ok");
	return true;
}

static bool step_reset(const struct step *step)
{
	if (ioctl(step->vfio->device, VFIO_DEVICE_RESET))
		return failed();
	puts(" ok");
	return true;
}

/* Of the configuration space, whichever region the steps are for. */
static bool step_command(const struct step *step)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
	};

	if (ioctl(step->vfio->device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pwrite(step->vfio->device, &step->arg[0], 2, config.offset + PCI_COMMAND) != 2)
		return failed();
	puts(" ok");
	return true;
}

static const struct {
	const char *name;
	unsigned int args;
	bool (*run)(const struct step *step);
} kinds[] = {
	{ "info", 0, step_info },	{ "read", 2, step_read },
	{ "write", 3, step_write },	{ "map", 2, step_map },
	{ "dump", 2, step_dump },	{ "ioeventfd", 3, step_ioeventfd },
	{ "reset", 0, step_reset },	{ "command", 1, step_command },
	{ "dmabuf", 2, step_dmabuf },
};

/* "write:0x14:4:1": a name, and numbers. */
static bool run_step(struct step *step, const char *text)
{
	const char *at = text + strcspn(text, ":");
	size_t len = at - text;
	unsigned int args = 0;

	for (; *at == ':' && args < 3; args++)
		step->arg[args] = strtoull(at + 1, (char **)&at, 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i].name) != len || strncmp(kinds[i].name, text, len))
			continue;
		if (kinds[i].args != args || *at)
			return false;
		printf("%s", text);
		return kinds[i].run(step);
	}
	return false;
}

bool vfio_run_steps(const struct vfio_handle *vfio, unsigned int region, char **steps)
{
	char room[INFO_ROOM] __attribute__((aligned(8)));
	struct step step = { .vfio = vfio, .region = (void *)room };

	*step.region = (struct vfio_region_info){ .argsz = sizeof(room), .index = region };
	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, step.region))
		return vfio_failed("find the region of", vfio->address);

	for (; *steps; steps++) {
		if (!run_step(&step, *steps)) {
			fprintf(stderr, "%s: no such step\n", *steps);
			return false;
		}
		fflush(stdout);
	}
	return true;
}
