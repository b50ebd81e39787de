// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which module serves which device: an index of one universe's aliases.
 *
 * depmod writes modules.alias, of lines "alias PATTERN MODULE"; what is built
 * into the kernel is in modules.builtin.modinfo, of strings "MODULE.alias=PATTERN"
 * each ended by a NUL. libkmod looks aliases up, but does not say which pattern
 * matched, so the patterns are read here, once for a context.
 *
 * An entry is filed under the most telling of its exact fields; a device is
 * looked up under each key that an entry for it could have been filed under.
 */
#include <errno.h>
#include <string.h>

#include "module/kmod.h"
#include "module/module.h"

enum key_kind { KEY_ANY, KEY_BASE_CLASS, KEY_CLASS, KEY_VENDOR, KEY_DEVICE, KEY_KINDS };

const char *universe_name(enum universe universe)
{
	return universe == UNIVERSE_VFIO ? "vfio_pci" : "pci";
}

static uint64_t make_key(enum key_kind kind, const uint32_t *f)
{
	uint64_t key = (uint64_t)kind << 60;

	switch (kind) {
	case KEY_DEVICE:
		return key | (uint64_t)(f[MATCH_VENDOR] & 0xfffffff) << 32 | f[MATCH_DEVICE];
	case KEY_VENDOR:
		return key | f[MATCH_VENDOR];
	case KEY_CLASS:
		return key | f[MATCH_BASE_CLASS] << 8 | f[MATCH_SUB_CLASS];
	case KEY_BASE_CLASS:
		return key | f[MATCH_BASE_CLASS];
	default:
		return key;
	}
}

static enum key_kind kind_of(const struct match_pattern *pattern)
{
	const uint32_t *mask = pattern->mask;

	if (mask[MATCH_VENDOR])
		return mask[MATCH_DEVICE] ? KEY_DEVICE : KEY_VENDOR;
	if (mask[MATCH_BASE_CLASS])
		return mask[MATCH_SUB_CLASS] ? KEY_CLASS : KEY_BASE_CLASS;
	return KEY_ANY;
}

static struct index_entry *new_entry(struct index *index)
{
	size_t room = index->room ? index->room * 2 : 64;
	struct index_entry *grown;

	if (index->count == index->room) {
		grown = reallocarray(index->entries, room, sizeof(*grown));
		if (!grown)
			return NULL;
		index->entries = grown;
		index->room = room;
	}
	return &index->entries[index->count++];
}

/* An alias that is no ID table's, such as one written by hand, has no rank: skipped. */
static int add_alias(struct flavour_ctx *ctx, struct index *index, const char *alias,
		     const char *name, bool builtin)
{
	struct flavour_module *module;
	struct match_pattern pattern;
	struct index_entry *entry;
	struct strv *aliases;

	/* flavour_pci_parse() lets a newline end an alias, for sysfs's sake. */
	if (strchr(alias, '\n') ||
	    flavour_pci_parse(alias, universe_name(index->universe), &pattern))
		return 0;
	module = module_get(ctx, name);
	aliases = module ? &module->aliases[index->universe] : NULL;
	if (!module || strv_add(aliases, alias))
		return -ENOMEM;
	entry = new_entry(index);
	if (!entry)
		return -ENOMEM;
	if (builtin)
		module->builtin = true;
	module->universes |= 1u << index->universe;
	*entry = (struct index_entry) {
		.key = make_key(kind_of(&pattern), pattern.value),
		.pattern = pattern,
		.alias = aliases->v[aliases->count - 1],
		.module = module,
	};
	return 0;
}

static bool is_module_name(const char *name)
{
	return *name && !strpbrk(name, "/ \t") && *name != '.' && strlen(name) < 56;
}

static int parse_line(struct flavour_ctx *ctx, struct index *index, char *line)
{
	char *alias, *name;

	if (!starts_with(line, "alias "))
		return 0;
	alias = line + strlen("alias ");
	name = strchr(alias, ' ');
	if (!name)
		return 0;
	*name++ = '\0';
	return is_module_name(name) ? add_alias(ctx, index, alias, name, false) : 0;
}

/* Takes modules.alias apart in place; what does not read as an alias is passed over. */
int index_parse(struct flavour_ctx *ctx, struct index *index, char *text, size_t size)
{
	char *end = text + size, *newline;
	int error = 0;

	for (; !error && text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			break;	/* cut off: the rest of the pattern is missing */
		*newline = '\0';
		error = parse_line(ctx, index, text);
	}
	return error;
}

int index_parse_modinfo(struct flavour_ctx *ctx, struct index *index, char *text, size_t size)
{
	char *end = text + size, *next, *dot;
	int error = 0;

	for (; !error && text < end; text = next + 1) {
		next = memchr(text, '\0', (size_t)(end - text));
		if (!next)
			break;
		dot = strstr(text, ".alias=");
		if (!dot)
			continue;
		*dot = '\0';
		if (is_module_name(text))
			error = add_alias(ctx, index, dot + strlen(".alias="), text, true);
	}
	return error;
}

static int cmp_entries(const void *a, const void *b)
{
	uint64_t x = ((const struct index_entry *)a)->key;
	uint64_t y = ((const struct index_entry *)b)->key;

	return x < y ? -1 : x > y;
}

void index_sort(struct index *index)
{
	if (index->count)
		qsort(index->entries, index->count, sizeof(*index->entries), cmp_entries);
}

static size_t lower_bound(const struct index *index, uint64_t key)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void index_lookup(const struct index *index, const struct match_id *id, index_hit_fn hit,
		  void *data)
{
	enum key_kind kind;
	uint64_t key;
	size_t i;

	for (kind = KEY_ANY; kind < KEY_KINDS; kind++) {
		key = make_key(kind, id->field);
		for (i = lower_bound(index, key); i < index->count; i++) {
			if (index->entries[i].key != key)
				break;
			if (flavour_pci_fits(&index->entries[i].pattern, id))
				hit(&index->entries[i], data);
		}
	}
}

void index_free(struct index *index)
{
	if (!index)
		return;
	strv_clear(&index->pins);
	free(index->entries);
	free(index);
}

typedef int (*parse_fn)(struct flavour_ctx *ctx, struct index *index, char *text, size_t size);

static int parse_file(struct flavour_ctx *ctx, struct index *index, const char *name,
		      parse_fn parse)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_MODULES, "%s", name);
	AUTOFREE char *text = NULL;
	size_t size;

	text = read_text(path, &size);
	if (!text)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	index->found = true;
	return parse(ctx, index, text, size);
}

/* Could a glob match an alias of this universe? Most lines of modprobe.d can't. */
static bool may_pin(const char *glob, const char *universe)
{
	size_t plain = strcspn(glob, "*?["), len = strlen(universe);

	if (plain <= len)
		return !strncmp(glob, universe, plain);
	return starts_with(glob, universe) && glob[len] == ':';
}

static int read_pins(struct flavour_ctx *ctx, struct index *index)
{
	struct kmod_config_iter *iter = kmod_config_get_aliases(ctx->kmod);
	const char *glob, *module;
	int error = 0;

	if (!iter)
		return -ENOMEM;
	while (!error && kmod_config_iter_next(iter)) {
		glob = kmod_config_iter_get_key(iter);
		module = kmod_config_iter_get_value(iter);
		if (!glob || !module || !may_pin(glob, universe_name(index->universe)))
			continue;
		error = strv_add(&index->pins, glob);
		if (!error)
			error = strv_add(&index->pins, module);
	}
	kmod_config_iter_free_iter(iter);
	return error;
}

static int build(struct flavour_ctx *ctx, struct index *index)
{
	int error = ctx_kmod(ctx);

	if (!error)
		error = read_pins(ctx, index);
	if (!error)
		error = parse_file(ctx, index, "modules.alias", index_parse);
	if (!error)
		error = parse_file(ctx, index, "modules.builtin.alias", index_parse);
	if (!error)
		error = parse_file(ctx, index, "modules.builtin.modinfo", index_parse_modinfo);
	index_sort(index);
	return error;
}

/* The index of a universe, built by whoever needs it first. */
int ctx_index(struct flavour_ctx *ctx, enum universe universe, struct index **ret_index)
{
	struct index *index = ctx->index[universe];
	int error;

	if (!index) {
		index = calloc(1, sizeof(*index));
		if (!index)
			return -ENOMEM;
		index->universe = universe;
		ctx_use(ctx);
		error = build(ctx, index);
		if (error) {
			index_free(index);
			return error;
		}
		ctx->index[universe] = index;
	}
	*ret_index = index;
	return 0;
}

int index_failed(struct flavour_ctx *ctx, int error)
{
	if (error == -ENOMEM)
		return ctx_oom(ctx);
	if (error == ctx->kmod_error)
		return fail(&ctx->err, -error, "%s", ctx->kmod_problem);
	return fail(&ctx->err, -error, "%s/modules.alias can't be read: %s. Install the modules of "
		    "the running kernel, or run depmod.", ctx->roots[FLAVOUR_ROOT_MODULES],
		    read_strerror(error));
}

/* The universe that drivers of a flavour are in. */
int universe_of(struct flavour_ctx *ctx, enum flavour flavour, enum universe *ret_universe)
{
	switch (flavour) {
	case FLAVOUR_NATIVE:
		*ret_universe = UNIVERSE_NATIVE;
		return 0;
	case FLAVOUR_VFIO:
		*ret_universe = UNIVERSE_VFIO;
		return 0;
	default:
		return fail(&ctx->err, EINVAL, "No driver has the flavour \"%s\".",
			    flavour_name(flavour));
	}
}
