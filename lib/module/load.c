// SPDX-License-Identifier: LGPL-2.1-or-later
/* Loads the module of a driver for a device, and reports which one and why. */
#include <errno.h>
#include <string.h>

#include "module/kmod.h"
#include "module/module.h"

/* @before: its state before it was loaded */
static void tell_loaded(struct err *story, const char *name, enum flavour_module_states before)
{
	if (before == FLAVOUR_MODULE_BUILTIN)
		err_append(story, "%s is built into the kernel.", name);
	else if (before == FLAVOUR_MODULE_LOADED)
		err_append(story, "%s is already loaded.", name);
	else
		err_append(story, "Loaded %s.", name);
}

const char *module_load_strerror(int error)
{
	switch (-error) {
	case EKEYREJECTED:
	case ENOKEY:
		return "the kernel loads only signed modules (module.sig_enforce), and knows no key "
		       "of this one. Sign it with a key that is enrolled by mokutil";
	case EPERM:
		return "Operation not permitted. Only root may, or the kernel is locked down and the "
		       "module is not signed, or kernel.modules_disabled is 1";
	default:
		return strerror(-error);
	}
}

char *modules_kept_out(struct flavour_ctx *ctx)
{
	AUTOFREE char *sysctl = ctx_path(ctx, FLAVOUR_ROOT_PROC, "sys/kernel/modules_disabled");
	AUTOFREE char *security = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "kernel/security/lockdown");
	AUTOFREE char *param = ctx_path(ctx, FLAVOUR_ROOT_SYSFS,
					"module/module/parameters/sig_enforce");
	AUTOFREE char *disabled = read_attr(sysctl);
	AUTOFREE char *locked = read_attr(security);
	AUTOFREE char *enforced = read_attr(param);

	if (disabled && !strcmp(disabled, "1"))
		return strdup("No module can be loaded until the next boot: "
			      "kernel.modules_disabled is 1.");
	if (locked && !strstr(locked, "[none]"))
		return format("The kernel is locked down (%s): only signed modules load.", locked);
	if (enforced && *enforced == 'Y')
		return strdup("Only signed modules load: module.sig_enforce is on.");
	return NULL;
}

static int load_one(struct flavour_module *module, struct err *story)
{
	struct flavour_ctx *ctx = module->ctx;
	enum flavour_module_states before = flavour_module_state(module);
	int error;

	pthread_mutex_lock(&ctx->lock);
	error = module_load(module, NULL);
	pthread_mutex_unlock(&ctx->lock);
	if (error)
		err_append(story, "%s can't be loaded: %s.", module->name, module_load_strerror(error));
	else
		tell_loaded(story, module->name, before);
	return error;
}

/* EINVAL from a module's init must not look like a wrong argument of the caller. */
static int module_error(int error)
{
	return error == -EINVAL ? -ENOEXEC : error;
}

static bool passed_over(const struct flavour_candidate *c, unsigned int flags, struct err *story)
{
	if (!(flags & FLAVOUR_LOAD_NEXT) || !module_is_live(c->module))
		return false;
	err_append(story, "Skipped %s, which is already loaded.", c->module->name);
	return true;
}

static int load_best(const struct flavour_candidates *list, size_t count, unsigned int flags,
		     struct err *story)
{
	int error = -ENODEV;
	size_t i;

	for (i = 0; error && i < count; i++)
		if (!passed_over(list->v[i], flags, story))
			error = load_one(list->v[i]->module, story);
	if (!error)
		err_append(story, "%s", list->v[i - 1]->reason);
	return module_error(error);
}

static void tell_order(const struct flavour_candidates *list, size_t count, unsigned int flags,
		       struct err *story)
{
	const char *verb = "Would load";
	size_t i;

	for (i = 0; i < count; i++) {
		if (passed_over(list->v[i], flags, story))
			continue;
		err_append(story, "%s %s. %s", verb, list->v[i]->module->name, list->v[i]->reason);
		verb = "Else";
	}
}

static int none_usable(struct flavour_ctx *ctx, const struct flavour_candidates *list,
		       const char *modalias)
{
	if (!list->count)
		return fail(&ctx->err, ENODEV, "No installed module serves %s. Is the module "
			    "vfio_pci of this kernel installed?", modalias);
	return fail(&ctx->err, ENODEV, "%s would serve %s, but may not be chosen. %s",
		    list->v[0]->module->name, modalias, list->v[0]->reason);
}

static int load_vfio(struct flavour_ctx *ctx, const char *modalias, const struct match_id *id,
		     unsigned int flags, struct err *story)
{
	struct flavour_candidates *list;
	int error = candidates_for(ctx, id, UNIVERSE_VFIO, &list);
	size_t count;

	if (error)
		return index_failed(ctx, error);
	count = candidates_usable(list);
	if (!count)
		error = none_usable(ctx, list, modalias);
	else if (flags & FLAVOUR_LOAD_DRY_RUN)
		tell_order(list, count, flags, story);
	else if ((error = load_best(list, count, flags, story)))
		fail(&ctx->err, -error, "%s The kernel log may say more.", story->text);
	flavour_candidates_free(list);
	return error;
}

static void load_listed(struct flavour_ctx *ctx, struct kmod_list *list, bool dry_run,
			struct limit *limit, struct err *story, int *error)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list) {
		struct kmod_module *km = kmod_module_get_module(entry);
		struct flavour_module *module = module_get(ctx, kmod_module_get_name(km));
		int failed = module ? 0 : -ENOMEM;

		if (module && !dry_run)
			failed = module_load(module, limit);
		if (failed && story)
			err_append(story, "%s can't be loaded: %s.", kmod_module_get_name(km),
				   module_load_strerror(failed));
		else if (story)
			err_append(story, "%s %s.", dry_run ? "Would load" : "Loaded",
				   module->name);
		/* One of several is enough. */
		*error = *error ? module_error(failed) : 0;
		kmod_module_unref(km);
	}
}

/* As modprobe does: all that match and are not blacklisted. -ENODEV if none is. */
int modules_load_native(struct flavour_ctx *ctx, const char *modalias, bool dry_run,
			struct limit *limit, struct err *story)
{
	struct kmod_list *list = NULL, *filtered = NULL;
	int error = ctx_kmod(ctx);

	if (!error)
		error = kmod_module_new_from_lookup(ctx->kmod, modalias, &list);
	if (!error)
		error = kmod_module_apply_filter(ctx->kmod, KMOD_FILTER_BLACKLIST, list,
						 &filtered);
	if (!error) {
		error = -ENODEV;
		load_listed(ctx, filtered, dry_run, limit, story, &error);
	}
	kmod_module_unref_list(filtered);
	kmod_module_unref_list(list);
	return error;
}

static int load_native(struct flavour_ctx *ctx, const char *modalias, bool dry_run,
		       struct err *story)
{
	int error;

	pthread_mutex_lock(&ctx->lock);
	error = modules_load_native(ctx, modalias, dry_run, NULL, story);
	pthread_mutex_unlock(&ctx->lock);
	if (error && *story->text)
		return fail(&ctx->err, -error, "%s The kernel log may say more.", story->text);
	if (error == -ENOMEM || (error && error == ctx->kmod_error))
		return index_failed(ctx, error);
	if (error)
		return fail(&ctx->err, -error, "No module that may be loaded serves %s.", modalias);
	return 0;
}

API int flavour_load(struct flavour_ctx *ctx, const char *modalias, unsigned int flags,
		     char **ret_story)
{
	struct err told = { 0 };
	struct match_id id;
	char *story;
	int error;

	if (!flavour_pci_parse_id(modalias, "vfio_pci", &id))
		error = load_vfio(ctx, modalias, &id, flags, &told);
	else if (!flavour_pci_parse_id(modalias, "pci", &id))
		error = load_native(ctx, modalias, flags & FLAVOUR_LOAD_DRY_RUN, &told);
	else
		error = fail(&ctx->err, EINVAL, "\"%s\" is not a PCI alias with every field written "
			     "out, such as vfio_pci:v…d…sv…sd…bc…sc…i….", modalias);
	if (error || !ret_story)
		return error;
	story = strdup(told.text);
	if (!story)
		return ctx_oom(ctx);
	*ret_story = story;
	return 0;
}
