// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether a display is in use: the console is on one of its framebuffers or
 * serial ports, it has the only framebuffer, or a connector shows a picture.
 */
#include <ctype.h>
#include <fcntl.h>
#include <linux/fb.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "use/use.h"

#define CONSOLES 63	/* MAX_NR_CONSOLES */

/* A framebuffer of the firmware's may belong to no PCI device. */
struct framebuffers {
	char mine[16];
	bool console, elsewhere, firmware;
};

static bool has_fb_console(const struct flavour_ctx *ctx)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "class/vtconsole");
	struct strv names = { 0 };
	bool bound = false;
	size_t i;

	list_dir(dir, &names);
	for (i = 0; i < names.count && !bound; i++) {
		AUTOFREE char *name_path = format("%s/%s/name", dir, names.v[i]);
		AUTOFREE char *bind_path = format("%s/%s/bind", dir, names.v[i]);
		AUTOFREE char *name = read_attr(name_path);

		bound = name && strstr(name, "frame buffer") && read_attr_int(bind_path, 1);
	}
	strv_clear(&names);
	return bound;
}

/*
 * Only the framebuffers can tell which one a console is on. If that can't be
 * asked, assume yes.
 */
static bool carries_console(const struct flavour_ctx *ctx, const char *fb)
{
	AUTOFREE char *node = ctx_path(ctx, FLAVOUR_ROOT_DEV, "%s", fb);
	struct fb_con2fbmap map = { .console = 1 };
	int fd = node ? open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	unsigned int number = (unsigned int)atoi(fb + strlen("fb"));
	bool on_it = fd < 0;

	for (; !on_it && map.console <= CONSOLES; map.console++)
		on_it = ioctl(fd, FBIOGET_CON2FBMAP, &map) || map.framebuffer == number;
	if (fd >= 0)
		close(fd);
	return on_it;
}

static void look_at_fb(struct framebuffers *fbs, struct flavour_device *dev,
		       const struct flavour_devices *together, const char *name)
{
	AUTOFREE char *link = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/graphics/%s", name);
	AUTOFREE char *real = real_path(link);

	if (!real)
		return;
	if (device_has_below(dev, real)) {
		snprintf(fbs->mine, sizeof(fbs->mine), "%s", name);
		fbs->console |= has_fb_console(dev->ctx) && carries_console(dev->ctx, name);
	} else if (!strstr(real, "/devices/pci")) {
		fbs->firmware = true;
	} else {
		fbs->elsewhere |= !devices_have_below(together, real);
	}
}

static void look_at_fbs(struct framebuffers *fbs, struct flavour_device *dev,
			const struct flavour_devices *together)
{
	AUTOFREE char *dir = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/graphics");
	struct strv names = { 0 };
	size_t i;

	list_dir(dir, &names);
	for (i = 0; i < names.count; i++)
		if (starts_with(names.v[i], "fb") && isdigit((unsigned char)names.v[i][2]))
			look_at_fb(fbs, dev, together, names.v[i]);
	strv_clear(&names);
}

/*
 * Before Linux 6.9 the firmware's framebuffer is only told to be in a PCI device
 * by its addresses: indented below the device's.
 */
static bool holds_firmware_fb(const struct flavour_device *dev)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC, "iomem");
	AUTOFREE char *text = read_text(path, NULL);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;
	size_t depth = 0, indent;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = strstr(line, " : ");

		indent = strspn(line, " ");
		if (indent <= depth)
			depth = 0;
		if (depth && name && (strcasestr(name, "fb") || strstr(name, "framebuffer")))
			return true;
		if (!depth && name && !strcmp(name + strlen(" : "), dev->address))
			depth = indent;
	}
	return false;
}

static bool connector_is_on(const char *card, const char *connector)
{
	AUTOFREE char *path = format("%s/%s/enabled", card, connector);
	AUTOFREE char *enabled = read_attr(path);

	return enabled && !strcmp(enabled, "enabled");
}

static bool has_picture(const struct flavour_device *dev)
{
	AUTOFREE char *drm = device_attr_path(dev, "drm");
	struct strv cards = { 0 }, entries = { 0 };
	bool found = false;
	size_t i, j;

	list_dir(drm, &cards);
	for (i = 0; i < cards.count; i++) {
		AUTOFREE char *card = format("%s/%s", drm, cards.v[i]);

		list_dir(card, &entries);
		for (j = 0; j < entries.count; j++)
			found |= connector_is_on(card, entries.v[j]);
		strv_clear(&entries);
	}
	strv_clear(&cards);
	return found;
}

/* To be freed; NULL if it is not. */
static char *serial_console(struct flavour_device *dev)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/tty/console/active");
	AUTOFREE char *active = read_attr(path);
	char *save = NULL, *name = active ? strtok_r(active, " ", &save) : NULL;

	for (; name; name = strtok_r(NULL, " ", &save)) {
		AUTOFREE char *link = ctx_path(dev->ctx, FLAVOUR_ROOT_SYSFS, "class/tty/%s", name);
		AUTOFREE char *real = real_path(link);

		if (real && device_has_below(dev, real))
			return format("%s", name);
	}
	return NULL;
}

static int add(struct flavour_uses *uses, struct flavour_device *dev, const char *what)
{
	return uses_add(uses, FLAVOUR_USE_DISPLAY, dev->address, 0,
			"%s %s. Use another display, or claim it before its driver loads, by a "
			"rule.", dev->address, what);
}

static int add_screen(struct flavour_uses *uses, struct flavour_device *dev,
		      const struct flavour_devices *together)
{
	AUTOFREE char *path = device_attr_path(dev, "boot_vga");
	bool boot = read_attr_int(path, 0) == 1, picture = has_picture(dev);
	struct framebuffers fbs = { 0 };

	look_at_fbs(&fbs, dev, together);
	/*
	 * Only if the firmware's framebuffer still exists: a driver that was
	 * loaded later replaces it.
	 */
	if (fbs.firmware && !boot)
		fbs.console |= holds_firmware_fb(dev);
	if (boot && (fbs.firmware || fbs.console || picture))
		return add(uses, dev, "is the boot display and the console is on it");
	if (fbs.console)
		return add(uses, dev, "is the display that the console is on");
	if (picture)
		return add(uses, dev, "shows a picture");
	if (*fbs.mine && !fbs.elsewhere && !fbs.firmware)
		return add(uses, dev, "has the only framebuffer");
	return 0;
}

int uses_add_display(struct flavour_uses *uses, struct flavour_device *dev,
		     const struct flavour_devices *together)
{
	AUTOFREE char *console = NULL;

	if (device_has_vfio_driver(dev))
		return 0;
	console = serial_console(dev);
	if (console)
		return uses_add(uses, FLAVOUR_USE_DISPLAY, console, 0,
				"The kernel's console is on %s, a port of %s. Boot with another "
				"one (console=).", console, dev->address);
	return add_screen(uses, dev, together);
}
