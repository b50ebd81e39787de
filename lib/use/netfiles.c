// SPDX-License-Identifier: LGPL-2.1-or-later
/* The network interfaces of a machine that is made of files: a recorded one, say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "use/net.h"

typedef void (*line_fn)(struct net *net, const char *line);

static struct link *find_name(struct net *net, const char *name)
{
	size_t i;

	for (i = 0; i < net->link_count; i++)
		if (!strcmp(net->links[i].name, name))
			return &net->links[i];
	return NULL;
}

static char *net_path(const struct net *net, const char *name, const char *attr)
{
	return ctx_path(net->ctx, FLAVOUR_ROOT_SYSFS, "class/net/%s/%s", name, attr);
}

static int add_link(struct net *net, const char *name)
{
	AUTOFREE char *path = net_path(net, name, "");
	AUTOFREE char *flags_path = net_path(net, name, "flags");
	struct link *link = net_add_link(net, 0);

	if (!link || !path)
		return -ENOMEM;
	link->index = (int)net->link_count;
	link->real = realpath(path, NULL);
	link->up = read_attr_int(flags_path, 0) & 1;
	snprintf(link->name, sizeof(link->name), "%s", name);
	return 0;
}

static int add_relations(struct net *net, struct link *link)
{
	AUTOFREE char *dir = net_path(net, link->name, "");
	AUTOFREE char *path = net_path(net, link->name, "master");
	AUTOFREE char *name = link_base(path);
	struct link *master = name ? find_name(net, name) : NULL;
	struct strv entries = { 0 };
	int error = list_dir(dir, &entries);
	size_t i;

	link->master = master ? master->index : 0;
	for (i = 0; i < entries.count; i++) {
		struct link *upper = starts_with(entries.v[i], "upper_") ?
				     find_name(net, entries.v[i] + strlen("upper_")) : NULL;

		if (upper && upper != master)
			upper->lower = link->index;
	}
	strv_clear(&entries);
	return error == -ENOENT ? 0 : error;
}

static void read_route(struct net *net, const char *line)
{
	char iface[32], destination[16], mask[16];
	struct link *link;

	if (sscanf(line, "%31s %15s %*s %*s %*s %*s %*s %15s", iface, destination, mask) != 3)
		return;
	link = find_name(net, iface);
	if (!link)
		return;
	if (!*link->address)
		strcpy(link->address, "an address with a route");
	if (!strcmp(destination, "00000000") && !strcmp(mask, "00000000"))
		link->default_route = true;
}

static void read_route6(struct net *net, const char *line)
{
	char destination[40], length[8], iface[32];
	struct link *link;

	if (sscanf(line, "%39s %7s %*s %*s %*s %*s %*s %*s %*s %31s", destination, length,
		   iface) != 3 || strcmp(length, "00") ||
	    strspn(destination, "0") != strlen(destination))
		return;
	link = find_name(net, iface);
	if (link)
		link->default_route = true;
}

/* Each interface that is up has an address of link scope, 0x20: no use of it. */
static void read_address6(struct net *net, const char *line)
{
	char scope[8], iface[32];
	struct link *link;

	if (sscanf(line, "%*s %*s %*s %7s %*s %31s", scope, iface) != 2 || !strcmp(scope, "20"))
		return;
	link = find_name(net, iface);
	if (link)
		strcpy(link->address, "an IPv6 address");
}

static int each_line(struct net *net, const char *name, line_fn read_line)
{
	AUTOFREE char *path = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "net/%s", name);
	AUTOFREE char *text = read_text(path, NULL);
	char *save = NULL, *line;

	if (!text)
		return path && errno == ENOENT ? 0 : -EIO;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(net, line);
	return 0;
}

int netfiles_read(struct net *net)
{
	AUTOFREE char *dir = ctx_path(net->ctx, FLAVOUR_ROOT_SYSFS, "class/net");
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	size_t i;

	for (i = 0; !error && i < names.count; i++)
		error = add_link(net, names.v[i]);
	strv_clear(&names);
	for (i = 0; !error && i < net->link_count; i++)
		error = add_relations(net, &net->links[i]);
	if (!error)
		error = each_line(net, "if_inet6", read_address6);
	if (!error)
		error = each_line(net, "route", read_route);
	if (!error)
		error = each_line(net, "ipv6_route", read_route6);
	return error;
}
