// SPDX-License-Identifier: GPL-2.0-only
/*
 * The OpRegion: 8 KiB that the firmware leaves in memory for the graphics driver.
 * The video BIOS table (VBT) is inside, or elsewhere if it has no room there.
 *
 * User space gets one piece: the OpRegion, a VBT from elsewhere right behind it,
 * and a version and an offset to go with that.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "opregion.h"

#define SIGNATURE	"IntelGraphicsMem"
#define VERSION_2_0	0x0200 /* the first version with a VBT elsewhere: at an address */
#define VERSION_2_1	0x0201 /* from this version on, at an offset from the OpRegion */
#define VBT_LIMIT	SZ_1M

struct opregion {
	char signature[16];
	__le32 kib;
	u8 reserved[2];
	__le16 version;
	u8 mailboxes[0x3ba - 0x18];
	__le64 rvda; /* address of a VBT elsewhere, 0 if there is none */
	__le32 rvds; /* its size */
	u8 rest[SZ_8K - 0x3c6];
} __packed;
static_assert(sizeof(struct opregion) == SZ_8K);

struct vbt {
	u64 start;
	u32 size; /* 0: there is none elsewhere */
};

/* A range may begin or end in a hole and still intersect. */
static bool is_all(u64 start, u64 last, unsigned long desc)
{
	return region_intersects(start, last - start + 1, IORESOURCE_MEM, desc) ==
		       REGION_INTERSECTS &&
	       region_intersects(start, 1, IORESOURCE_MEM, desc) == REGION_INTERSECTS &&
	       region_intersects(last, 1, IORESOURCE_MEM, desc) == REGION_INTERSECTS;
}

/*
 * The firmware's address is not trusted: a user must not see memory of the kernel
 * or of a device.
 */
static bool is_firmwares(u64 start, u64 size)
{
	u64 last;

	if (check_add_overflow(start, size - 1, &last))
		return false;
	return is_all(start, last, IORES_DESC_RESERVED) ||
	       is_all(start, last, IORES_DESC_ACPI_NV_STORAGE);
}

static bool find_vbt(const struct opregion *op, u32 asls, struct vbt *vbt)
{
	u16 version = le16_to_cpu(op->version);

	vbt->start = le64_to_cpu(op->rvda);
	vbt->size = le32_to_cpu(op->rvds);
	if (version < VERSION_2_0 || !vbt->start || !vbt->size) {
		vbt->size = 0;
		return true;
	}
	if (version > VERSION_2_0 && check_add_overflow(vbt->start, (u64)asls, &vbt->start))
		return false;
	return vbt->size <= VBT_LIMIT && is_firmwares(vbt->start, vbt->size);
}

static const char *fault_of(const struct opregion *op, u32 asls, struct vbt *vbt)
{
	if (memcmp(op->signature, SIGNATURE, sizeof(op->signature)))
		return "has no signature";
	if (le32_to_cpu(op->kib) != sizeof(*op) / SZ_1K)
		return "does not say that it is of 8 KiB";
	if (!find_vbt(op, asls, vbt))
		return "has its VBT where the firmware has no memory";
	return NULL;
}

static int append_vbt(struct opregion *copy, const struct vbt *vbt)
{
	void *from = memremap(vbt->start, vbt->size, MEMREMAP_WB);

	if (!from)
		return -ENOMEM;
	memcpy(copy + 1, from, vbt->size);
	memunmap(from);
	return 0;
}

static void *copy_both(const struct opregion *op, const struct vbt *vbt, size_t *size)
{
	struct opregion *copy;

	*size = sizeof(*op) + vbt->size;
	copy = kvmalloc(*size, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	memcpy(copy, op, sizeof(*op));
	if (vbt->size && append_vbt(copy, vbt)) {
		kvfree(copy);
		return ERR_PTR(-ENOMEM);
	}
	if (le16_to_cpu(op->version) >= VERSION_2_0)
		copy->rvda = cpu_to_le64(vbt->size ? sizeof(*op) : 0);
	if (le16_to_cpu(op->version) == VERSION_2_0 && vbt->size)
		copy->version = cpu_to_le16(VERSION_2_1);
	return copy;
}

/**
 * igd_opregion_copy - the OpRegion, and its VBT, as they are now
 * @pdev: whose; for the log, if the firmware did it wrong
 * @asls: its address; 0 or all ones if there is none
 * @size: of the copy, in bytes
 *
 * Return: the copy, for kvfree(); NULL if there is none, or none that can be
 * trusted; ERR_PTR(-ENOMEM).
 */
void *igd_opregion_copy(struct pci_dev *pdev, u32 asls, size_t *size)
{
	const char *fault = "is where the firmware has no memory";
	struct opregion *op;
	struct vbt vbt;
	void *copy = NULL;

	if (!asls || asls == U32_MAX)
		return NULL;
	if (is_firmwares(asls, sizeof(*op))) {
		op = memremap(asls, sizeof(*op), MEMREMAP_WB);
		if (!op)
			return ERR_PTR(-ENOMEM);
		fault = fault_of(op, asls, &vbt);
		if (!fault)
			copy = copy_both(op, &vbt, size);
		memunmap(op);
	}
	if (fault)
		pci_warn(pdev, "the OpRegion at %#x %s: left out\n", asls, fault);
	return copy;
}
