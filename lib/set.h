/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FLAVOUR_SET_H
#define FLAVOUR_SET_H

#include "private.h"

struct slot {
	uint64_t key;
	struct flavour_device *dev;
};

struct flavour_devices {
	struct flavour_ctx *ctx;
	struct slot *v;
	size_t count, room;
	/*
	 * which processes have device nodes open; filled by the first plan made
	 * with this set as @together, reused by the later ones
	 */
	struct openers *openers;
};

bool devices_have_below(const struct flavour_devices *devices, const char *real);

#endif
