// SPDX-License-Identifier: LGPL-2.1-or-later
/* A rule in words the kernel module knows: address=, modalias=, physfn=. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

static char *cased(char *text, int (*convert)(int))
{
	char *c;

	for (c = text; c && *c; c++)
		*c = (char)convert((unsigned char)*c);
	return text;
}

/* The kernel's "[!x]" is fnmatch()'s, but it knows no "[^x]". */
static char *kernel_glob(char *glob)
{
	char *open = glob;

	while (open && (open = strchr(open, '['))) {
		open++;
		if (*open == '^')
			*open = '!';
	}
	return glob;
}

/* Numbers in a modalias are upper case and filled up with zeros to 8 digits. */
static char *compile_id(const char *glob)
{
	AUTOFREE char *copy = cased(strdup(glob), toupper);
	char *part[4] = { NULL }, *save = NULL;
	size_t n = 0;

	if (!copy)
		return NULL;
	for (part[0] = strtok_r(copy, ":", &save); n < 3 && part[n];)
		part[++n] = strtok_r(NULL, ":", &save);
	if (!part[0] || !part[1])
		return strdup("modalias=pci:v*");
	if (!part[3])
		return format("modalias=pci:v0000%sd0000%ssv*", part[0], part[1]);
	return format("modalias=pci:v0000%sd0000%ssv0000%ssd0000%sbc*", part[0], part[1], part[2],
		      part[3]);
}

/* "0300" is bc03sc00i*, "02*" is bc02sc*: a "*" ends it. */
static char *compile_class(const char *glob)
{
	static const char *const before[] = { "bc", "", "sc", "", "i", "" };
	char text[32] = "";
	size_t i, used = 0;

	for (i = 0; i < 6 && glob[i]; i++) {
		if (glob[i] == '*')
			break;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c", before[i],
					 toupper((unsigned char)glob[i]));
	}
	return format("modalias=pci:*%s%s", text, i == 6 ? "" : i == 4 ? "i*" : "*");
}

static char *compile_term(const struct rule_term *term, struct flavour_device *dev)
{
	AUTOFREE char *lower = kernel_glob(cased(strdup(term->glob), tolower));

	if (!lower)
		return NULL;
	switch (term->key) {
	case RULE_ADDRESS:
		return format("address=%s", lower);
	case RULE_PHYSFN:
		return format("physfn=%s", lower);
	case RULE_MODALIAS:
		return kernel_glob(format("modalias=%s", term->glob));
	case RULE_ID:
		return kernel_glob(compile_id(term->glob));
	case RULE_CLASS:
		return compile_class(term->glob);
	case RULE_DSN:
		/* Another card in the same place is not this one. */
		return format("address=%s modalias=%s", dev->address,
			      flavour_device_modalias(dev));
	default:
		return format("address=%s", dev->address);
	}
}

bool rule_needs_device(const struct flavour_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->count; i++)
		if (rule->terms[i].key == RULE_DSN || rule->terms[i].key == RULE_PATH)
			return true;
	return false;
}

static int add_once(struct strv *terms, char *term)
{
	if (!term || !strv_has(terms, term))
		return strv_take(terms, term);
	free(term);
	return 0;
}

API int flavour_rule_compile(const struct flavour_rule *rule, struct flavour_device *dev,
			     char **ret_match)
{
	struct strv terms = { 0 };
	char *match = NULL;
	int error = 0;
	size_t i;

	if (!dev && rule_needs_device(rule))
		return -ENODEV;
	for (i = 0; !error && i < rule->count; i++)
		error = add_once(&terms, compile_term(&rule->terms[i], dev));
	if (!error)
		match = strv_join(&terms, " ");
	strv_clear(&terms);
	if (!match)
		return -ENOMEM;
	*ret_match = match;
	return 0;
}
