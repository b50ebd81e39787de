/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_OVERRIDE_H
#define FLAVOUR_OVERRIDE_H

struct pci_dev;

void override_check(struct pci_dev *pdev);

int override_init(void);
void override_exit(void);

#endif
