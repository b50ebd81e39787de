// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The two indices of aliases. The first byte chooses which; whatever it holds,
 * a lookup finds the same entries as a walk through all of them.
 */
#include <string.h>

#include "fuzz.h"

static const struct match_id device = {
	{ 0x15b3, 0x101e, 0x15b3, 0x0058, 0x02, 0x00, 0x00 },
};

static void count(const struct index_entry *entry, void *data)
{
	(*(size_t *)data)++;
}

static void check_lookup(const struct index *index)
{
	size_t i, walked = 0, found = 0;

	for (i = 0; i < index->count; i++) {
		walked += flavour_pci_fits(&index->entries[i].pattern, &device);
		if (strlen(index->entries[i].alias) >= MATCH_ALIAS_SIZE)
			abort();
	}
	index_lookup(index, &device, count, &found);
	if (found != walked)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flavour_ctx *ctx = fuzz_ctx();
	struct index *index = calloc(1, sizeof(*index));
	char *text;

	if (!size || !index) {
		free(index);
		return 0;
	}
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	index->universe = UNIVERSE_VFIO;
	if (data[0] & 1)
		index_parse_modinfo(ctx, index, text, size - 1);
	else
		index_parse(ctx, index, text, size - 1);
	index_sort(index);
	check_lookup(index);
	index_free(index);
	free(text);
	fuzz_forget_modules(ctx);
	return 0;
}
