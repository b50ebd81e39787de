// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The network namespaces there are: those of processes, and those that are
 * mounted somewhere (ip netns, container runtimes). A socket is opened in each.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "use/mounts.h"
#include "use/net.h"

struct entry {
	int ns, socket, error;
};

static void *open_there(void *data)
{
	struct entry *entry = data;

	if (!setns(entry->ns, CLONE_NEWNET))
		entry->socket = netlink_open();
	entry->error = entry->socket < 0 ? -errno : 0;
	return NULL;
}

/* Runs in a thread of its own, which need not return to the old namespace. */
static int open_socket_in(int ns, int *socket)
{
	struct entry entry = { .ns = ns, .socket = -1 };
	pthread_t thread;
	int error = pthread_create(&thread, NULL, open_there, &entry);

	if (error)
		return -error;
	pthread_join(thread, NULL);
	*socket = entry.socket;
	return entry.error;
}

static struct net_ns *find_ns(const struct net *net, const char *id)
{
	size_t i;

	for (i = 0; i < net->ns_count; i++)
		if (!strcmp(net->ns[i].id, id))
			return &net->ns[i];
	return NULL;
}

/* Takes the strings over; the socket is in that namespace. */
static int read_ns(struct net *net, struct net_ns new, int socket)
{
	struct net_ns *grown = reallocarray(net->ns, net->ns_count + 1, sizeof(*grown));

	if (grown)
		net->ns = grown;
	if (grown && new.id && new.path && new.name && new.enter) {
		grown[net->ns_count++] = new;
		return netlink_read(net, net->ns_count - 1, socket);
	}
	free(new.id);
	free(new.path);
	free(new.name);
	free(new.enter);
	return -ENOMEM;
}

/* A kernel without network namespaces has the others in this directory. */
static bool has_none(const struct net *net)
{
	AUTOFREE char *all = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "self/ns/");
	AUTOFREE char *path = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "self/ns/net");

	return all && path && !access(all, F_OK) && access(path, F_OK) && errno == ENOENT;
}

static int read_own(struct net *net)
{
	AUTOFREE char *path = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "self/ns/net");
	AUTOFREE char *id = path ? link_target(path) : NULL;
	int error = id ? 0 : path ? -errno : -ENOMEM, socket;

	if (error == -ENOENT && has_none(net)) {
		id = strdup("");
		error = id ? 0 : -ENOMEM;
	}
	socket = error ? -1 : netlink_open();
	if (socket < 0)
		return error ? error : -errno;
	error = read_ns(net, (struct net_ns){ strdup(id), strdup(path), strdup("that we are in"),
					      strdup(""), true }, socket);
	close(socket);
	return error;
}

/*
 * If a process ends meanwhile, either other processes have the same namespace, or
 * none has it any more.
 */
static int open_ns(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

	return fd >= 0 ? fd : path ? -errno : -ENOMEM;
}

static int open_socket_of(const char *path)
{
	int fd = open_ns(path), socket = -1, error = fd;

	if (fd >= 0) {
		error = open_socket_in(fd, &socket);
		close(fd);
	}
	return error < 0 ? error : socket;
}

static int read_process(struct net *net, const char *pid)
{
	AUTOFREE char *path = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "%s/ns/net", pid);
	AUTOFREE char *comm_path = ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "%s/comm", pid);
	AUTOFREE char *id = path ? link_target(path) : NULL;
	AUTOFREE char *comm = NULL;
	int error = id ? 0 : path ? -errno : -ENOMEM, socket;

	if (id && find_ns(net, id))
		return 0;
	socket = error ? error : open_socket_of(path);
	if (socket < 0)
		return socket == -ENOENT || socket == -ESRCH ? 0 : socket;
	comm = read_attr(comm_path);
	error = read_ns(net, (struct net_ns){
			strdup(id), strdup(path),
			format("of process %s (%s)", pid, comm ? comm : "?"),
			format("nsenter -t %s -n ", pid), !strcmp(pid, "1") }, socket);
	close(socket);
	return error;
}

static int read_processes(struct net *net)
{
	struct strv pids = { 0 };
	int error = list_dir(net->ctx->roots[FLAVOUR_ROOT_PROC], &pids);
	size_t i;

	for (i = 0; !error && i < pids.count; i++)
		if (isdigit((unsigned char)pids.v[i][0]))
			error = read_process(net, pids.v[i]);
	strv_clear(&pids);
	return error;
}

/* What is mounted there may be covered by another mount. */
static int is_namespace(const char *path)
{
	struct statfs fs;

	if (!statfs(path, &fs))
		return fs.f_type == NSFS_MAGIC;
	return errno == ENOENT || errno == ENOTDIR || errno == ESRCH ? 0 : -errno;
}

static int read_mounted(struct net *net, const struct mount_line *line)
{
	AUTOFREE char *path = line->pid ? ctx_path(net->ctx, FLAVOUR_ROOT_PROC, "%d/root%s",
						   line->pid, line->where) : strdup(line->where);
	int error, socket;

	if (!path)
		return -ENOMEM;
	error = is_namespace(path);
	if (error <= 0)
		return error;
	socket = open_socket_of(path);
	if (socket < 0)
		return socket == -ENOENT ? 0 : socket;
	error = read_ns(net, (struct net_ns){ strdup(line->root), strdup(path), strdup(path),
					      format("nsenter --net=%s ", path), false }, socket);
	close(socket);
	return error;
}

static int read_all_mounted(struct net *net)
{
	struct mount_cursor cursor = { 0 };
	struct mount_line line;
	struct mounts mounts;
	int error;

	mounts_read(&mounts, net->ctx);
	error = mounts.error;
	while (!error && mounts_next(&mounts, &cursor, &line))
		if (!strcmp(line.type, "nsfs") && starts_with(line.root, "net:") &&
		    !find_ns(net, line.root))
			error = read_mounted(net, &line);
	mounts_clear(&mounts);
	return error;
}

int netns_read_all(struct net *net)
{
	int error = read_own(net);

	if (!error)
		error = read_processes(net);
	return error ? error : read_all_mounted(net);
}

/* Is @upper built on an interface in that namespace? If that can't be asked, assume yes. */
bool netns_stands_in(const struct net *net, const struct link *upper, size_t ns)
{
	int socket, fd, id = -1, error;

	if (upper->lower_id < 0)
		return upper->ns == ns;
	socket = open_socket_of(net->ns[upper->ns].path);
	fd = open_ns(net->ns[ns].path);
	error = socket < 0 || fd < 0 ? -EBADF : netlink_ask_id(socket, fd, &id);
	if (socket >= 0)
		close(socket);
	if (fd >= 0)
		close(fd);
	return error || id == upper->lower_id;
}
