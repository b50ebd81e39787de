// SPDX-License-Identifier: GPL-2.0-or-later
/* The PCI tree as text. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "graph.h"
#include "names.h"

#define DEPTH 64

struct tree {
	const struct graph *graph;
	bool colours;
	bool last[DEPTH];	/* at each level above: has it no more siblings? */
};

static const char *colour(const struct tree *tree, struct flavour_device *dev)
{
	enum flavour flavour = tree->colours ? flavour_device_flavour(dev) : FLAVOUR_UNKNOWN;

	switch (flavour) {
	case FLAVOUR_VFIO:
		return "\033[32m";
	case FLAVOUR_NONE:
		return "\033[35m";
	default:
		return "";
	}
}

static void print_device(const struct tree *tree, struct flavour_device *dev)
{
	const char *driver = flavour_device_driver(dev), *on = colour(tree, dev);
	enum flavour flavour = flavour_device_flavour(dev);
	struct flavour_pci_id id = { 0 };

	flavour_device_id(dev, &id);
	if (*on)
		fprintf(raw_stdout(), "%s%s\033[0m ", on, flavour_device_address(dev));
	else
		printf("%s ", flavour_device_address(dev));
	if (flavour_device_group(dev) >= 0)
		printf("[group %d] ", flavour_device_group(dev));
	printf("%s", name_of_device(tree->graph->ctl, &id));
	if (flavour != FLAVOUR_NATIVE)
		printf(", %s", flavour_name(flavour));
	if (driver)
		printf(", %s", driver);
	putchar('\n');
}

static ptrdiff_t next_child(const struct graph *graph, ptrdiff_t parent, size_t from)
{
	for (; from < graph->count; from++)
		if (graph->nodes[from].chosen && graph->nodes[from].parent == parent)
			return (ptrdiff_t)from;
	return -1;
}

static void print_below(struct tree *tree, ptrdiff_t parent, unsigned int depth)
{
	ptrdiff_t node = next_child(tree->graph, parent, 0), next;
	unsigned int i;

	for (; node >= 0; node = next) {
		next = next_child(tree->graph, parent, (size_t)node + 1);
		tree->last[depth] = next < 0;
		for (i = 1; i < depth; i++)
			fputs(tree->last[i] ? "   " : "│  ", stdout);
		if (depth)
			fputs(next < 0 ? "└─ " : "├─ ", stdout);
		print_device(tree, tree->graph->nodes[node].dev);
		if (depth + 1 < DEPTH)
			print_below(tree, node, depth + 1);
	}
}

void graph_print_text(const struct graph *graph)
{
	struct tree tree = {
		.graph = graph,
		.colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
	};

	print_below(&tree, -1, 0);
}
