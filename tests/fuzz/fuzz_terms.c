// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A rule's terms (kernel/terms.c), against a reader that goes by strtok(). The
 * first byte is how many terms there is room for.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "terms.h"

#define MAX_TERMS 8

#define KEYS 3

static const char *const keys[KEYS + 1] = { "address", "modalias", "physfn" };

/* The key of "KEY=GLOB" and the glob, or -1. */
static int key_of(const char *word, const char **glob)
{
	const char *equals = strchr(word, '=');
	int key;

	if (!equals || !equals[1])
		return -1;
	*glob = equals + 1;
	for (key = 0; key < KEYS; key++)
		if (strlen(keys[key]) == (size_t)(equals - word) &&
		    !memcmp(word, keys[key], equals - word))
			return key;
	return -1;
}

static void check_term(const struct term *term, unsigned int key, const char *glob)
{
	size_t i;

	if (term->key != key || strcmp(term->glob, glob))
		abort();
	for (i = 0; i < term->literal; i++)
		if (!glob[i] || strchr("*?[\\", glob[i]))
			abort();
	if (!strchr("*?[\\", glob[i]))
		abort();
}

/* What flavour_terms_parse() has to answer to @text, which is cut up. */
static int check(char *text, const struct term *terms, int max, int got, const char *wrong)
{
	char *word, *save = NULL;
	const char *glob;
	int n = 0, key;

	for (word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		key = key_of(word, &glob);
		if (n == max || key < 0) {
			if (!wrong || strcmp(wrong, word))
				abort();
			return n == max ? -E2BIG : -EINVAL;
		}
		if (got > n)
			check_term(&terms[n], key, glob);
		n++;
	}
	if (!n && wrong)
		abort();
	return n ? n : -EINVAL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct term terms[MAX_TERMS];
	char *text, *copy;
	const char *wrong;
	int max, got;

	if (!size)
		return 0;
	max = 1 + data[0] % MAX_TERMS;
	text = strndup((const char *)data + 1, size - 1);
	copy = strdup(text);
	got = flavour_terms_parse(text, keys, terms, max, &wrong);
	if (got != check(copy, terms, max, got, wrong))
		abort();
	free(text);
	free(copy);
	return 0;
}
