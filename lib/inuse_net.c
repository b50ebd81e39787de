// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who uses the network interfaces of a device, also through what is built on
 * them: bonds and bridges (master), VLANs and the like (upper_X).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define MAX_DEPTH 8

struct walk {
	struct flavour_ctx *ctx;
	struct flavour_uses *uses;
	char *route, *route6, *inet6;
	struct ifaddrs *addresses;
	const char *netif;
	int error;
};

typedef bool (*line_fn)(const char *line, const char *name);

static bool any_line(const char *text, const char *name, line_fn fits)
{
	while (text && *text) {
		const char *end = strchrnul(text, '\n');
		AUTOFREE char *line = format("%.*s", (int)(end - text), text);

		if (line && fits(line, name))
			return true;
		text = *end ? end + 1 : end;
	}
	return false;
}

static bool is_default_route(const char *line, const char *name)
{
	char iface[32], destination[16], mask[16];

	return sscanf(line, "%31s %15s %*s %*s %*s %*s %*s %15s", iface, destination, mask) == 3 &&
	       !strcmp(iface, name) && !strcmp(destination, "00000000") &&
	       !strcmp(mask, "00000000");
}

static bool is_route(const char *line, const char *name)
{
	char iface[32], destination[16];

	return sscanf(line, "%31s %15s", iface, destination) == 2 && !strcmp(iface, name);
}

static bool is_default_route6(const char *line, const char *name)
{
	char destination[40], length[8], iface[32];

	return sscanf(line, "%39s %7s %*s %*s %*s %*s %*s %*s %*s %31s", destination, length,
		      iface) == 3 &&
	       !strcmp(iface, name) && !strcmp(length, "00") &&
	       strspn(destination, "0") == strlen(destination);
}

/* Each interface that is up has an address of link scope, 0x20: no use of it. */
static bool is_address6(const char *line, const char *name)
{
	char scope[8], iface[32];

	return sscanf(line, "%*s %*s %*s %7s %*s %31s", scope, iface) == 2 &&
	       !strcmp(iface, name) && strcmp(scope, "20");
}

/* /proc lists no IPv4 addresses by interface; on a moved root the routes must do. */
static const char *address4_of(const struct walk *walk, const char *name, char *text, size_t size)
{
	const struct ifaddrs *a;

	for (a = walk->addresses; a; a = a->ifa_next) {
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || strcmp(a->ifa_name, name))
			continue;
		return inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr,
				 text, (socklen_t)size);
	}
	return NULL;
}

static void check_addresses(struct walk *walk, const char *name)
{
	char text[INET_ADDRSTRLEN];
	const char *address = address4_of(walk, name, text, sizeof(text));

	if (!address && any_line(walk->inet6, name, is_address6))
		address = "an IPv6 address";
	if (!address && any_line(walk->route, name, is_route))
		address = "an address with a route";
	if (address)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_ADDRESS, walk->netif, 0,
				       "The interface %s has %s. Take it out of use first "
				       "(ip addr flush dev %s).", name, address, name);
}

static void check_routes(struct walk *walk, const char *name)
{
	if (any_line(walk->route, name, is_default_route) ||
	    any_line(walk->route6, name, is_default_route6))
		walk->error = uses_add(walk->uses, FLAVOUR_USE_ROUTE, walk->netif, 0,
				       "The default route goes through %s: you could lose the "
				       "machine. Use another interface for it first.", name);
}

static void walk_netif(struct walk *walk, const char *name, unsigned int depth);

static void check_master(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *path = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/net/%s/master", name);
	AUTOFREE char *master = link_base(path);

	if (!master)
		return;
	walk->error = uses_add(walk->uses, FLAVOUR_USE_MASTER, walk->netif, 0,
			       "The interface %s is a port of %s. Take it out first "
			       "(ip link set %s nomaster).", name, master, name);
	walk_netif(walk, master, depth + 1);
}

/* A master is among the uppers; those left stand on the interface itself. */
static void walk_uppers(struct walk *walk, const char *name, unsigned int depth)
{
	AUTOFREE char *dir = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/net/%s", name);
	AUTOFREE char *link = ctx_path(walk->ctx, FLAVOUR_ROOT_SYSFS, "class/net/%s/master", name);
	AUTOFREE char *master = link_base(link);
	struct strv entries = { 0 };
	size_t i;

	list_dir(dir, &entries);
	for (i = 0; !walk->error && i < entries.count; i++) {
		const char *upper = entries.v[i] + strlen("upper_");

		if (starts_with(entries.v[i], "upper_") && (!master || strcmp(upper, master)))
			walk_netif(walk, upper, depth + 1);
	}
	strv_clear(&entries);
}

static void walk_netif(struct walk *walk, const char *name, unsigned int depth)
{
	if (depth > MAX_DEPTH || walk->error)
		return;
	check_addresses(walk, name);
	if (!walk->error)
		check_routes(walk, name);
	if (!walk->error)
		check_master(walk, name, depth);
	if (!walk->error)
		walk_uppers(walk, name, depth);
}

static char *read_proc(const struct flavour_ctx *ctx, const char *name)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "net/%s", name);

	return read_text(path, NULL);
}

int uses_add_netifs(struct flavour_uses *uses, struct flavour_device *dev)
{
	struct walk walk = { .ctx = dev->ctx, .uses = uses };
	const char *const *netif = flavour_device_netifs(dev);

	if (!*netif)
		return 0;
	walk.route = read_proc(dev->ctx, "route");
	walk.route6 = read_proc(dev->ctx, "ipv6_route");
	walk.inet6 = read_proc(dev->ctx, "if_inet6");
	if (!strcmp(dev->ctx->roots[FLAVOUR_ROOT_SYSFS], "/sys") && getifaddrs(&walk.addresses))
		walk.addresses = NULL;
	for (; *netif && !walk.error; netif++) {
		walk.netif = *netif;
		walk_netif(&walk, *netif, 0);
	}
	if (walk.addresses)
		freeifaddrs(walk.addresses);
	free(walk.route);
	free(walk.route6);
	free(walk.inet6);
	return walk.error;
}
