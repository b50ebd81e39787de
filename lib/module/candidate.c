// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which drivers may bind a device, best first. */
#include <errno.h>
#include <fnmatch.h>

#include "module/module.h"

struct search {
	struct flavour_candidates *found;
	int error;
};

static int add_candidate(struct flavour_candidates *list, const struct index_entry *entry)
{
	struct flavour_candidate **grown, *new = calloc(1, sizeof(*new));

	grown = reallocarray(list->v, list->count + 1, sizeof(*grown));
	if (grown)
		list->v = grown;
	if (!grown || !new) {
		free(new);
		return -ENOMEM;
	}
	new->module = entry->module;
	new->entry = entry;
	new->rank = flavour_pci_rank(&entry->pattern);
	list->v[list->count++] = new;
	return 0;
}

/* One module may have several entries that fit: the most specific one counts. */
static void keep_best(const struct index_entry *entry, void *data)
{
	unsigned int rank = flavour_pci_rank(&entry->pattern);
	struct search *search = data;
	size_t i;

	for (i = 0; i < search->found->count; i++) {
		struct flavour_candidate *c = search->found->v[i];

		if (c->module != entry->module)
			continue;
		if (rank < c->rank) {
			c->entry = entry;
			c->rank = rank;
		}
		return;
	}
	if (!search->error)
		search->error = add_candidate(search->found, entry);
}

/* At equal rank the driver's name decides, which is known only for a loaded module. */
static int cmp_rank(struct flavour_candidate *a, struct flavour_candidate *b)
{
	AUTOFREE char *driver_a = NULL;
	AUTOFREE char *driver_b = NULL;
	struct rank x = { a->rank, a->module->name };
	struct rank y = { b->rank, b->module->name };

	if (x.value == y.value) {
		driver_a = module_pci_driver(a->module);
		driver_b = module_pci_driver(b->module);
		x.name = driver_a ? driver_a : x.name;
		y.name = driver_b ? driver_b : y.name;
	}
	return flavour_rank_cmp(&x, &y);
}

static bool usable(const struct flavour_candidate *c)
{
	return c->verdict == FLAVOUR_VERDICT_OK || c->verdict == FLAVOUR_VERDICT_PINNED;
}

static int cmp_candidates(const void *a, const void *b)
{
	struct flavour_candidate *x = *(struct flavour_candidate *const *)a;
	struct flavour_candidate *y = *(struct flavour_candidate *const *)b;

	if (usable(x) != usable(y))
		return usable(x) ? -1 : 1;
	return cmp_rank(x, y);
}

/* If an alias line of modprobe.d matches, modprobe ignores the index; do the same here. */
static int find_pins(const struct index *index, const struct match_id *id, struct strv *pins)
{
	char alias[MATCH_ALIAS_SIZE];
	int error = 0;
	size_t i;

	if (!index->pins.count)
		return 0;
	flavour_pci_format(alias, sizeof(alias), universe_name(index->universe), id);
	for (i = 0; !error && i + 1 < index->pins.count; i += 2)
		if (!fnmatch(index->pins.v[i], alias, 0))
			error = strv_add(pins, index->pins.v[i + 1]);
	return error;
}

static bool pinned(struct flavour_candidate *c, const struct strv *pins)
{
	size_t i;

	for (i = 0; i < pins->count; i++)
		if (module_find(c->module->ctx, pins->v[i]) == c->module)
			return true;
	return false;
}

static int judge(struct flavour_candidate *c, const struct strv *pins)
{
	bool blacklisted;
	int error = module_blacklisted(c->module, &blacklisted);

	if (error)
		return error;
	if (blacklisted)
		c->verdict = FLAVOUR_VERDICT_BLACKLISTED;
	else if (!pins->count)
		c->verdict = FLAVOUR_VERDICT_OK;
	else
		c->verdict = pinned(c, pins) ? FLAVOUR_VERDICT_PINNED : FLAVOUR_VERDICT_UNPINNED;
	return 0;
}

/* What decided between two: the first field that only the better one names. */
static const char *named_by(const struct flavour_candidate *better,
			    const struct flavour_candidate *worse)
{
	unsigned int differ = better->rank ^ worse->rank;

	if (differ >= MATCH_RANK_IDS && better->rank < MATCH_RANK_IDS)
		return "vendor and device";
	if (differ >= MATCH_RANK_IDS)
		return better->entry->pattern.mask[MATCH_VENDOR] ? "the vendor" : "the device";
	if (differ >= MATCH_RANK_SUBVENDOR)
		return "the subsystem's vendor";
	return differ >= MATCH_RANK_SUBDEVICE ? "the subsystem's device" : "more of the class";
}

static char *reason_usable(const struct flavour_candidates *list, size_t at)
{
	const struct flavour_candidate *c = list->v[at];
	const struct flavour_candidate *first = list->v[0];
	const struct flavour_candidate *next = at + 1 < list->count ? list->v[at + 1] : NULL;

	if (c->verdict == FLAVOUR_VERDICT_PINNED && !at)
		return format("An alias line in modprobe.d pins it for this device.");
	if (at && c->rank == first->rank)
		return format("As specific as %s, but later in the order of driver names.",
			      first->module->name);
	if (at)
		return format("Less specific than %s, which names %s.", first->module->name,
			      named_by(first, c));
	if (!next || !usable(next))
		return format("The only candidate that may be chosen.");
	if (next->rank == c->rank)
		return format("As specific as %s, and earlier in the order of driver names.",
			      next->module->name);
	return format("The most specific: unlike %s it names %s.", next->module->name,
		      named_by(c, next));
}

static char *reason_for(const struct flavour_candidates *list, size_t at, const struct strv *pins)
{
	switch (list->v[at]->verdict) {
	case FLAVOUR_VERDICT_BLACKLISTED:
		return format("Blacklisted in modprobe.d or on the kernel command line.");
	case FLAVOUR_VERDICT_UNPINNED:
		return format("An alias line in modprobe.d pins %s for this device.", pins->v[0]);
	default:
		return reason_usable(list, at);
	}
}

static int rank(struct flavour_candidates *list, const struct strv *pins)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < list->count; i++)
		error = judge(list->v[i], pins);
	if (error)
		return error;
	if (list->count)
		qsort(list->v, list->count, sizeof(*list->v), cmp_candidates);
	for (i = 0; i < list->count; i++) {
		list->v[i]->reason = reason_for(list, i, pins);
		if (!list->v[i]->reason)
			return -ENOMEM;
	}
	return 0;
}

static int search_locked(struct flavour_ctx *ctx, const struct match_id *id,
			 enum universe universe, struct flavour_candidates *found)
{
	struct search search = { .found = found };
	struct strv pins = { 0 };
	struct index *index;
	int error = ctx_index(ctx, universe, &index);

	if (error)
		return error;
	if (!index->found)
		return -ENOENT;
	index_lookup(index, id, keep_best, &search);
	error = search.error ? search.error : find_pins(index, id, &pins);
	if (!error)
		error = rank(found, &pins);
	strv_clear(&pins);
	return error;
}

int candidates_for(struct flavour_ctx *ctx, const struct match_id *id, enum universe universe,
		   struct flavour_candidates **ret_candidates)
{
	struct flavour_candidates *found = calloc(1, sizeof(*found));
	int error = -ENOMEM;

	if (!found)
		return error;
	pthread_mutex_lock(&ctx->lock);
	error = search_locked(ctx, id, universe, found);
	pthread_mutex_unlock(&ctx->lock);
	if (error) {
		flavour_candidates_free(found);
		return error;
	}
	*ret_candidates = found;
	return 0;
}

API size_t flavour_candidates_count(const struct flavour_candidates *candidates)
{
	return candidates->count;
}

/* Those that may be chosen come first. */
size_t candidates_usable(const struct flavour_candidates *candidates)
{
	size_t n = 0;

	while (candidates && n < candidates->count && usable(candidates->v[n]))
		n++;
	return n;
}

API struct flavour_candidate *flavour_candidates_get(const struct flavour_candidates *candidates,
						     size_t index)
{
	return index < candidates->count ? candidates->v[index] : NULL;
}

const struct flavour_candidate *candidates_find_driver(const struct flavour_candidates *candidates,
							const char *driver)
{
	struct flavour_candidate *c;
	bool same = false;
	size_t i;

	for (i = 0; candidates && i < candidates->count && !same; i++) {
		c = candidates->v[i];
		pthread_mutex_lock(&c->module->ctx->lock);
		same = module_has_driver(c->module, driver);
		pthread_mutex_unlock(&c->module->ctx->lock);
	}
	return same ? c : NULL;
}

API void flavour_candidates_free(struct flavour_candidates *candidates)
{
	size_t i;

	if (!candidates)
		return;
	for (i = 0; i < candidates->count; i++) {
		free(candidates->v[i]->reason);
		free(candidates->v[i]);
	}
	free(candidates->v);
	free(candidates);
}

API struct flavour_module *flavour_candidate_module(const struct flavour_candidate *candidate)
{
	return candidate->module;
}

API const char *flavour_candidate_alias(const struct flavour_candidate *candidate)
{
	return candidate->entry->alias;
}

API unsigned int flavour_candidate_wildcards(const struct flavour_candidate *candidate)
{
	return flavour_pci_wildcards(&candidate->entry->pattern);
}

API bool flavour_candidate_is_generic(const struct flavour_candidate *candidate)
{
	return rank_is_generic(candidate->rank);
}

API bool flavour_candidate_is_usable(const struct flavour_candidate *candidate)
{
	return usable(candidate);
}

API enum flavour_verdict flavour_candidate_verdict(const struct flavour_candidate *candidate)
{
	return candidate->verdict;
}

API const char *flavour_candidate_reason(const struct flavour_candidate *candidate)
{
	return candidate->reason;
}
