// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated function's configuration space: an endpoint with the capabilities
 * that the kernel and VFIO look at.
 */
#include <linux/pci.h>
#include <linux/slab.h>

#include "test_sim.h"

#define POS_EXPRESS 0x40
#define POS_PM      0x80
#define POS_ARI     0x100
#define POS_ACS     0x110
#define POS_DSN     0x120

void sim_function_set16(struct sim_function *fn, int where, u16 value)
{
	fn->cfg[where] = value;
	fn->cfg[where + 1] = value >> 8;
}

void sim_function_set32(struct sim_function *fn, int where, u32 value)
{
	sim_function_set16(fn, where, value);
	sim_function_set16(fn, where + 2, value >> 16);
}

static u32 get32(struct sim_function *fn, int where)
{
	return fn->cfg[where] | fn->cfg[where + 1] << 8 | fn->cfg[where + 2] << 16 |
	       (u32)fn->cfg[where + 3] << 24;
}

static void writable(struct sim_function *fn, int where, u32 bits)
{
	int i;

	for (i = 0; i < 4; i++)
		fn->rw[where + i] = bits >> 8 * i;
}

/**
 * sim_function_new - an endpoint of no vendor, without capabilities
 *
 * Return: the function, for kfree(); NULL if out of memory.
 */
struct sim_function *sim_function_new(void)
{
	struct sim_function *fn = kzalloc(sizeof(*fn), GFP_KERNEL);

	if (!fn)
		return NULL;
	writable(fn, PCI_COMMAND, 0x0747);
	fn->rw[PCI_CACHE_LINE_SIZE] = 0xff;
	fn->rw[PCI_INTERRUPT_LINE] = 0xff;
	return fn;
}

/**
 * sim_function_add_bar - give a function its BAR 0, of 64 bits, with nothing behind it
 * @fn: the function
 * @size: a power of two, at least 4096
 */
void sim_function_add_bar(struct sim_function *fn, u64 size)
{
	u64 bits = ~(size - 1);

	sim_function_set32(fn, PCI_BASE_ADDRESS_0,
			   PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH);
	writable(fn, PCI_BASE_ADDRESS_0, bits);
	writable(fn, PCI_BASE_ADDRESS_1, bits >> 32);
}

/**
 * sim_function_add_register - 32 bits of a function's own, which a write changes
 * @fn: the function
 * @where: a multiple of four, in the first 256 bytes and outside what is there already
 * @value: what is in it at first
 */
void sim_function_add_register(struct sim_function *fn, int where, u32 value)
{
	sim_function_set32(fn, where, value);
	writable(fn, where, ~0U);
}

/* Whatever a dump had there stays linked behind it. */
static void add_capability(struct sim_function *fn, int id, int where)
{
	fn->cfg[where] = id;
	fn->cfg[where + 1] = fn->cfg[PCI_CAPABILITY_LIST];
	fn->cfg[PCI_CAPABILITY_LIST] = where;
	fn->cfg[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
}

static int find_capability(struct sim_function *fn, int id)
{
	int where = fn->cfg[PCI_CAPABILITY_LIST] & ~3, left = 48;

	if (!(fn->cfg[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	for (; where >= PCI_STD_HEADER_SIZEOF && left--; where = fn->cfg[where + 1] & ~3)
		if (fn->cfg[where] == id)
			return where;
	return 0;
}

static void add_express(struct sim_function *fn, bool flr)
{
	int where = find_capability(fn, PCI_CAP_ID_EXP);

	if (!where) {
		where = POS_EXPRESS;
		add_capability(fn, PCI_CAP_ID_EXP, where);
		sim_function_set16(fn, where + PCI_EXP_FLAGS, 2);
		/* the link that a QEMU port has: 2.5 GT/s, x1 */
		sim_function_set32(fn, where + PCI_EXP_LNKCAP, 0x11);
		sim_function_set16(fn, where + PCI_EXP_LNKSTA, 0x11);
	}
	if (flr)
		fn->cfg[where + PCI_EXP_DEVCAP + 3] |= PCI_EXP_DEVCAP_FLR >> 24;
	/* All of the control but "initiate FLR", which reads as zero. */
	writable(fn, where + PCI_EXP_DEVCTL, 0x7fff);
	writable(fn, where + PCI_EXP_LNKCTL, 0x01fb);
	writable(fn, where + PCI_EXP_DEVCTL2, 0xffff);
}

static void add_pm(struct sim_function *fn, bool pm)
{
	int where = find_capability(fn, PCI_CAP_ID_PM);

	if (!where && pm) {
		where = POS_PM;
		add_capability(fn, PCI_CAP_ID_PM, where);
		sim_function_set16(fn, where + PCI_PM_PMC, 3);
	}
	if (where)
		writable(fn, where + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
}

static void add_extended(struct sim_function *fn, int id, int where, int next)
{
	sim_function_set32(fn, where, id | 1 << 16 | next << 20);
}

/**
 * sim_function_finish - add the capabilities
 * @fn: the function, its header written
 * @pm: with power management
 * @flr: with function-level reset
 * @dsn: its serial number, 0 for none
 *
 * A dump's own are used if it has them, but the extended ones are ours: the
 * functions of a port are enumerated and isolated by ARI and ACS.
 */
void sim_function_finish(struct sim_function *fn, bool pm, bool flr, u64 dsn)
{
	memset(fn->cfg + PCI_CFG_SPACE_SIZE, 0, PCI_CFG_SPACE_EXP_SIZE - PCI_CFG_SPACE_SIZE);
	fn->cfg[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_NORMAL | 0x80 /* multifunction */;
	fn->cfg[PCI_INTERRUPT_PIN] = 0;
	add_pm(fn, pm);
	add_express(fn, flr);
	add_extended(fn, PCI_EXT_CAP_ID_ARI, POS_ARI, POS_ACS);
	add_extended(fn, PCI_EXT_CAP_ID_ACS, POS_ACS, dsn ? POS_DSN : 0);
	if (!dsn)
		return;
	add_extended(fn, PCI_EXT_CAP_ID_DSN, POS_DSN, 0);
	sim_function_set32(fn, POS_DSN + 4, dsn);
	sim_function_set32(fn, POS_DSN + 8, dsn >> 32);
}

/**
 * sim_function_chain - let each function name the next one, as ARI wants it
 * @plan: the functions
 */
void sim_function_chain(struct sim_plan *plan)
{
	int i;

	for (i = 0; i < plan->n; i++) {
		u32 cap = get32(plan->fn[i], POS_ARI + PCI_ARI_CAP) & 0xff;

		if (i + 1 < plan->n)
			cap |= (i + 1) << 8;
		sim_function_set16(plan->fn[i], POS_ARI + PCI_ARI_CAP, cap);
	}
}
