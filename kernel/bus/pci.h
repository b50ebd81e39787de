/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_H
#define FLAVOUR_BUS_PCI_H

#include "bus.h"

/* What means the vfio flavour in driver_override, for tools that know no other way. */
#define FLAVOUR_PCI_WORDS "vfio", "vfio-pci*", "vfio_pci*"

extern const struct flavour_bus flavour_bus_pci;

#endif
