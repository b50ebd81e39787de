// SPDX-License-Identifier: LGPL-2.1-or-later
/* Selectors over a machine of three devices: found, or refused with a sentence. */
#include <string.h>

#include "fuzz.h"

static struct flavour_devices *machine(struct flavour_ctx *ctx)
{
	static const char *const addresses[] = { "0000:01:00.0", "0000:3b:00.1", "10000:00:02.0" };
	static struct flavour_devices *all;
	struct flavour_device *dev;
	size_t i;

	if (all)
		return all;
	if (flavour_devices_new_empty(ctx, &all))
		abort();
	for (i = 0; i < ARRAY_LEN(addresses); i++) {
		if (device_alloc(ctx, addresses[i], &dev) || flavour_devices_add(all, dev) < 0)
			abort();
		flavour_device_unref(dev);
	}
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flavour_ctx *ctx = fuzz_ctx();
	struct flavour_devices *found = NULL;
	char *text = malloc(size + 1);
	int error;

	memcpy(text, data, size);
	text[size] = '\0';
	error = flavour_devices_select(machine(ctx), text, &found);
	if (error ? found || !*flavour_ctx_message(ctx) : !flavour_devices_count(found))
		abort();
	flavour_devices_free(found);
	free(text);
	return 0;
}
