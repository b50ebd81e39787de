// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * monitor: changes of flavours and drivers, as the kernel tells them. It is
 * asked itself, not udev, which may not run (an initramfs) and only repeats it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libudev.h>

#include "table.h"

struct watch {
	struct ctl *ctl;
	const struct flavour_devices *devices;	/* NULL: all, also those to come */
	struct udev_monitor *monitor;
};

/* What docs/abi/uevent-driver-flavour has to say about a device; the first one there counts. */
static const struct {
	const char *key, *event;
} kinds[] = {
	{ "DRIVER_FLAVOUR_ERROR", "error" },
	{ "DRIVER_FLAVOUR_ALIAS", "waiting" },
	{ "DRIVER_FLAVOUR_UNLISTED", "unlisted" },
	{ "DRIVER_FLAVOUR", "flavour" },
};

/* NULL: none that anybody is told of. @detail is what the kernel says beside it. */
static const char *kind_of(struct udev_device *event, const char **detail)
{
	static const char *const actions[] = { "add", "remove", "bind", "unbind" };
	const char *action = udev_device_get_action(event);
	size_t i;

	*detail = NULL;
	for (i = 0; action && i < ARRAY_LEN(actions); i++)
		if (!strcmp(action, actions[i]))
			return action;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *value = udev_device_get_property_value(event, kinds[i].key);

		if (!value)
			continue;
		if (strcmp(kinds[i].event, "flavour"))
			*detail = value;
		return kinds[i].event;
	}
	return NULL;
}

static bool is_watched(const struct watch *watch, struct udev_device *event)
{
	return !watch->devices ||
	       flavour_devices_find(watch->devices, udev_device_get_sysname(event));
}

/* What the device is by now, which may be more than the event is about. */
static struct json_object *event_json(const struct watch *watch, struct udev_device *event)
{
	const char *detail, *kind = kind_of(event, &detail);
	const char *word = udev_device_get_property_value(event, "DRIVER_FLAVOUR");
	struct json_object *json = json_new_object();
	struct flavour_device *dev = NULL;
	char when[40];
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	snprintf(when + len, sizeof(when) - len, ".%03ldZ", now.tv_nsec / 1000000);
	if (flavour_device_new(watch->ctl->ctx, udev_device_get_sysname(event), &dev))
		dev = NULL;
	json_add(json, "version", json_object_new_int(1));
	json_add(json, "time", json_text(when));
	json_add(json, "address", json_text(udev_device_get_sysname(event)));
	json_add(json, "event", json_text(kind));
	if (!word && dev)
		word = flavour_name(flavour_device_flavour(dev));
	json_add(json, "flavour", json_text(word));
	json_add(json, "driver", json_text(dev ? flavour_device_driver(dev) : NULL));
	json_add(json, "detail", json_text(detail));
	flavour_device_unref(dev);
	return json;
}

static const char *text_of(struct json_object *json, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(json, key));

	return text ? text : "-";
}

/* A line an event, in JSON too, so that the other end of a pipe has it at once. */
static int print_event(const struct watch *watch, struct udev_device *event)
{
	struct json_object *json = event_json(watch, event);
	bool detail = json_object_object_get(json, "detail");

	if (watch->ctl->opt.json)
		puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		printf("%s  %s  %-8s  %-6s  %s%s%s\n", text_of(json, "time"),
		       text_of(json, "address"), text_of(json, "event"),
		       text_of(json, "flavour"), text_of(json, "driver"),
		       detail ? "  " : "", detail ? text_of(json, "detail") : "");
	json_object_put(json);
	return fflush(stdout) ? CTL_FAILED : CTL_DONE;
}

static int next_event(const struct watch *watch, unsigned int *count)
{
	struct udev_device *event = udev_monitor_receive_device(watch->monitor);
	const char *detail;
	int status = CTL_DONE;

	if (!event)
		return CTL_DONE;
	if (kind_of(event, &detail) && is_watched(watch, event)) {
		status = print_event(watch, event);
		++*count;
	}
	udev_device_unref(event);
	return status;
}

static int watch_events(const struct watch *watch, unsigned int limit)
{
	struct pollfd wait = { .fd = udev_monitor_get_fd(watch->monitor), .events = POLLIN };
	unsigned int count = 0;
	int status = CTL_DONE;

	if (!watch->ctl->opt.json)
		fputs("flavourctl: Waiting for events; stop with ^C.\n", stderr);
	while (!status && (!limit || count < limit)) {
		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return CTL_FAILED;
		status = next_event(watch, &count);
	}
	return status;
}

static int listen_to(struct watch *watch, struct udev *udev)
{
	watch->monitor = udev_monitor_new_from_netlink(udev, "kernel");
	if (watch->monitor &&
	    udev_monitor_filter_add_match_subsystem_devtype(watch->monitor, "pci", NULL) >= 0 &&
	    udev_monitor_enable_receiving(watch->monitor) >= 0)
		return CTL_DONE;
	complain("The kernel's events can't be received: %s.", strerror(errno));
	return CTL_FAILED;
}

int verb_monitor(struct ctl *ctl, int argc, char **argv)
{
	struct watch watch = { .ctl = ctl };
	struct flavour_devices *devices = NULL;
	struct udev *udev = udev_new();
	unsigned int limit = 0;
	int status = option_number("count", ctl->opt.count, 1000000, &limit);

	if (!status && argc)
		status = ctl_select(ctl, argc, argv, &devices);
	watch.devices = devices;
	if (!status)
		status = listen_to(&watch, udev);
	if (!status)
		status = watch_events(&watch, limit);
	udev_monitor_unref(watch.monitor);
	udev_unref(udev);
	flavour_devices_free(devices);
	return status;
}
