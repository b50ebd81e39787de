/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_H
#define FLAVOUR_BUS_PCI_H

#include "bus.h"

extern const struct flavour_bus flavour_bus_pci;

/* pci_override.c */
extern const char * const flavour_pci_words[];

int flavour_pci_words_init(void (*named)(struct device *dev));
void flavour_pci_words_exit(void);
void flavour_pci_binding(struct device *dev);

#endif
