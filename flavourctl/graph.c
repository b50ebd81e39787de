// SPDX-License-Identifier: GPL-2.0-or-later
/* graph: the PCI tree, with flavours and IOMMU groups. */
#include <stdlib.h>
#include <string.h>

#include "graph.h"

static ptrdiff_t find_node(const struct graph *graph, const char *address)
{
	size_t low = 0, high = graph->count;

	/* The library's order is that of numbers, and a plain search will do for links. */
	for (; address && low < high; low++)
		if (!strcmp(flavour_device_address(graph->nodes[low].dev), address))
			return (ptrdiff_t)low;
	return -1;
}

static int make_nodes(struct graph *graph)
{
	const struct flavour_devices *all = graph->ctl->all;
	size_t i;

	graph->count = flavour_devices_count(all);
	graph->nodes = calloc(graph->count + 1, sizeof(*graph->nodes));
	if (!graph->nodes)
		return complain_oom();
	for (i = 0; i < graph->count; i++)
		graph->nodes[i].dev = flavour_devices_get(all, i);
	for (i = 0; i < graph->count; i++)
		graph->nodes[i].parent = find_node(graph,
						   flavour_device_parent(graph->nodes[i].dev));
	return CTL_DONE;
}

static bool is_below(const struct graph *graph, ptrdiff_t node, ptrdiff_t above)
{
	for (; node >= 0; node = graph->nodes[node].parent)
		if (node == above)
			return true;
	return false;
}

/* What was asked for, with the way to it and what hangs below it. */
static void choose(struct graph *graph, const struct flavour_devices *wanted)
{
	size_t i, j;

	for (i = 0; i < flavour_devices_count(wanted); i++) {
		const char *address = flavour_device_address(flavour_devices_get(wanted, i));
		ptrdiff_t node = find_node(graph, address);

		for (j = 0; node >= 0 && j < graph->count; j++)
			graph->nodes[j].chosen |= is_below(graph, (ptrdiff_t)j, node) ||
						  is_below(graph, node, (ptrdiff_t)j);
	}
}

static void choose_all(struct graph *graph)
{
	size_t i;

	for (i = 0; i < graph->count; i++)
		graph->nodes[i].chosen = true;
}

static int draw(const struct graph *graph)
{
	const struct options *opt = &graph->ctl->opt;

	if (opt->svg)
		return graph_draw(graph, opt->svg);
	if (opt->dot)
		graph_print_dot(graph, stdout);
	else
		graph_print_text(graph);
	return CTL_DONE;
}

int verb_graph(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_devices *wanted = NULL;
	struct graph graph = { .ctl = ctl };
	int status = argc ? ctl_select(ctl, argc, argv, &wanted) : ctl_devices(ctl);

	if (!status)
		status = make_nodes(&graph);
	if (!status && wanted)
		choose(&graph, wanted);
	else if (!status)
		choose_all(&graph);
	if (!status)
		status = draw(&graph);
	free(graph.nodes);
	flavour_devices_free(wanted);
	return status;
}
