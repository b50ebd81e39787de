// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define KMOD_OWN_NAMES
#include "module/kmod.h"

#define SONAME "libkmod.so.2"

static const char *const names[] = {
#define NAME(name) #name,
	KMOD_CALLS(NAME)
#undef NAME
};

static struct kmod_ctx *no_ctx(struct kmod_ctx *ctx)
{
	return ctx;
}

static struct kmod_module *no_module(struct kmod_module *module)
{
	return module;
}

static int no_list(struct kmod_list *list)
{
	return 0;
}

struct kmod_calls kmod_calls = {
	.kmod_module_unref = no_module,
	.kmod_module_unref_list = no_list,
	.kmod_unref = no_ctx,
};

static int result;
static char problem[256];

_Static_assert(sizeof(kmod_calls) == sizeof(names), "one pointer a name, in their order");

static void find_all(void)
{
	void *lib = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL), *found;
	size_t i;

	result = lib ? 0 : -ELIBACC;
	if (!lib)
		snprintf(problem, sizeof(problem), "%s", dlerror());
	for (i = 0; !result && i < sizeof(names) / sizeof(*names); i++) {
		found = dlsym(lib, names[i]);
		if (found) {
			memcpy((char *)&kmod_calls + i * sizeof(found), &found, sizeof(found));
			continue;
		}
		result = -ELIBACC;
		snprintf(problem, sizeof(problem), SONAME " has no %s", names[i]);
	}
}

/* Such as "libkmod.so.2: cannot open shared object file: No such file or directory". */
const char *kmod_open_error(void)
{
	return problem;
}

int kmod_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_all);
	return result;
}
