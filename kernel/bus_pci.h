/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_H
#define FLAVOUR_BUS_PCI_H

#include "flavour.h"

extern const struct flavour_bus bus_pci;

#endif
