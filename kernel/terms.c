// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "terms.h"

static int parse_term(const char *word, const char * const *keys, struct term *term)
{
	unsigned int key;
	size_t len;

	for (key = 0; keys[key]; key++) {
		len = strlen(keys[key]);
		if (strncmp(word, keys[key], len) || word[len] != '=' || !word[len + 1])
			continue;
		term->key = key;
		term->glob = word + len + 1;
		term->literal = (unsigned int)strcspn(term->glob, "*?[\\");
		return 0;
	}
	return -EINVAL;
}

/* The next word of @text, cut off by a NUL; NULL if there is none. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " \t"), *end;

	if (!*word)
		return NULL;
	end = word + strcspn(word, " \t");
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/**
 * flavour_terms_parse - read the terms of a rule
 * @text: one line without its newline; cut up, and referred to by @terms
 * @keys: what may stand before the "="; NULL ends them
 * @terms: filled in
 * @max: how many fit in there
 * @wrong: on failure the term that is wrong, or NULL if there are none at all
 *
 * Return: how many terms there are, 1 or more; -EINVAL for an unknown key, an
 * empty glob or no term; -E2BIG for more than @max.
 */
int flavour_terms_parse(char *text, const char * const *keys, struct term *terms, int max,
			const char **wrong)
{
	char *word;
	int n = 0;

	*wrong = NULL;
	while ((word = next_word(&text))) {
		*wrong = word;
		if (n == max)
			return -E2BIG;
		if (parse_term(word, keys, &terms[n++]))
			return -EINVAL;
	}
	return n ? n : -EINVAL;
}
