// SPDX-License-Identifier: GPL-2.0-or-later
/* The PCI tree in graphviz's language, and drawn by it. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "graph.h"
#include "names.h"

static const char *fill(enum flavour flavour)
{
	switch (flavour) {
	case FLAVOUR_VFIO:
		return "#b7e1a1";
	case FLAVOUR_NONE:
		return "#e3c4e8";
	default:
		return "#e8e8e8";
	}
}

static void put_quoted(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void put_node(const struct graph *graph, const struct graph_node *node, FILE *out)
{
	struct flavour_device *dev = node->dev;
	const char *driver = flavour_device_driver(dev);
	struct flavour_pci_id id = { 0 };

	flavour_device_id(dev, &id);
	fprintf(out, "    \"%s\" [fillcolor=\"%s\", label=\"%s\\n", flavour_device_address(dev),
		fill(flavour_device_flavour(dev)), flavour_device_address(dev));
	put_quoted(name_of_device(graph->ctl, &id), out);
	fprintf(out, "\\n%s: ", flavour_name(flavour_device_flavour(dev)));
	put_quoted(driver ? driver : "no driver", out);
	fputs("\"];\n", out);
}

static void put_group(const struct graph *graph, size_t first, FILE *out)
{
	int group = flavour_device_group(graph->nodes[first].dev);
	size_t i;

	if (group >= 0)
		fprintf(out, "  subgraph cluster_%d {\n    label=\"IOMMU group %d\";\n", group, group);
	else
		fputs("  {\n", out);
	for (i = first; i < graph->count; i++)
		if (graph->nodes[i].chosen && flavour_device_group(graph->nodes[i].dev) == group)
			put_node(graph, &graph->nodes[i], out);
	fputs("  }\n", out);
}

static bool is_first_of_group(const struct graph *graph, size_t node)
{
	int group = flavour_device_group(graph->nodes[node].dev);
	size_t i;

	for (i = 0; i < node; i++)
		if (graph->nodes[i].chosen && flavour_device_group(graph->nodes[i].dev) == group)
			return false;
	return graph->nodes[node].chosen;
}

void graph_print_dot(const struct graph *graph, FILE *out)
{
	size_t i;

	fputs("digraph pci {\n"
	      "  rankdir=LR;\n"
	      "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];\n"
	      "  graph [style=rounded, color=\"#808080\", fontname=\"sans-serif\"];\n", out);
	for (i = 0; i < graph->count; i++)
		if (is_first_of_group(graph, i))
			put_group(graph, i, out);
	for (i = 0; i < graph->count; i++)
		if (graph->nodes[i].chosen && graph->nodes[i].parent >= 0)
			fprintf(out, "  \"%s\" -> \"%s\";\n",
				flavour_device_address(graph->nodes[graph->nodes[i].parent].dev),
				flavour_device_address(graph->nodes[i].dev));
	fputs("}\n", out);
}

static int spawn_dot(const char *file, int from, int other, pid_t *pid)
{
	const char *const argv[] = { "dot", "-Tsvg", "-o", file, NULL };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, from);
	posix_spawn_file_actions_addclose(&actions, other);
	error = posix_spawnp(pid, "dot", &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void feed(const struct graph *graph, int to)
{
	FILE *out = fdopen(to, "w");

	if (!out) {
		close(to);
		return;
	}
	graph_print_dot(graph, out);
	fclose(out);
}

int graph_draw(const struct graph *graph, const char *file)
{
	int ends[2], error, status = 0;
	pid_t pid;

	if (pipe(ends)) {
		complain("A pipe to graphviz can't be opened: %s.", strerror(errno));
		return CTL_FAILED;
	}
	/* If dot ends early, its status tells; a signal would only hide that. */
	signal(SIGPIPE, SIG_IGN);
	error = spawn_dot(file, ends[0], ends[1], &pid);
	close(ends[0]);
	if (error) {
		close(ends[1]);
		complain("graphviz's program dot can't be run: %s. Install graphviz, or use "
			 "--dot and draw it elsewhere.", strerror(error));
		return CTL_FAILED;
	}
	feed(graph, ends[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return CTL_DONE;
	complain("graphviz could not draw %s. Can that file be written?", file);
	return CTL_FAILED;
}
