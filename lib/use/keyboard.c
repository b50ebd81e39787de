// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a device has the only keyboard, on whatever buses it hangs below it. */
#include <string.h>

#include "use/use.h"

/*
 * Power buttons and the like have keys, too. As udev has it, a keyboard has all
 * of the first 31: Escape, digits, letters. They are in the last word.
 */
static bool is_keyboard(const char *keys)
{
	const unsigned long letters = 0xfffffffe;
	const char *last = strrchr(keys, ' ');

	return (strtoul(last ? last : keys, NULL, 16) & letters) == letters;
}

/* A virtual keyboard of a program (uinput) does not replace a real one. */
static bool is_real(const char *path)
{
	return !starts_with(path, "/devices/virtual/");
}

int uses_add_keyboard(struct flavour_uses *uses, struct flavour_device *dev,
		      const struct flavour_devices *together)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC, "bus/input/devices");
	AUTOFREE char *text = read_text(path, NULL);
	AUTOFREE char *sysfs = real_path(dev->ctx->roots[FLAVOUR_ROOT_SYSFS]);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;
	bool mine = false, elsewhere = false;
	const char *where = "";

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		if (starts_with(line, "S: Sysfs="))
			where = line + strlen("S: Sysfs=");
		if (!starts_with(line, "B: KEY=") || !is_real(where) ||
		    !is_keyboard(line + strlen("B: KEY=")))
			continue;
		AUTOFREE char *real = format("%s%s", sysfs, where);

		if (real && device_has_below(dev, real))
			mine = true;
		else if (real)
			elsewhere |= !devices_have_below(together, real);
	}
	if (!mine || elsewhere)
		return 0;
	return uses_add(uses, FLAVOUR_USE_KEYBOARD, dev->address, 0,
			"%s has the only keyboard. Plug another one in elsewhere first.",
			dev->address);
}
