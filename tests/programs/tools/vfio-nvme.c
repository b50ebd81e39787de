// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that an NVMe driver does: enable the controller, identify it.  The
 * registers are reached by pread() and pwrite(), the doorbells by mmap().  It
 * does not disable the controller when it ends, as if it had been killed.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio-open.h"
#include "vfio-steps.h"

#define REG_CC		0x14
#define REG_CSTS	0x1c
#define REG_AQA		0x24
#define REG_ASQ		0x28
#define REG_ACQ		0x30
#define DOORBELLS	0x1000
#define PAGE		4096
#define ENTRIES		2
#define TRIES		60000	/* of a millisecond */

/* What the controller sees, from the address 0 on, a page each. */
struct queues {
	uint32_t submission[PAGE / 4];
	uint32_t completion[PAGE / 4];
	char data[PAGE];
};

static bool put(struct vfio_handle *vfio, unsigned int at, uint64_t value, size_t size)
{
	uint64_t raw = htole64(value);

	return pwrite(vfio->device, &raw, size, at) == (ssize_t)size ||
	       vfio_failed("write a register of", vfio->address);
}

static uint32_t get(struct vfio_handle *vfio, unsigned int at)
{
	uint32_t raw = UINT32_MAX;

	if (pread(vfio->device, &raw, sizeof(raw), at) != sizeof(raw))
		return UINT32_MAX;
	return le32toh(raw);
}

static bool may_master(struct vfio_handle *vfio)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command = htole16(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

	return (!ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &config) &&
		pwrite(vfio->device, &command, 2, config.offset + PCI_COMMAND) == 2) ||
	       vfio_failed("turn on the bus mastering of", vfio->address);
}

static struct queues *map_queues(struct vfio_handle *vfio)
{
	struct queues *queues = mmap(NULL, sizeof(*queues), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (queues == MAP_FAILED || !vfio_map(vfio, queues, sizeof(*queues), 0)) {
		vfio_failed("map memory for", vfio->address);
		return NULL;
	}
	return queues;
}

static bool becomes(struct vfio_handle *vfio, const volatile uint32_t *memory, uint32_t bit,
		    bool set)
{
	for (int i = 0; i < TRIES; i++) {
		bool is = (memory ? le32toh(*memory) : get(vfio, REG_CSTS)) & bit;

		if (is == set)
			return true;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return vfio_failed("wait for", vfio->address);
}

/* One that is enabled takes no other queues. */
static bool enable(struct vfio_handle *vfio)
{
	uint32_t cc = get(vfio, REG_CC);

	printf("found cc 0x%x ready %u\n", cc, get(vfio, REG_CSTS) & 1);
	if (cc & 1 && !(put(vfio, REG_CC, 0, 4) && becomes(vfio, NULL, 1, false)))
		return false;
	return put(vfio, REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1), 4) &&
	       put(vfio, REG_ASQ, offsetof(struct queues, submission), 8) &&
	       put(vfio, REG_ACQ, offsetof(struct queues, completion), 8) &&
	       put(vfio, REG_CC, 4 << 20 | 6 << 16 | 1, 4) && becomes(vfio, NULL, 1, true);
}

/* The completion's fourth word has the phase in bit 16, and the status above it. */
static bool identify(struct vfio_handle *vfio, struct queues *queues)
{
	volatile uint32_t *doorbell = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
					   vfio->device, DOORBELLS);

	if (doorbell == MAP_FAILED)
		return vfio_failed("map the doorbells of", vfio->address);
	queues->submission[0] = htole32(0x06);
	queues->submission[6] = htole32(offsetof(struct queues, data));
	queues->submission[10] = htole32(1); /* the controller, not a namespace */
	__sync_synchronize();
	*doorbell = htole32(1);
	munmap((void *)doorbell, PAGE);
	if (!becomes(vfio, &queues->completion[3], 1 << 16, true))
		return false;
	printf("status 0x%x serial %.20s\n", le32toh(queues->completion[3]) >> 17,
	       queues->data + 4);
	return true;
}

int main(int argc, char **argv)
{
	struct queues *queues = NULL;
	struct vfio_handle vfio;
	bool done;

	if (argc < 2 || argv[1][0] == '-') {
		fputs("usage: vfio-nvme DEV [STEP...]\n", stderr);
		return 2;
	}

	done = vfio_open_group(&vfio, argv[1]) && vfio_open_device(&vfio) && may_master(&vfio) &&
	       (queues = map_queues(&vfio)) && enable(&vfio) && identify(&vfio, queues) &&
	       vfio_run_steps(&vfio, VFIO_PCI_BAR0_REGION_INDEX, argv + 2);
	vfio_close(&vfio);
	return !done;
}
