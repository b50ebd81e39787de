// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernel modules: through libkmod, but for what is loaded, which is under a root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "module/kmod.h"
#include "module/module.h"

/* In file names a dash may stand where the kernel has an underscore. */
static void copy_name(char *to, size_t size, const char *name)
{
	size_t i;

	snprintf(to, size, "%s", name);
	for (i = 0; to[i]; i++)
		if (to[i] == '-')
			to[i] = '_';
}

static bool find_slot(const struct flavour_ctx *ctx, const char *name, size_t *at)
{
	size_t low = 0, high = ctx->module_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(ctx->modules[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return low < ctx->module_count && !strcmp(ctx->modules[low]->name, name);
}

struct flavour_module *module_find(struct flavour_ctx *ctx, const char *name)
{
	char plain[64];
	size_t at;

	copy_name(plain, sizeof(plain), name);
	return find_slot(ctx, plain, &at) ? ctx->modules[at] : NULL;
}

static struct flavour_module *new_module(struct flavour_ctx *ctx, const char *name)
{
	struct flavour_module *module = calloc(1, sizeof(*module));

	if (!module)
		return NULL;
	module->ctx = ctx;
	module->name = strdup(name);
	if (module->name)
		return module;
	free(module);
	return NULL;
}

/* The one object for a module; NULL if there is no memory. */
struct flavour_module *module_get(struct flavour_ctx *ctx, const char *name)
{
	struct flavour_module *module, **grown;
	char plain[64];
	size_t at;

	copy_name(plain, sizeof(plain), name);
	if (find_slot(ctx, plain, &at))
		return ctx->modules[at];
	grown = reallocarray(ctx->modules, ctx->module_count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	ctx->modules = grown;
	module = new_module(ctx, plain);
	if (!module)
		return NULL;
	memmove(grown + at + 1, grown + at, (ctx->module_count - at) * sizeof(*grown));
	grown[at] = module;
	ctx->module_count++;
	return module;
}

void module_free(struct flavour_module *module)
{
	free(module->name);
	free(module->path);
	strv_clear(&module->drivers);
	strv_clear(&module->closure);
	strv_clear(&module->aliases[UNIVERSE_NATIVE]);
	strv_clear(&module->aliases[UNIVERSE_VFIO]);
	free(module);
}

static struct kmod_module *to_kmod(const struct flavour_module *module)
{
	struct kmod_module *km;

	if (ctx_kmod(module->ctx) ||
	    kmod_module_new_from_name(module->ctx->kmod, module->name, &km))
		return NULL;
	return km;
}

static bool is_loaded(const struct flavour_module *module)
{
	AUTOFREE char *path = ctx_path(module->ctx, FLAVOUR_ROOT_SYSFS, "module/%s/initstate",
				       module->name);

	return path_exists(path);
}

API const char *flavour_module_name(const struct flavour_module *module)
{
	return module->name;
}

API enum flavour_module_states flavour_module_state(const struct flavour_module *module)
{
	if (module->builtin)
		return FLAVOUR_MODULE_BUILTIN;
	return is_loaded(module) ? FLAVOUR_MODULE_LOADED : FLAVOUR_MODULE_INSTALLED;
}

static void read_file_info(struct flavour_module *module)
{
	struct kmod_module *km;
	const char *path;
	struct stat st;

	if (module->know_file || module->builtin)
		return;
	module->know_file = true;
	km = to_kmod(module);
	path = km ? kmod_module_get_path(km) : NULL;
	module->path = path ? strdup(path) : NULL;
	if (module->path && !stat(module->path, &st))
		module->size = (uint64_t)st.st_size;
	kmod_module_unref(km);
}

API const char *flavour_module_path(struct flavour_module *module)
{
	pthread_mutex_lock(&module->ctx->lock);
	read_file_info(module);
	pthread_mutex_unlock(&module->ctx->lock);
	return module->path;
}

API uint64_t flavour_module_size(struct flavour_module *module)
{
	flavour_module_path(module);
	return module->size;
}

static void read_drivers(struct flavour_module *module)
{
	AUTOFREE char *dir = ctx_path(module->ctx, FLAVOUR_ROOT_SYSFS, "module/%s/drivers",
				      module->name);
	struct strv names = { 0 };
	size_t i;

	strv_clear(&module->drivers);
	list_dir(dir, &names);
	for (i = 0; i < names.count; i++)
		if (starts_with(names.v[i], "pci:"))
			strv_add(&module->drivers, names.v[i] + strlen("pci:"));
	strv_clear(&names);
}

API size_t flavour_module_driver_count(struct flavour_module *module)
{
	pthread_mutex_lock(&module->ctx->lock);
	read_drivers(module);
	pthread_mutex_unlock(&module->ctx->lock);
	return module->drivers.count;
}

API const char *flavour_module_driver(const struct flavour_module *module, size_t index)
{
	return strv_get(&module->drivers, index);
}

/* Its own name, or a driver's that is the same but for dashes? */
bool module_has_name(const struct flavour_module *module, const char *name)
{
	char plain[64];

	copy_name(plain, sizeof(plain), name);
	return !strcmp(plain, module->name);
}

bool module_has_driver(struct flavour_module *module, const char *driver)
{
	read_drivers(module);
	return strv_has(&module->drivers, driver) || module_has_name(module, driver);
}

/* The driver by which a module serves devices: of several the one named like it. */
char *module_pci_driver(struct flavour_module *module)
{
	size_t i;

	read_drivers(module);
	for (i = 0; i < module->drivers.count; i++)
		if (module_has_name(module, module->drivers.v[i]))
			return strdup(module->drivers.v[i]);
	return module->drivers.count ? strdup(module->drivers.v[0]) : NULL;
}

static void closure_add(struct flavour_module *module, struct kmod_module *km)
{
	const char *name = kmod_module_get_name(km);

	if (kmod_module_get_initstate(km) == KMOD_MODULE_BUILTIN)
		return;
	if (strcmp(name, module->name) && !strv_has(&module->closure, name))
		strv_add(&module->closure, name);
}

static void closure_add_dependencies(struct flavour_module *module, struct kmod_module *km)
{
	struct kmod_list *list = kmod_module_get_dependencies(km), *entry;

	kmod_list_foreach(entry, list) {
		struct kmod_module *dep = kmod_module_get_module(entry);

		closure_add(module, dep);
		kmod_module_unref(dep);
	}
	kmod_module_unref_list(list);
}

static void closure_add_soft(struct flavour_module *module, struct kmod_list *list)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list) {
		struct kmod_module *dep = kmod_module_get_module(entry);

		closure_add_dependencies(module, dep);
		closure_add(module, dep);
		kmod_module_unref(dep);
	}
	kmod_module_unref_list(list);
}

static void read_closure(struct flavour_module *module)
{
	struct kmod_list *before = NULL, *after = NULL;
	struct kmod_module *km;

	if (module->know_closure || module->builtin)
		return;
	module->know_closure = true;
	km = to_kmod(module);
	if (!km)
		return;
	closure_add_dependencies(module, km);
	if (!kmod_module_get_softdeps(km, &before, &after)) {
		closure_add_soft(module, before);
		closure_add_soft(module, after);
	}
	strv_sort(&module->closure);
	kmod_module_unref(km);
}

API size_t flavour_module_closure_count(struct flavour_module *module)
{
	pthread_mutex_lock(&module->ctx->lock);
	read_closure(module);
	pthread_mutex_unlock(&module->ctx->lock);
	return module->closure.count;
}

API const char *flavour_module_closure(struct flavour_module *module, size_t index)
{
	return index < flavour_module_closure_count(module) ? module->closure.v[index] : NULL;
}

static uint64_t size_unless(struct flavour_module *module, bool skip_loaded)
{
	if (skip_loaded && is_loaded(module))
		return 0;
	read_file_info(module);
	return module->size;
}

static uint64_t sum_closure(struct flavour_module *module, bool skip_loaded)
{
	struct flavour_ctx *ctx = module->ctx;
	uint64_t size;
	size_t i;

	pthread_mutex_lock(&ctx->lock);
	read_closure(module);
	size = size_unless(module, skip_loaded);
	for (i = 0; i < module->closure.count; i++) {
		struct flavour_module *dep = module_get(ctx, module->closure.v[i]);

		size += dep ? size_unless(dep, skip_loaded) : 0;
	}
	pthread_mutex_unlock(&ctx->lock);
	return size;
}

API uint64_t flavour_module_closure_size(struct flavour_module *module)
{
	return sum_closure(module, false);
}

API uint64_t flavour_module_load_size(struct flavour_module *module)
{
	return sum_closure(module, true);
}

/* libkmod adds what the kernel command line blacklists to its configuration. */
static int read_blacklist(struct flavour_module *module)
{
	int error = module->know_blacklist ? 0 : ctx_kmod(module->ctx);
	struct kmod_config_iter *iter;
	char plain[64];

	if (error || module->know_blacklist)
		return error;
	iter = kmod_config_get_blacklists(module->ctx->kmod);
	if (!iter)
		return -ENOMEM;
	module->know_blacklist = true;
	while (kmod_config_iter_next(iter)) {
		copy_name(plain, sizeof(plain), kmod_config_iter_get_key(iter));
		module->blacklisted |= !strcmp(plain, module->name);
	}
	kmod_config_iter_free_iter(iter);
	return 0;
}

/* What can't be known is an error, not a no. */
int module_blacklisted(struct flavour_module *module, bool *ret_blacklisted)
{
	int error = read_blacklist(module);

	if (!error)
		*ret_blacklisted = module->blacklisted;
	return error;
}

API bool flavour_module_blacklisted(struct flavour_module *module)
{
	bool blacklisted = false;

	pthread_mutex_lock(&module->ctx->lock);
	module_blacklisted(module, &blacklisted);
	pthread_mutex_unlock(&module->ctx->lock);
	return blacklisted;
}

static const struct strv *aliases_of(const struct flavour_module *module, enum flavour flavour)
{
	static const struct strv none;

	switch (flavour) {
	case FLAVOUR_NATIVE:
		return &module->aliases[UNIVERSE_NATIVE];
	case FLAVOUR_VFIO:
		return &module->aliases[UNIVERSE_VFIO];
	default:
		return &none;
	}
}

API size_t flavour_module_alias_count(const struct flavour_module *module, enum flavour flavour)
{
	return aliases_of(module, flavour)->count;
}

API const char *flavour_module_alias(const struct flavour_module *module, enum flavour flavour,
				     size_t index)
{
	return strv_get(aliases_of(module, flavour), index);
}

/* One that is still being initialised has registered no driver yet. */
bool module_is_live(const struct flavour_module *module)
{
	AUTOFREE char *path = ctx_path(module->ctx, FLAVOUR_ROOT_SYSFS, "module/%s/initstate",
				       module->name);
	AUTOFREE char *state = read_attr(path);

	return module->builtin || (state && !strcmp(state, "live"));
}

static int insert(void *data)
{
	struct flavour_module *module = data;
	struct flavour_ctx *ctx = module->ctx;
	struct kmod_module *km;
	int error;

	if (ctx->io.load)
		return ctx->io.load(ctx->io.data, module);
	km = to_kmod(module);
	if (!km)
		return -ENOMEM;
	error = kmod_module_probe_insert_module(km, 0, NULL, NULL, NULL, NULL);
	kmod_module_unref(km);
	/* The status of an install command. */
	return error > 0 ? -ECANCELED : error;
}

int module_load(struct flavour_module *module, struct limit *limit)
{
	AUTOFREE char *what = NULL;
	int error;

	if (module_is_live(module))
		return 0;
	what = format("load the module %s", module->name);
	error = what ? limit_call(limit, what, insert, module) : -ENOMEM;
	ctx_log(module->ctx, error, "load the module %s", module->name);
	return error;
}
