/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_BUS_PCI_H
#define FLAVOUR_BUS_PCI_H

#include "flavour.h"

/*
 * The words in driver_override that request the vfio flavour, for tools that know
 * only driver_override.
 */
#define FLAVOUR_PCI_WORDS "vfio", "vfio-pci*", "vfio_pci*"

extern const struct flavour_bus bus_pci;

#endif
