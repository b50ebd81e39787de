// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who uses the network interfaces of a device, also through what is built on
 * them: bonds and bridges (master), VLANs, macvlans and the like (upper). Each
 * of these may be in a network namespace of its own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "use/net.h"

#define MAX_DEPTH 16

struct walk {
	struct net net;
	struct flavour_uses *uses;
	const char *netif;
	int error;
};

/* On a moved root it is files that tell; there is one namespace then. */
void net_read(struct net *net, struct flavour_ctx *ctx)
{
	*net = (struct net){ .ctx = ctx };
	if (ctx_is_moved(ctx, FLAVOUR_ROOT_SYSFS)) {
		net->error = netfiles_read(net);
		return;
	}
	net->error = netns_read_all(net);
}

static const char *enter_of(const struct walk *walk, const struct link *link)
{
	return link->ns < walk->net.ns_count && link->ns ? walk->net.ns[link->ns].enter : "";
}

static void check_address(struct walk *walk, const struct link *link)
{
	if (!walk->error && *link->address)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_ADDRESS, walk->netif, 0,
				       "The interface %s has %s. Take it out of use first "
				       "(%sip addr flush dev %s).", link->name, link->address,
				       enter_of(walk, link), link->name);
	if (!walk->error && link->default_route)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_ROUTE, walk->netif, 0,
				       "The default route goes through %s: you could lose the "
				       "machine. Use another interface for it first.", link->name);
}

/* It was moved there on purpose, for a container or a guest. */
static void check_namespace(struct walk *walk, const struct link *link)
{
	const struct net_ns *ns = link->ns < walk->net.ns_count ? &walk->net.ns[link->ns] : NULL;

	if (walk->error || !ns || ns->home)
		return;
	walk->error = uses_add(walk->uses, FLAVOUR_USE_MASTER, walk->netif, 0,
			       "The interface %s is in the network namespace %s. Take it back "
			       "first (%sip link set %s netns 1), or end what runs there.",
			       link->name, ns->name, ns->enter, link->name);
}

static void walk_link(struct walk *walk, struct link *link, unsigned int depth);

static void check_master(struct walk *walk, const struct link *link, unsigned int depth)
{
	struct link *master = link->master ? net_find(&walk->net, link->ns, link->master) : NULL;

	if (walk->error || !master)
		return;
	walk->error = uses_add(walk->uses, FLAVOUR_USE_MASTER, walk->netif, 0,
			       "The interface %s is a port of %s. Take it out first "
			       "(%sip link set %s nomaster).", link->name, master->name,
			       enter_of(walk, link), link->name);
	walk_link(walk, master, depth + 1);
}

/* An interface that is up may be used without an address: by a guest, through a macvtap. */
static void check_upper(struct walk *walk, const struct link *link, struct link *upper,
			unsigned int depth)
{
	size_t before = walk->uses->count;

	walk_link(walk, upper, depth + 1);
	if (!walk->error && upper->up && walk->uses->count == before)
		walk->error = uses_add(walk->uses, FLAVOUR_USE_MASTER, walk->netif, 0,
				       "The interface %s, which is up, is built on %s. Take it down "
				       "first (%sip link set %s down).", upper->name, link->name,
				       enter_of(walk, upper), upper->name);
}

static void walk_uppers(struct walk *walk, const struct link *link, unsigned int depth)
{
	size_t i;

	for (i = 0; !walk->error && i < walk->net.link_count; i++) {
		struct link *upper = &walk->net.links[i];

		if (upper->lower == link->index && !upper->seen &&
		    netns_stands_in(&walk->net, upper, link->ns))
			check_upper(walk, link, upper, depth);
	}
}

static void walk_link(struct walk *walk, struct link *link, unsigned int depth)
{
	if (depth > MAX_DEPTH || walk->error || link->seen)
		return;
	link->seen = true;
	check_namespace(walk, link);
	check_address(walk, link);
	check_master(walk, link, depth);
	walk_uppers(walk, link, depth);
}

static bool is_of(const struct link *link, const char *real)
{
	size_t len = strlen(real);

	return link->real && !strncmp(link->real, real, len) &&
	       (!link->real[len] || link->real[len] == '/');
}

static int count_in(int dir, unsigned int depth);

/* sysfs hides an interface of another namespace, but it counts in the link count of "net". */
static int count_entry(int dir, const char *name, unsigned int depth)
{
	static const char *const others[] = { "power", "msi_irqs", "block", "nvme", "drm" };
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(name, others[i]))
			return 0;
	if (strcmp(name, "net"))
		return count_in(openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), depth + 1);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return st.st_nlink > 2 ? (int)st.st_nlink - 2 : 0;
}

/* Takes @fd over. */
static int count_in(int fd, unsigned int depth)
{
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int n = 0, count = dir ? 0 : -errno;
	struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (count >= 0 && n >= 0 && depth <= MAX_DEPTH && (errno = 0, entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		n = count_entry(dirfd(dir), entry->d_name, depth);
		count += n > 0 ? n : 0;
	}
	if (dir && n >= 0 && errno)
		n = -errno;
	if (dir)
		closedir(dir);
	/* It went away while we looked. */
	n = count < 0 ? count : n;
	return n == -ENOENT || n == -ENODEV ? 0 : n < 0 ? n : count;
}

static void add_unknown(struct walk *walk, const char *address, int error)
{
	walk->error = uses_add(walk->uses, FLAVOUR_USE_UNKNOWN, address, 0,
			       "The network interfaces of %s can't be examined: %s. They count as "
			       "in use. Run this as root, with the host's /proc and /sys.",
			       address, strerror(-error));
}

static void add_hidden(struct walk *walk, const char *address, int hidden)
{
	walk->error = uses_add(walk->uses, FLAVOUR_USE_UNKNOWN, address, 0,
			       "%d network interface%s of %s %s in a network namespace that can't "
			       "be seen from here. Run this in the host's PID namespace, or take "
			       "%s back from there first.", hidden, hidden > 1 ? "s" : "", address,
			       hidden > 1 ? "are" : "is", hidden > 1 ? "them" : "it");
}

static void walk_links(struct walk *walk, struct flavour_device *dev, int expected)
{
	int found = 0;
	size_t i;

	for (i = 0; !walk->error && i < walk->net.link_count; i++) {
		if (!is_of(&walk->net.links[i], device_real(dev)))
			continue;
		found++;
		walk->netif = walk->net.links[i].name;
		walk_link(walk, &walk->net.links[i], 0);
	}
	if (!walk->error && walk->net.error)
		add_unknown(walk, dev->address, walk->net.error);
	else if (!walk->error && found < expected)
		add_hidden(walk, dev->address, expected - found);
}

int uses_add_netifs(struct flavour_uses *uses, struct flavour_device *dev)
{
	const char *real = device_real(dev);
	struct walk walk = { .uses = uses };
	int count;

	if (!real || flavour_device_is_bridge(dev))
		return 0;
	count = count_in(open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
	if (count < 0)
		add_unknown(&walk, dev->address, count);
	if (count <= 0)
		return walk.error;
	net_read(&walk.net, dev->ctx);
	walk_links(&walk, dev, count);
	net_clear(&walk.net);
	return walk.error;
}
