// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which process has a VFIO device open, of all that root can see. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "private.h"

/* A file below /dev/vfio, open in a process. */
struct opener {
	char *node, *pid;
};

void openers_clear(struct openers *openers)
{
	size_t i;

	for (i = 0; i < openers->count; i++) {
		free(openers->v[i].node);
		free(openers->v[i].pid);
	}
	free(openers->v);
	*openers = (struct openers){ 0 };
}

/* Takes @node over. */
static int add_opener(struct openers *openers, char *node, const char *pid)
{
	struct opener *grown = reallocarray(openers->v, openers->count + 1, sizeof(*grown));
	char *copy = strdup(pid);

	if (grown)
		openers->v = grown;
	if (!grown || !copy) {
		free(copy);
		free(node);
		return -ENOMEM;
	}
	grown += openers->count++;
	grown->node = node;
	grown->pid = copy;
	return 0;
}

static int add_openers_in(struct openers *openers, const struct flavour_ctx *ctx, const char *pid)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%s/fd", pid);
	struct strv fds = { 0 };
	int error = 0;
	size_t i;

	list_dir(dir, &fds);
	for (i = 0; !error && i < fds.count; i++) {
		AUTOFREE char *path = format("%s/%s", dir, fds.v[i]);
		char *target = link_target(path);

		if (target && starts_with(target, "/dev/vfio/"))
			error = add_opener(openers, target, pid);
		else
			free(target);
	}
	strv_clear(&fds);
	return error;
}

/* The walk through all processes is long, so it is one for all devices asked about. */
static int find_openers(struct openers *openers, const struct flavour_ctx *ctx)
{
	struct strv pids = { 0 };
	int error = 0;
	size_t i;

	if (openers->known)
		return 0;
	list_dir(ctx->roots[FLAVOUR_ROOT_PROC], &pids);
	for (i = 0; !error && i < pids.count; i++)
		if (isdigit((unsigned char)pids.v[i][0]))
			error = add_openers_in(openers, ctx, pids.v[i]);
	strv_clear(&pids);
	openers->known = !error;
	return error;
}

static int add_use(struct flavour_uses *uses, struct flavour_device *dev,
		   const struct opener *opener)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC, "%s/comm", opener->pid);
	AUTOFREE char *name = read_attr(path);

	return uses_add(uses, FLAVOUR_USE_VFIO, opener->node, atoi(opener->pid),
			"%s is open in process %s (%s). End it, or detach the device there first: "
			"unbinding now would hang.", opener->node, opener->pid, name ? name : "?");
}

static int list_nodes(struct flavour_device *dev, struct strv *nodes)
{
	const char *group_node = flavour_device_vfio_group_node(dev);
	const char *node = flavour_device_vfio_node(dev);
	int error = 0;

	if (group_node)
		error = strv_add(nodes, group_node);
	if (!error && group_node)
		error = strv_take(nodes, format("/dev/vfio/noiommu-%d",
						flavour_device_group(dev)));
	if (!error && node)
		error = strv_add(nodes, node);
	return error;
}

/* A process is told once, for the first of the device's files that it has open. */
int uses_add_vfio(struct flavour_uses *uses, struct flavour_device *dev, struct openers *openers)
{
	const char *last = "";
	struct strv nodes = { 0 };
	int error = list_nodes(dev, &nodes);
	size_t i;

	if (!error && nodes.count)
		error = find_openers(openers, dev->ctx);
	for (i = 0; !error && nodes.count && i < openers->count; i++) {
		if (!strv_has(&nodes, openers->v[i].node) || !strcmp(last, openers->v[i].pid))
			continue;
		last = openers->v[i].pid;
		error = add_use(uses, dev, &openers->v[i]);
	}
	strv_clear(&nodes);
	return error;
}
