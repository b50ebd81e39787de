/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Which driver serves a PCI device best: pure matching and ranking.
 *
 * The kernel module, libflavour and the tests compile this one file, so that
 * they can't disagree. It allocates nothing and takes no locks.
 */
#ifndef FLAVOUR_BUS_PCI_MATCH_H
#define FLAVOUR_BUS_PCI_MATCH_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif

#include "rank.h"

/* The fields of a PCI modalias, in its order (scripts/mod/file2alias.c). */
enum match_field {
	MATCH_VENDOR,
	MATCH_DEVICE,
	MATCH_SUBVENDOR,
	MATCH_SUBDEVICE,
	MATCH_BASE_CLASS,
	MATCH_SUB_CLASS,
	MATCH_INTERFACE,
	MATCH_FIELDS
};

/*
 * A rank is a number, the smaller the better. Its digits, from the most weighty
 * to the least, are what the pattern leaves open: vendor and device (0 to 2),
 * subsystem vendor, subsystem device, class (0 to 3 fields).
 */
#define MATCH_RANK_IDS       16
#define MATCH_RANK_SUBVENDOR 8
#define MATCH_RANK_SUBDEVICE 4
#define MATCH_RANK_CLASS     1

/* Room for "vfio_pci:v…i…" with every field written out, and its NUL. */
#define MATCH_ALIAS_SIZE 64

/**
 * struct match_id - what a device is
 * @field: the value of each modalias field
 */
struct match_id {
	__u32 field[MATCH_FIELDS];
};

/**
 * struct match_pattern - what a driver's ID table entry asks for
 * @value: the value asked of each field
 * @mask: the bits of it that count; 0 is a wildcard
 */
struct match_pattern {
	__u32 value[MATCH_FIELDS];
	__u32 mask[MATCH_FIELDS];
};

bool flavour_pci_fits(const struct match_pattern *pattern, const struct match_id *id);
unsigned int flavour_pci_wildcards(const struct match_pattern *pattern);
unsigned int flavour_pci_rank(const struct match_pattern *pattern);
int flavour_pci_parse(const char *alias, const char *universe, struct match_pattern *pattern);
int flavour_pci_parse_id(const char *modalias, const char *universe, struct match_id *id);
int flavour_pci_format(char *buf, size_t size, const char *universe, const struct match_id *id);

#endif
