/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_OVERRIDE_H
#define FLAVOUR_BUS_PCI_OVERRIDE_H

struct pci_dev;

void flavour_override_check(struct pci_dev *pdev);

int flavour_override_init(void);
void flavour_override_exit(void);

#endif
