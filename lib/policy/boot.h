/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of the boot before the root file system is mounted. */
#ifndef FLAVOUR_BOOT_H
#define FLAVOUR_BOOT_H

#include "policy/policy.h"

struct boot {
	struct flavour_ctx *ctx;
	char *root;		/* as root= has it, or NULL */
	bool pending;		/* we are in an initramfs */
	bool network;		/* it may come over a network */
};

int boot_read(struct boot *boot, struct flavour_ctx *ctx);
void boot_clear(struct boot *boot);
bool policy_rule_waits(const struct boot *boot, const struct flavour_rule *rule);

#endif
