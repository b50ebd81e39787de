// SPDX-License-Identifier: LGPL-2.1-or-later
/* The network interfaces that the kernel has, in each namespace; by rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "use/net.h"

#define BUFFER_SIZE (256 * 1024)
#define TRIES 8

struct reader {
	struct net *net;
	size_t ns;
	int socket;
	char *buffer;
};

typedef int (*message_fn)(struct reader *reader, const struct nlmsghdr *message);

static const char *string_of(const struct rtattr *attr)
{
	size_t len = RTA_PAYLOAD(attr);
	const char *text = RTA_DATA(attr);

	return len && !text[len - 1] ? text : "";
}

static int int_of(const struct rtattr *attr)
{
	int value = 0;

	memcpy(&value, RTA_DATA(attr), RTA_PAYLOAD(attr) < sizeof(value) ? 0 : sizeof(value));
	return value;
}

static int send_request(int fd, int type, int family)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg message;
	} request = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
			.nlmsg_type = (unsigned short)type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.message.rtgen_family = (unsigned char)family,
	};

	return send(fd, &request, request.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

static int error_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	return message->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)) ? error->error : -EBADMSG;
}

/* Returns 1 when it is complete. */
static int read_part(struct reader *reader, ssize_t size, message_fn each, bool *interrupted)
{
	const struct nlmsghdr *message = (const void *)reader->buffer;
	unsigned int left = (unsigned int)size;
	int error = 0;

	for (; !error && NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		*interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR)
			return error_of(message);
		error = each(reader, message);
	}
	return error;
}

static int receive(struct reader *reader, message_fn each, bool *interrupted)
{
	ssize_t size;
	int done = 0;

	while (!done) {
		size = recv(reader->socket, reader->buffer, BUFFER_SIZE, MSG_TRUNC);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (size > BUFFER_SIZE)
			return -EMSGSIZE;
		done = read_part(reader, size, each, interrupted);
	}
	return done < 0 ? done : 0;
}

static void forget_links(struct net *net, size_t count)
{
	while (net->link_count > count)
		free(net->links[--net->link_count].real);
}

/* What changed while it was being listed may be missing. */
static int dump(struct reader *reader, int type, int family, message_fn each)
{
	struct net *net = reader->net;
	size_t before = net->link_count;
	unsigned int i;
	int error = 0;

	for (i = 0; !error && i < TRIES; i++) {
		bool interrupted = false;

		forget_links(net, before);
		error = send_request(reader->socket, type, family);
		if (!error)
			error = receive(reader, each, &interrupted);
		if (!error && !interrupted)
			return 0;
	}
	return error ? error : -EAGAIN;
}

static char *parent_of(const struct net *net, const char *bus, const char *name)
{
	AUTOFREE char *path = ctx_path(net->ctx, FLAVOUR_ROOT_SYSFS, "bus/%s/devices/%s", bus,
				       name);

	return path ? realpath(path, NULL) : NULL;
}

static void read_link_attr(struct link *link, const struct rtattr *attr, const char **bus,
			   const char **parent)
{
	switch (attr->rta_type) {
	case IFLA_IFNAME:
		snprintf(link->name, sizeof(link->name), "%s", string_of(attr));
		break;
	case IFLA_MASTER:
		link->master = int_of(attr);
		break;
	case IFLA_LINK:
		link->lower = int_of(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->lower_id = int_of(attr);
		break;
	case IFLA_PARENT_DEV_NAME:
		*parent = string_of(attr);
		break;
	case IFLA_PARENT_DEV_BUS_NAME:
		*bus = string_of(attr);
		break;
	}
}

static int read_link(struct reader *reader, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	unsigned int left = (unsigned int)IFLA_PAYLOAD(message);
	const struct rtattr *attr = IFLA_RTA(info);
	const char *bus = NULL, *parent = NULL;
	struct link *link;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	link = net_add_link(reader->net, reader->ns);
	if (!link)
		return -ENOMEM;
	link->index = info->ifi_index;
	link->up = info->ifi_flags & IFF_UP;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		read_link_attr(link, attr, &bus, &parent);
	if (!bus || !parent)
		return 0;
	errno = 0;
	link->real = parent_of(reader->net, bus, parent);
	/* Its device may have gone meanwhile. */
	return link->real || errno == ENOENT ? 0 : errno ? -errno : -ENOMEM;
}

/* Each interface that is up has an IPv6 address of link scope: no use of it. */
static int read_address(struct reader *reader, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *info = NLMSG_DATA(message);
	unsigned int left = (unsigned int)IFA_PAYLOAD(message);
	const struct rtattr *attr = IFA_RTA(info);
	struct link *link = net_find(reader->net, reader->ns, (int)info->ifa_index);
	char text[INET6_ADDRSTRLEN];

	if (message->nlmsg_type != RTM_NEWADDR || !link || *link->address ||
	    (info->ifa_family == AF_INET6 && info->ifa_scope == RT_SCOPE_LINK))
		return 0;
	strcpy(link->address, "an address");
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if ((attr->rta_type == IFA_LOCAL || attr->rta_type == IFA_ADDRESS) &&
		    inet_ntop(info->ifa_family, RTA_DATA(attr), text, sizeof(text)))
			snprintf(link->address, sizeof(link->address), "%s", text);
	return 0;
}

/* Of IPv6 each interface that is up has routes of its own. */
static void add_route(struct reader *reader, const struct rtmsg *route, int index)
{
	struct link *link = index ? net_find(reader->net, reader->ns, index) : NULL;

	if (!link)
		return;
	if (!route->rtm_dst_len)
		link->default_route = true;
	if (!*link->address && route->rtm_family == AF_INET)
		strcpy(link->address, "an address with a route");
}

static void add_multipath(struct reader *reader, const struct rtmsg *route,
			  const struct rtattr *attr)
{
	const struct rtnexthop *hop = RTA_DATA(attr);
	size_t left = RTA_PAYLOAD(attr);

	while (left >= sizeof(*hop) && RTNH_OK(hop, (int)left)) {
		size_t size = (size_t)RTNH_ALIGN(hop->rtnh_len);

		add_route(reader, route, hop->rtnh_ifindex);
		left -= size < left ? size : left;
		hop = RTNH_NEXT(hop);
	}
}

static int read_route(struct reader *reader, const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	unsigned int left = (unsigned int)RTM_PAYLOAD(message);
	const struct rtattr *attr = RTM_RTA(route);

	if (message->nlmsg_type != RTM_NEWROUTE || route->rtm_type != RTN_UNICAST)
		return 0;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == RTA_OIF)
			add_route(reader, route, int_of(attr));
		if (attr->rta_type == RTA_MULTIPATH)
			add_multipath(reader, route, attr);
	}
	return 0;
}

int netlink_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* All in the namespace that @socket is in. */
int netlink_read(struct net *net, size_t ns, int socket)
{
	struct reader reader = { .net = net, .ns = ns, .socket = socket };
	int error;

	reader.buffer = malloc(BUFFER_SIZE);
	error = reader.buffer ? dump(&reader, RTM_GETLINK, AF_UNSPEC, read_link) : -ENOMEM;
	if (!error)
		error = dump(&reader, RTM_GETADDR, AF_UNSPEC, read_address);
	if (!error)
		error = dump(&reader, RTM_GETROUTE, AF_UNSPEC, read_route);
	free(reader.buffer);
	return error;
}

/* By which number the namespace of @socket knows the one of @ns; -1 if by none. */
int netlink_ask_id(int socket, int ns, int *id)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg message;
		struct rtattr attr __attribute__((aligned(RTA_ALIGNTO)));
		int fd;
	} request = {
		.header.nlmsg_len = sizeof(request),
		.header.nlmsg_type = RTM_GETNSID,
		.header.nlmsg_flags = NLM_F_REQUEST,
		.attr = { RTA_LENGTH(sizeof(int)), NETNSA_FD },
		.fd = ns,
	};
	struct {
		struct nlmsghdr header;
		struct rtgenmsg message;
		struct rtattr attr __attribute__((aligned(RTA_ALIGNTO)));
		int id;
		char rest[256];
	} answer;
	ssize_t size;

	if (send(socket, &request, sizeof(request), 0) < 0)
		return -errno;
	size = recv(socket, &answer, sizeof(answer), 0);
	if (size < 0)
		return -errno;
	if (answer.header.nlmsg_type == NLMSG_ERROR)
		return error_of(&answer.header);
	if (answer.header.nlmsg_type != RTM_NEWNSID || answer.attr.rta_type != NETNSA_NSID)
		return -EBADMSG;
	*id = answer.id;
	return 0;
}
