// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel tells of PCI devices while it happens. It is asked itself, not
 * udev, which may not run (an initramfs) and only repeats it.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/device.h"

#define GROUP_KERNEL 1
#define MAX_EVENT 8192	/* the kernel's buffer has 2048 */

struct flavour_event {
	enum flavour_event_kinds kind;
	const char *address, *detail;
	enum flavour flavour;
};

struct flavour_events {
	struct flavour_ctx *ctx;
	int fd;
	char text[MAX_EVENT + 1];	/* of the last one: "ACTION=…", "KEY=VALUE", …, each with a NUL */
	size_t start, size;
	struct flavour_event event;
};

static const struct {
	const char *action;
	enum flavour_event_kinds kind;
} actions[] = {
	{ "add", FLAVOUR_EVENT_ADD },
	{ "remove", FLAVOUR_EVENT_REMOVE },
	{ "bind", FLAVOUR_EVENT_BIND },
	{ "unbind", FLAVOUR_EVENT_UNBIND },
};

/* What docs/abi/uevent-driver-flavour has to say about a device; the first one there counts. */
static const struct {
	const char *key;
	enum flavour_event_kinds kind;
} changes[] = {
	{ "DRIVER_FLAVOUR_ERROR", FLAVOUR_EVENT_ERROR },
	{ "DRIVER_FLAVOUR_ALIAS", FLAVOUR_EVENT_WAITING },
	{ "DRIVER_FLAVOUR_UNLISTED", FLAVOUR_EVENT_UNLISTED },
	{ "DRIVER_FLAVOUR", FLAVOUR_EVENT_FLAVOUR },
};

API int flavour_events_new(struct flavour_ctx *ctx, struct flavour_events **ret_events)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	struct flavour_events *events = calloc(1, sizeof(*events));
	int error = 0;

	if (!events)
		return ctx_oom(ctx);
	events->ctx = ctx;
	events->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    NETLINK_KOBJECT_UEVENT);
	if (events->fd < 0 || bind(events->fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		error = fail(&ctx->err, errno, "The kernel's events can't be received: %s.",
			     strerror(errno));
	if (error)
		flavour_events_free(events);
	else
		*ret_events = events;
	return error;
}

API void flavour_events_free(struct flavour_events *events)
{
	if (!events)
		return;
	if (events->fd >= 0)
		close(events->fd);
	free(events);
}

API int flavour_events_fd(const struct flavour_events *events)
{
	return events->fd;
}

static const char *value_of(const struct flavour_events *events, const char *key)
{
	const char *at = events->text + events->start, *end = events->text + events->size;
	size_t len = strlen(key);

	for (; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}

/* Does it tell anything? @event is filled in as far as it does. */
static bool find_kind(const struct flavour_events *events, struct flavour_event *event)
{
	const char *action = value_of(events, "ACTION");
	size_t i;

	for (i = 0; action && i < ARRAY_LEN(actions); i++) {
		event->kind = actions[i].kind;
		if (!strcmp(action, actions[i].action))
			return true;
	}
	for (i = 0; i < ARRAY_LEN(changes); i++) {
		event->kind = changes[i].kind;
		event->detail = value_of(events, changes[i].key);
		if (event->detail)
			break;
	}
	if (event->kind == FLAVOUR_EVENT_FLAVOUR)
		event->detail = NULL;
	return i < ARRAY_LEN(changes);
}

static bool parse(struct flavour_events *events)
{
	const char *subsystem = value_of(events, "SUBSYSTEM");
	const char *path = value_of(events, "DEVPATH");
	const char *slash = path ? strrchr(path, '/') : NULL;

	events->event = (struct flavour_event){
		.address = slash ? slash + 1 : NULL,
		.flavour = flavour_from_name(value_of(events, "DRIVER_FLAVOUR")),
	};
	return slash && subsystem && !strcmp(subsystem, "pci") && find_kind(events, &events->event);
}

/*
 * The kernel begins with "ACTION@DEVPATH". Beds for tests speak as udev does, with
 * numbers in front that tell where the text begins.
 */
static bool find_start(struct flavour_events *events)
{
	struct {
		char prefix[8];
		uint32_t magic, header_size, start, size;
	} udev;

	events->text[events->size] = '\0';
	events->start = strlen(events->text) + 1;
	if (events->size >= sizeof(udev) && !strcmp(events->text, "libudev")) {
		memcpy(&udev, events->text, sizeof(udev));
		events->start = udev.start;
	}
	return events->start < events->size;
}

/* Only the kernel has the number 0. */
static ssize_t receive(struct flavour_events *events)
{
	struct sockaddr_nl sender = { 0 };
	struct iovec text = { events->text, MAX_EVENT };
	struct msghdr message = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &text,
		.msg_iovlen = 1,
	};
	ssize_t size = recvmsg(events->fd, &message, 0);

	if (size > 0 && (sender.nl_pid || message.msg_flags & MSG_TRUNC))
		return 0;
	return size < 0 ? -errno : size;
}

API int flavour_events_next(struct flavour_events *events, const struct flavour_event **ret_event)
{
	ssize_t size;

	for (;;) {
		size = receive(events);
		if (size == -EAGAIN)
			return 0;
		if (size < 0 && size != -EINTR)
			return fail(&events->ctx->err, (int)-size, size == -ENOBUFS ?
				    "Events were lost: there were more than could be read (%s)." :
				    "The kernel's events can't be read: %s.",
				    strerror((int)-size));
		events->size = size > 0 ? (size_t)size : 0;
		if (size > 0 && find_start(events) && parse(events))
			break;
	}
	*ret_event = &events->event;
	return 1;
}

API enum flavour_event_kinds flavour_event_kind(const struct flavour_event *event)
{
	return event->kind;
}

API const char *flavour_event_address(const struct flavour_event *event)
{
	return event->address;
}

API enum flavour flavour_event_flavour(const struct flavour_event *event)
{
	return event->flavour;
}

API const char *flavour_event_detail(const struct flavour_event *event)
{
	return event->detail;
}
