// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: changes of flavours and drivers, as the kernel tells them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json.h"

struct watch {
	struct ctl *ctl;
	const struct flavour_devices *devices;	/* NULL: all, also those to come */
	struct flavour_events *events;
};

static const char *word_of(const struct flavour_event *event)
{
	static const char *const words[] = {
		[FLAVOUR_EVENT_ADD] = "add",		[FLAVOUR_EVENT_REMOVE] = "remove",
		[FLAVOUR_EVENT_BIND] = "bind",		[FLAVOUR_EVENT_UNBIND] = "unbind",
		[FLAVOUR_EVENT_FLAVOUR] = "flavour",	[FLAVOUR_EVENT_WAITING] = "waiting",
		[FLAVOUR_EVENT_UNLISTED] = "unlisted",	[FLAVOUR_EVENT_ERROR] = "error",
	};

	return words[flavour_event_kind(event)];
}

static bool is_watched(const struct watch *watch, const struct flavour_event *event)
{
	return !watch->devices ||
	       flavour_devices_find(watch->devices, flavour_event_address(event));
}

static struct json_object *time_json(void)
{
	struct timespec now;
	char when[40];
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	snprintf(when + len, sizeof(when) - len, ".%03ldZ", now.tv_nsec / 1000000);
	return json_text(when);
}

/* What the device is by now, which may be more than the event is about. */
static struct json_object *event_json(const struct watch *watch, const struct flavour_event *event)
{
	enum flavour flavour = flavour_event_flavour(event);
	struct json_object *json = json_new_object();
	struct flavour_device *dev = NULL;
	bool known;

	flavour_device_new(watch->ctl->ctx, flavour_event_address(event), &dev);
	known = flavour != FLAVOUR_UNKNOWN || dev;
	if (flavour == FLAVOUR_UNKNOWN && dev)
		flavour = flavour_device_flavour(dev);
	json_add(json, "version", json_object_new_int(1));
	json_add(json, "time", time_json());
	json_add(json, "address", json_text(flavour_event_address(event)));
	json_add(json, "event", json_text(word_of(event)));
	json_add(json, "flavour", json_text(known ? flavour_name(flavour) : NULL));
	json_add(json, "driver", json_text(dev ? flavour_device_driver(dev) : NULL));
	json_add(json, "detail", json_text(flavour_event_detail(event)));
	flavour_device_unref(dev);
	return json;
}

static const char *text_of(struct json_object *json, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(json, key));

	return text ? text : "-";
}

/* A line an event, in JSON too, so that the other end of a pipe has it at once. */
static int print_event(const struct watch *watch, const struct flavour_event *event)
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
	const struct flavour_event *event;
	int found = flavour_events_next(watch->events, &event);

	if (found < 0)
		complain_ctx(watch->ctl);
	if (found < 0 && found != -ENOBUFS)
		return CTL_FAILED;
	if (found <= 0 || !is_watched(watch, event))
		return CTL_DONE;
	++*count;
	return print_event(watch, event);
}

static int watch_events(const struct watch *watch, unsigned int limit)
{
	struct pollfd wait = { .fd = flavour_events_fd(watch->events), .events = POLLIN };
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

int verb_monitor(struct ctl *ctl, int argc, char **argv)
{
	struct watch watch = { .ctl = ctl };
	struct flavour_devices *devices = NULL;
	unsigned int limit = 0;
	int status = option_number("count", ctl->opt.count, 1000000, &limit);

	if (!status && argc)
		status = ctl_select(ctl, argc, argv, &devices);
	watch.devices = devices;
	if (!status)
		status = flavour_events_new(ctl->ctx, &watch.events) ? complain_ctx(ctl) : CTL_DONE;
	if (!status)
		status = watch_events(&watch, limit);
	flavour_events_free(watch.events);
	flavour_devices_free(devices);
	return status;
}
