/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names out of pci.ids. */
#ifndef FLAVOURCTL_NAMES_H
#define FLAVOURCTL_NAMES_H

#include "ctl.h"

/* Valid until the next call; never NULL. */
const char *name_of_class(struct ctl *ctl, const struct flavour_pci_id *id);
const char *name_of_device(struct ctl *ctl, const struct flavour_pci_id *id);
void names_free(struct names *names);

#endif
