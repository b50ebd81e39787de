/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IGD_OPREGION_H
#define IGD_OPREGION_H

#include <linux/types.h>

struct pci_dev;

#define IGD_ASLS 0xfc /* the register that has the OpRegion's address */

void *igd_opregion_copy(struct pci_dev *pdev, u32 asls, size_t *size);

#endif
