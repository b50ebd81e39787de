// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Matching and ranking (kernel/bus/pci_match.c), against what regular expressions, globs
 * and the comparison of two strings say. The input's first line is a device's
 * modalias; each other one is an alias, and the name of the driver that has it.
 */
#include <fnmatch.h>
#include <regex.h>
#include <string.h>

#include "fuzz.h"

#define MAX_ALIASES 6
#define W8 "(\\*|[0-9A-F]{8})"
#define W2 "(\\*|[0-9A-F]{2})"
#define N8 "[0-9A-F]{8}"
#define N2 "[0-9A-F]{2}"

struct form {
	const char *text;
	regex_t regex;
	bool compiled;
};

static struct form alias_form = {
	"^vfio_pci:v" W8 "d" W8 "sv" W8 "sd" W8 "bc" W2 "sc" W2 "i(\\*|[0-9A-F]{2}\\*?)$",
};
static struct form device_form = {
	"^pci:v" N8 "d" N8 "sv" N8 "sd" N8 "bc" N2 "sc" N2 "i" N2 "$",
};

static bool has_form(const char *text, struct form *form)
{
	if (!form->compiled && regcomp(&form->regex, form->text, REG_EXTENDED | REG_NOSUB))
		abort();
	form->compiled = true;
	return !regexec(&form->regex, text, 0, NULL, 0);
}

/* file2alias ends each alias with a star, which is no field's. */
static unsigned int stars(const char *alias)
{
	size_t len = strlen(alias);
	unsigned int n = 0;

	if (len > 1 && alias[len - 1] == '*' && alias[len - 2] != 'i')
		n--;
	for (; *alias; alias++)
		n += *alias == '*';
	return n;
}

static unsigned int open_fields(const char *alias, const char *const *fields)
{
	unsigned int n = 0;

	for (; *fields; fields++)
		n += !!strstr(alias, *fields);
	return n;
}

/* Where a letter of the alias is not a number's, it tells which field a star is. */
static unsigned int expected(const char *alias)
{
	static const char *const digits[][4] = {
		{ ":v*", "d*sv" }, { "sv*" }, { "sd*" }, { "bc*", "sc*", "i*" },
	};
	static const unsigned int base[] = { 3, 2, 2, 4 };
	unsigned int i, rank = 0;

	for (i = 0; i < 4; i++)
		rank = rank * base[i] + open_fields(alias, digits[i]);
	return rank;
}

static bool check_device(const char *modalias, struct match_id *id)
{
	bool good = !flavour_pci_parse_id(modalias, "pci", id);
	char again[MATCH_ALIAS_SIZE];

	if (good != has_form(modalias, &device_form))
		abort();
	if (good && (flavour_pci_format(again, sizeof(again), "pci", id) != (int)strlen(modalias) ||
		     strcmp(again, modalias)))
		abort();
	return good;
}

/* A driver of this alias, as it ranks for the device. */
static bool check_alias(const char *alias, const char *modalias, const struct match_id *id,
			struct rank *rank)
{
	struct match_pattern pattern;
	bool good = !flavour_pci_parse(alias, "vfio_pci", &pattern);

	if (good != has_form(alias, &alias_form))
		abort();
	if (!good)
		return false;
	rank->name = alias;
	rank->value = flavour_pci_rank(&pattern);
	if (flavour_pci_wildcards(&pattern) != stars(alias) || rank->value != expected(alias))
		abort();
	if (!id)
		return true;
	/* "vfio_pci:" and "pci:" are the same from the colon on. */
	if (flavour_pci_fits(&pattern, id) !=
	    !fnmatch(strchr(alias, ':'), strchr(modalias, ':'), 0))
		abort();
	if (!flavour_pci_fits(&pattern, id))
		rank->value = RANK_NONE;
	return true;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* In words: the rank has up to ten digits, and the name comes after it. */
static int order(const struct rank *a, const struct rank *b)
{
	AUTOFREE char *key_a = format("%010u %s", a->value, a->name);
	AUTOFREE char *key_b = format("%010u %s", b->value, b->name);

	return strcmp(key_a, key_b);
}

static void check_order(const struct rank *ranks, size_t count)
{
	size_t i, j, k;

	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++) {
			if (sign(flavour_rank_cmp(&ranks[i], &ranks[j])) !=
			    sign(order(&ranks[i], &ranks[j])) ||
			    sign(flavour_rank_cmp(&ranks[i], &ranks[j])) !=
			    -sign(flavour_rank_cmp(&ranks[j], &ranks[i])))
				abort();
			for (k = 0; k < count; k++)
				if (flavour_rank_cmp(&ranks[i], &ranks[j]) < 0 &&
				    flavour_rank_cmp(&ranks[j], &ranks[k]) < 0 &&
				    flavour_rank_cmp(&ranks[i], &ranks[k]) >= 0)
					abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *rest = text, *modalias, *alias;
	struct rank ranks[MAX_ALIASES];
	struct match_id id, *known = NULL;
	size_t count = 0;

	if (!text)
		return 0;
	memcpy(text, data, size);
	modalias = strsep(&rest, "\n");
	if (check_device(modalias, &id))
		known = &id;
	while (count < MAX_ALIASES && (alias = strsep(&rest, "\n")))
		count += check_alias(alias, modalias, known, &ranks[count]);
	check_order(ranks, count);
	free(text);
	return 0;
}
