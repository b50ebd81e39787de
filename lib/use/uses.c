// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who uses a device: the list, and what each use says of itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "use/use.h"

int uses_add(struct flavour_uses *uses, enum flavour_use_kinds kind, const char *subject, int pid,
	     const char *fmt, ...)
{
	struct flavour_use **grown, *use = calloc(1, sizeof(*use));
	va_list args;

	grown = reallocarray(uses->v, uses->count + 1, sizeof(*grown));
	if (grown)
		uses->v = grown;
	if (!grown || !use)
		goto no_memory;
	use->kind = kind;
	use->pid = pid;
	use->subject = strdup(subject);
	va_start(args, fmt);
	if (vasprintf(&use->text, fmt, args) < 0)
		use->text = NULL;
	va_end(args);
	if (!use->subject || !use->text)
		goto no_memory;
	uses->v[uses->count++] = use;
	return 0;

no_memory:
	if (use) {
		free(use->subject);
		free(use->text);
	}
	free(use);
	return -ENOMEM;
}

/* The last one added, if what is mounted there is what the machine runs from. */
void uses_mark_vital(struct flavour_uses *uses, const char *where)
{
	if (uses->count && (!strcmp(where, "/") || !strcmp(where, "/usr")))
		uses->v[uses->count - 1]->vital = true;
}

API size_t flavour_uses_count(const struct flavour_uses *uses)
{
	return uses->count;
}

API const struct flavour_use *flavour_uses_get(const struct flavour_uses *uses, size_t index)
{
	return index < uses->count ? uses->v[index] : NULL;
}

API void flavour_uses_free(struct flavour_uses *uses)
{
	size_t i;

	if (!uses)
		return;
	for (i = 0; i < uses->count; i++) {
		free(uses->v[i]->text);
		free(uses->v[i]->subject);
		free(uses->v[i]);
	}
	free(uses->v);
	free(uses);
}

API enum flavour_use_kinds flavour_use_kind(const struct flavour_use *use)
{
	return use->kind;
}

API const char *flavour_use_text(const struct flavour_use *use)
{
	return use->text;
}

API const char *flavour_use_subject(const struct flavour_use *use)
{
	return use->subject;
}

API bool flavour_use_is_vital(const struct flavour_use *use)
{
	return use->vital || use->kind == FLAVOUR_USE_ROUTE;
}

API int flavour_use_pid(const struct flavour_use *use)
{
	return use->pid;
}
