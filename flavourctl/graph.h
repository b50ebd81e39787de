/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLAVOURCTL_GRAPH_H
#define FLAVOURCTL_GRAPH_H

#include <stdio.h>

#include "ctl.h"

/* The PCI tree: devices in an order in which each comes after its parent. */
struct graph_node {
	struct flavour_device *dev;
	const char *name;
	ptrdiff_t parent;	/* index, -1 at a root */
	bool chosen;		/* asked for, or above or below one that was */
};

struct graph {
	struct ctl *ctl;
	struct graph_node *nodes;
	size_t count;
};

void graph_print_text(const struct graph *graph);
void graph_print_dot(const struct graph *graph, FILE *out);
int graph_draw(const struct graph *graph, const char *file);

#endif
