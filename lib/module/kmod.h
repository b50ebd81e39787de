/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkmod, opened when something is first asked of it: it brings libcrypto along,
 * whose 21000 relocations take longer than all else that a short command does.
 */
#ifndef FLAVOUR_KMOD_H
#define FLAVOUR_KMOD_H

#include <libkmod.h>

#define KMOD_CALLS(X) \
	X(kmod_config_get_aliases) \
	X(kmod_config_get_blacklists) \
	X(kmod_config_iter_free_iter) \
	X(kmod_config_iter_get_key) \
	X(kmod_config_iter_get_value) \
	X(kmod_config_iter_next) \
	X(kmod_list_next) \
	X(kmod_module_apply_filter) \
	X(kmod_module_get_dependencies) \
	X(kmod_module_get_initstate) \
	X(kmod_module_get_module) \
	X(kmod_module_get_name) \
	X(kmod_module_get_path) \
	X(kmod_module_get_softdeps) \
	X(kmod_module_new_from_lookup) \
	X(kmod_module_new_from_name) \
	X(kmod_module_probe_insert_module) \
	X(kmod_module_unref) \
	X(kmod_module_unref_list) \
	X(kmod_new) \
	X(kmod_set_log_fn) \
	X(kmod_unref)

struct kmod_calls {
#define KMOD_MEMBER(name) __typeof__(name) *name;
	KMOD_CALLS(KMOD_MEMBER)
#undef KMOD_MEMBER
};

/*
 * Valid after kmod_open() has returned 0; it returns -ELIBACC if there is no libkmod.
 * The unref functions may be called with NULL at any time.
 */
extern struct kmod_calls kmod_calls;
int kmod_open(void);
const char *kmod_open_error(void);

#ifndef KMOD_OWN_NAMES
#define kmod_config_get_aliases		kmod_calls.kmod_config_get_aliases
#define kmod_config_get_blacklists	kmod_calls.kmod_config_get_blacklists
#define kmod_config_iter_free_iter	kmod_calls.kmod_config_iter_free_iter
#define kmod_config_iter_get_key	kmod_calls.kmod_config_iter_get_key
#define kmod_config_iter_get_value	kmod_calls.kmod_config_iter_get_value
#define kmod_config_iter_next		kmod_calls.kmod_config_iter_next
#define kmod_list_next			kmod_calls.kmod_list_next
#define kmod_module_apply_filter	kmod_calls.kmod_module_apply_filter
#define kmod_module_get_dependencies	kmod_calls.kmod_module_get_dependencies
#define kmod_module_get_initstate	kmod_calls.kmod_module_get_initstate
#define kmod_module_get_module		kmod_calls.kmod_module_get_module
#define kmod_module_get_name		kmod_calls.kmod_module_get_name
#define kmod_module_get_path		kmod_calls.kmod_module_get_path
#define kmod_module_get_softdeps	kmod_calls.kmod_module_get_softdeps
#define kmod_module_new_from_lookup	kmod_calls.kmod_module_new_from_lookup
#define kmod_module_new_from_name	kmod_calls.kmod_module_new_from_name
#define kmod_module_probe_insert_module	kmod_calls.kmod_module_probe_insert_module
#define kmod_module_unref		kmod_calls.kmod_module_unref
#define kmod_module_unref_list		kmod_calls.kmod_module_unref_list
#define kmod_new			kmod_calls.kmod_new
#define kmod_set_log_fn			kmod_calls.kmod_set_log_fn
#define kmod_unref			kmod_calls.kmod_unref
#endif

#endif
