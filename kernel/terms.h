/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The terms of a rule, "key=glob key=glob …": pure parsing, no allocation.
 */
#ifndef FLAVOUR_TERMS_H
#define FLAVOUR_TERMS_H

/**
 * struct term - one condition of a rule
 * @key: what of the device: an index of the keys
 * @glob: what it has to match; points into the text that was parsed
 * @literal: how many characters of it stand for themselves, up to its first
 *	wildcard: to compare those first is much cheaper than to match a glob
 */
struct term {
	unsigned int key;
	const char *glob;
	unsigned int literal;
};

int flavour_terms_parse(char *text, const char * const *keys, struct term *terms, int max,
			const char **wrong);

#endif
