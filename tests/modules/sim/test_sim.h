/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include <linux/pci.h>

#define SIM_MAX_FUNCTIONS 256

/**
 * struct sim_function - one function's configuration space
 * @cfg: what is read
 * @rw: the bits that a write changes
 */
struct sim_function {
	u8 cfg[PCI_CFG_SPACE_EXP_SIZE];
	u8 rw[PCI_CFG_SPACE_EXP_SIZE];
};

/**
 * struct sim_plan - functions that are described and not plugged yet
 * @fn: in the order of their numbers
 * @n: how many
 */
struct sim_plan {
	struct sim_function *fn[SIM_MAX_FUNCTIONS];
	int n;
};

int sim_plan_parse(struct sim_plan *plan, char *text);
void sim_plan_free(struct sim_plan *plan);

struct sim_function *sim_function_new(void);
void sim_function_add_bar(struct sim_function *fn, u64 size);
void sim_function_add_register(struct sim_function *fn, int where, u32 value);
void sim_function_finish(struct sim_function *fn, bool pm, bool flr, u64 dsn);
void sim_function_chain(struct sim_plan *plan);
void sim_function_set16(struct sim_function *fn, int where, u16 value);
void sim_function_set32(struct sim_function *fn, int where, u32 value);

#endif
