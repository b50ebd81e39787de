/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of net*.c and links.c know of each other: the interfaces of all network namespaces. */
#ifndef FLAVOUR_NET_H
#define FLAVOUR_NET_H

#include "use/use.h"

struct link {
	size_t ns;
	int index, master;
	int lower;		/* index of the interface it is built on, 0 if none … */
	/* … in the namespace with this ID, as seen from its own; -1 is its own */
	int lower_id;
	char name[32];
	char *real;		/* in sysfs, itself or the device that it is of */
	char address[64];	/* as words */
	bool up, default_route, seen;
};

/* Ours comes first. A name for people, and what enters it on a command line. */
struct net_ns {
	char *id, *path, *name, *enter;
	bool home;		/* ours, or the first process's */
};

struct net {
	struct flavour_ctx *ctx;
	struct net_ns *ns;
	struct link *links;
	size_t ns_count, link_count;
	int error;		/* some of it can't be read */
};

void net_read(struct net *net, struct flavour_ctx *ctx);
void net_clear(struct net *net);
struct link *net_add_link(struct net *net, size_t ns);
struct link *net_find(const struct net *net, size_t ns, int index);

int netns_read_all(struct net *net);
bool netns_stands_in(const struct net *net, const struct link *upper, size_t ns);
int netlink_open(void);
int netlink_read(struct net *net, size_t ns, int socket);
int netlink_ask_id(int socket, int ns, int *id);
int netfiles_read(struct net *net);

#endif
