/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FLAVOUR_SET_H
#define FLAVOUR_SET_H

#include "private.h"

struct slot {
	uint64_t key;
	struct flavour_device *dev;
};

/* What a part above keeps with a set for as long as the set lives. */
struct kept {
	void *data;
	void (*free)(void *data);
};

struct flavour_devices {
	struct flavour_ctx *ctx;
	struct slot *v;
	size_t count, room;
	struct kept *kept;
};

bool devices_have_below(const struct flavour_devices *devices, const char *real);

#endif
