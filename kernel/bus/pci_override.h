/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_OVERRIDE_H
#define FLAVOUR_BUS_PCI_OVERRIDE_H

struct pci_dev;

void override_check(struct pci_dev *pdev);

int override_init(void);
void override_exit(void);

#endif
