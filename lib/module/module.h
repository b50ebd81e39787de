/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel modules, which devices they serve, and which of them is the best.
 *
 * May use: base
 * Used by: device, plan, policy, context.c, doctor.c
 */
#ifndef FLAVOUR_MODULE_H
#define FLAVOUR_MODULE_H

#include "base/base.h"
#include "bus/pci_match.h"

/* All of this with the context's lock held. */
struct index_entry {
	uint64_t key;
	struct match_pattern pattern;
	const char *alias;
	struct flavour_module *module;
};

struct index {
	enum universe universe;
	struct index_entry *entries;		/* sorted by key */
	size_t count, room;
	struct strv pins;			/* of modprobe.d: glob, module, glob, … */
	bool found;				/* is there an index on disk at all? */
};

struct flavour_module {
	struct flavour_ctx *ctx;
	char *name;
	bool builtin;
	unsigned int universes;			/* a bit for each it has aliases in */
	bool know_file, know_blacklist, know_closure, blacklisted;
	char *path;
	uint64_t size;
	struct strv drivers, closure, aliases[UNIVERSES];
};

typedef void (*index_hit_fn)(const struct index_entry *entry, void *data);

int index_parse(struct flavour_ctx *ctx, struct index *index, char *text, size_t size);
int index_parse_modinfo(struct flavour_ctx *ctx, struct index *index, char *text, size_t size);
void index_sort(struct index *index);
void index_lookup(const struct index *index, const struct match_id *id, index_hit_fn hit,
		  void *data);
void index_free(struct index *index);
int ctx_index(struct flavour_ctx *ctx, enum universe universe, struct index **ret_index);
const char *universe_name(enum universe universe);

int ctx_kmod(struct flavour_ctx *ctx);
int kmod_index_check(const char *bytes, size_t size);
struct flavour_module *module_find(struct flavour_ctx *ctx, const char *name);
struct flavour_module *module_get(struct flavour_ctx *ctx, const char *name);
void modules_clear(struct flavour_ctx *ctx);
void module_free(struct flavour_module *module);
int module_blacklisted(struct flavour_module *module, bool *ret_blacklisted);
bool module_is_live(const struct flavour_module *module);
int module_load(struct flavour_module *module, struct limit *limit);
/* What came of it: the kernel's error for a module that it does not trust needs a word more. */
const char *module_load_strerror(int error);
/* A sentence about what keeps modules out: all of them, or those that nobody signed. */
char *modules_kept_out(struct flavour_ctx *ctx);
int modules_load_native(struct flavour_ctx *ctx, const char *modalias, bool dry_run,
			struct limit *limit, struct err *story);
char *module_pci_driver(struct flavour_module *module);
bool module_has_name(const struct flavour_module *module, const char *name);
bool module_has_driver(struct flavour_module *module, const char *driver);

struct flavour_candidate {
	struct flavour_module *module;
	const struct index_entry *entry;
	unsigned int rank;
	enum flavour_verdict verdict;
	char *reason;
};

struct flavour_candidates {
	struct flavour_candidate **v;
	size_t count;
};

int candidates_for(struct flavour_ctx *ctx, const struct match_id *id, enum universe universe,
		   struct flavour_candidates **ret_candidates);
int universe_of(struct flavour_ctx *ctx, enum flavour flavour, enum universe *ret_universe);
int index_failed(struct flavour_ctx *ctx, int error);
size_t candidates_usable(const struct flavour_candidates *candidates);
const struct flavour_candidate *candidates_find_driver(const struct flavour_candidates *candidates,
							const char *driver);

/* driver.c */
bool driver_is_vfio(struct flavour_ctx *ctx, const char *driver);

#endif
