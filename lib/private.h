/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the library know of each other.
 *
 * Locking: flavour_plans_run() is the only place with threads, but for the one that
 * closes what a plan holds (inuse_hold.c). Each of its workers owns the devices it
 * works on. What they share is in the context: its roots do not change any more,
 * all about modules (libkmod, the index, the modules themselves) is under the
 * context's lock, and who has which device node open under that of its looks.
 */
#ifndef FLAVOUR_PRIVATE_H
#define FLAVOUR_PRIVATE_H

#include <pthread.h>

#include "libflavour.h"
#include "match.h"
#include "util.h"

#define ROOTS (FLAVOUR_ROOT_MODULES + 1)
#define UNIVERSES 2

struct kmod_ctx;
struct index;

/*
 * The device nodes there are, and which process has which one open, for all
 * devices asked about; all zero is not looked for yet. inuse_open.c
 */
struct openers {
	struct node *nodes;
	struct opener *v;
	size_t node_count, count;
	bool nodes_known, known;
	int node_error, error;
};

/* Workers that want to know at the same time share a look. */
struct looks {
	pthread_mutex_t lock;
	pthread_cond_t ended_one;
	unsigned long begun, ended;	/* lock */
	struct openers openers;		/* lock; as of the last one that ended */
};

/* The calls that the tests replace. */
struct io {
	int (*write)(void *data, const char *path, const char *text);
	int (*load)(void *data, struct flavour_module *module);
	void *data;
};

struct flavour_ctx {
	char *roots[ROOTS];
	bool in_use;
	bool moved_config;
	int devices_fd;				/* /sys/bus/pci/devices, once in use */
	/* As of the last enumeration. */
	bool no_kernel_module, no_vfio_devs, vfio_devs_tell;
	enum flavour_backend backend;
	struct err err;
	struct io io;
	flavour_stop_fn stop;
	void *stop_data;
	unsigned int lock_seconds;		/* how long to wait for ctx_lock() */
	pthread_mutex_t lock;
	struct kmod_ctx *kmod;			/* lock */
	int kmod_error;				/* lock; why there will be none */
	char *kmod_problem;			/* lock; in words, once there is an error */
	struct index *index[UNIVERSES];		/* lock; once built, read only */
	struct flavour_module **modules;	/* lock; sorted by name */
	size_t module_count;			/* lock */
	struct strv native_drivers;		/* lock; known to be no VFIO drivers */
	struct looks looks;
};

char *ctx_path(const struct flavour_ctx *ctx, enum flavour_root root, const char *fmt, ...)
	PRINTF(3, 4);
int ctx_oom(struct flavour_ctx *ctx);
void ctx_use(struct flavour_ctx *ctx);
bool ctx_has_kernel_module(const struct flavour_ctx *ctx);
bool ctx_stopped(const struct flavour_ctx *ctx);
int ctx_lock(struct flavour_ctx *ctx);	/* lock.c */

/* An address in parts, so that 10000:00:00.0 sorts behind ffff:00:00.0. */
struct address {
	uint32_t domain, bus, device, function;
};

#define ADDRESS_SIZE 24

bool address_parse(const char *text, struct address *address);
void address_format(const struct address *address, char *text);

struct flavour_device {
	struct flavour_ctx *ctx;
	unsigned int refs;
	unsigned int have;
	char address[ADDRESS_SIZE];
	bool enumerated;	/* and not refreshed since: what the enumeration saw holds */
	struct match_id id;
	bool id_valid, bridge, leaving;
	enum flavour flavour;
	int group;
	char *modalias, *driver, *override, *parent, *physfn, *reset_methods, *group_node;
	char *vfio_node, *path, *firmware_path, *slot, *vf, *real, *driverctl;
	struct strv netifs, disks;
};

/* One bit for each thing that device.c and device_topology.c read. */
enum have {
	HAVE_ID, HAVE_DRIVER, HAVE_OVERRIDE, HAVE_FLAVOUR, HAVE_GROUP, HAVE_BRIDGE, HAVE_PHYSFN,
	HAVE_RESET, HAVE_GROUP_NODE, HAVE_VFIO_NODE, HAVE_REAL, HAVE_PARENT, HAVE_PATH,
	HAVE_FIRMWARE, HAVE_SLOT, HAVE_NETIFS, HAVE_DISKS, HAVE_LEAVING,
	HAVE_DRIVERCTL,
};

bool device_first(struct flavour_device *dev, enum have what);
int device_alloc(struct flavour_ctx *ctx, const char *address, struct flavour_device **dev);
char *device_attr_path(const struct flavour_device *dev, const char *attr);
char *device_attr(const struct flavour_device *dev, const char *attr);
const struct match_id *device_match_id(struct flavour_device *dev);
const char *device_real(struct flavour_device *dev);
bool device_has_below(struct flavour_device *dev, const char *real);
bool device_has_vfio_driver(struct flavour_device *dev);
bool device_is_leaving(struct flavour_device *dev);
bool driver_is_vfio(struct flavour_ctx *ctx, const char *driver);
bool ctx_vfio_devs_tell(const struct flavour_ctx *ctx);

/* candidate.c, index.c, module.c: all of it with the context's lock held */
struct index_entry {
	uint64_t key;
	struct match_pattern pattern;
	const char *alias;
	struct flavour_module *module;
};

struct index {
	unsigned int universe;
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
int ctx_index(struct flavour_ctx *ctx, unsigned int universe, struct index **index);
const char *universe_name(unsigned int universe);

int ctx_kmod(struct flavour_ctx *ctx);
bool kmod_index_is_whole(const char *bytes, size_t size);
struct flavour_module *module_find(struct flavour_ctx *ctx, const char *name);
struct flavour_module *module_get(struct flavour_ctx *ctx, const char *name);
void module_free(struct flavour_module *module);
int module_blacklisted(struct flavour_module *module);
bool module_is_live(const struct flavour_module *module);
int module_load(struct flavour_module *module);
int modules_load_native(struct flavour_ctx *ctx, const char *modalias, bool dry_run,
			struct err *story);
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

int candidates_for(struct flavour_ctx *ctx, const struct match_id *id, unsigned int universe,
		   struct flavour_candidates **candidates);
int index_failed(struct flavour_ctx *ctx, int error);
size_t candidates_usable(const struct flavour_candidates *candidates);
const struct flavour_candidate *candidates_find_driver(const struct flavour_candidates *candidates,
							const char *driver);

/* inuse*.c */
struct flavour_use {
	enum flavour_use_kind kind;
	char *text, *subject;
	int pid;
	bool vital;
	bool waits;		/* an unbind would wait for it indefinitely */
};

struct flavour_uses {
	struct flavour_use **v;
	size_t count;
};

void openers_look(struct openers *openers, const struct flavour_ctx *ctx);
void openers_clear(struct openers *openers);
void uses_mark_vital(struct flavour_uses *uses, const char *where);
int uses_add(struct flavour_uses *uses, enum flavour_use_kind kind, const char *subject, int pid,
	     const char *fmt, ...) PRINTF(5, 6);
int uses_of(struct flavour_device *dev, const struct flavour_devices *together,
	    struct openers *openers, struct flavour_uses **uses);
int uses_add_disks(struct flavour_uses *uses, struct flavour_device *dev);
int uses_add_netifs(struct flavour_uses *uses, struct flavour_device *dev);
int uses_add_openers(struct flavour_uses *uses, struct flavour_device *dev,
		     struct openers *openers);
int uses_add_display(struct flavour_uses *uses, struct flavour_device *dev,
		     const struct flavour_devices *together);
int uses_add_keyboard(struct flavour_uses *uses, struct flavour_device *dev,
		      const struct flavour_devices *together);

bool group_member_blocks(struct flavour_device *member);

/* plan.c, plan_run.c, compat.c */
struct flavour_plan {
	struct flavour_device *dev;	/* the caller's: no worker touches it */
	struct flavour_device *own;	/* ours, for the worker */
	const struct flavour_devices *together;
	const struct flavour_rule *rule;	/* of the policy's */
	enum flavour flavour;
	unsigned int flags;
	char *wanted, *former, *driver, *former_override;
	struct flavour_candidates *candidates;
	struct flavour_uses *uses;
	int *holds;			/* its disks, open exclusively until it is unbound */
	size_t hold_count;
	struct strv steps;
	struct err err;
	int result;
	bool noop, ran;
	uint64_t duration;
	struct flavour_plan *next;	/* in its IOMMU group; parallel.c */
	bool is_next;
};

/* policy.c, rule.c */
enum rule_key {
	RULE_ADDRESS, RULE_ID, RULE_CLASS, RULE_MODALIAS, RULE_PHYSFN, RULE_DSN, RULE_PATH,
	RULE_KEYS
};

struct rule_term {
	enum rule_key key;
	char *glob;
	size_t literal;		/* how long it is without a wildcard */
	bool short_form;	/* an id= without the subsystem, a class= without the interface */
};

struct flavour_rule {
	enum flavour flavour;
	struct rule_term *terms;
	size_t count;
	char *text, *file;
	unsigned int line;
};

/* Where in a line a rule is wrong, from 1, and why. */
struct rule_error {
	unsigned int column;
	char text[160];
};

int rule_parse(const char *line, size_t size, struct flavour_rule **rule,
	       struct rule_error *error);
void rule_free(struct flavour_rule *rule);

/* What rules ask of a device, read at most once for all of them. */
struct rule_facts {
	struct flavour_device *dev;
	bool have_id, have_dsn;
	char id[12], full_id[24], class_code[8], sub_class[8], dsn[20], dashed_dsn[32];
};

void facts_init(struct rule_facts *facts, struct flavour_device *dev);
bool rule_fits(const struct flavour_rule *rule, struct rule_facts *facts);
bool rule_needs_device(const struct flavour_rule *rule);

/* One rule of the kernel module's. */
struct kernel_rule {
	const struct flavour_rule *rule;	/* what it was made of */
	char *match;
};

struct flavour_policy {
	struct flavour_ctx *ctx;
	struct flavour_rule **v;
	size_t count, room;
	struct strv errors;
	struct kernel_rule *compiled;		/* policy_compile.c */
	size_t compiled_count, compiled_room;
	struct flavour_devices *together;	/* policy_plans.c */
};

const struct flavour_rule *policy_match(const struct flavour_policy *policy,
					struct rule_facts *facts);
int policy_parse_rule(struct flavour_ctx *ctx, const char *text, struct flavour_rule **rule);
bool policy_is_file_name(struct flavour_ctx *ctx, const char *name);
int policy_check_root(const struct flavour_policy *policy, struct flavour_plan *const *plans,
		      size_t count);
void policy_forget_compiled(struct flavour_policy *policy);

#endif
