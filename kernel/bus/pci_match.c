// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Matching and ranking of PCI IDs against driver tables and module aliases.
 *
 * An alias is "UNIVERSE:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X" where any
 * number may be "*" (scripts/mod/file2alias.c, do_pci_entry()). The universe is
 * "pci" for native drivers and "vfio_pci" for override-only VFIO entries.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#endif

#include "bus/pci_match.h"

static_assert(2 * MATCH_RANK_IDS + MATCH_RANK_SUBVENDOR + MATCH_RANK_SUBDEVICE +
	      3 * MATCH_RANK_CLASS == RANK_GENERIC,
	      "a pattern that names nothing is the one for every device");

static const struct {
	const char *prefix;
	unsigned int digits;
} fields[MATCH_FIELDS] = {
	[MATCH_VENDOR]     = { "v", 8 },
	[MATCH_DEVICE]     = { "d", 8 },
	[MATCH_SUBVENDOR]  = { "sv", 8 },
	[MATCH_SUBDEVICE]  = { "sd", 8 },
	[MATCH_BASE_CLASS] = { "bc", 2 },
	[MATCH_SUB_CLASS]  = { "sc", 2 },
	[MATCH_INTERFACE]  = { "i", 2 },
};

/**
 * flavour_pci_fits - does a pattern match a device?
 * @pattern: a driver's entry
 * @id: the device
 *
 * Return: true if every field agrees in the bits that count.
 */
bool flavour_pci_fits(const struct match_pattern *pattern, const struct match_id *id)
{
	unsigned int i;

	for (i = 0; i < MATCH_FIELDS; i++)
		if ((pattern->value[i] ^ id->field[i]) & pattern->mask[i])
			return false;
	return true;
}

static __u32 full_mask(unsigned int field)
{
	return fields[field].digits == 8 ? 0xffffffff : 0xff;
}

/*
 * How many fields a pattern does not name. A field of which only some bits are
 * compared is not named.
 */
static unsigned int unnamed(const struct match_pattern *pattern, unsigned int first,
			    unsigned int last)
{
	unsigned int i, n = 0;

	for (i = first; i <= last; i++)
		n += (pattern->mask[i] & full_mask(i)) != full_mask(i);
	return n;
}

/**
 * flavour_pci_wildcards - how many fields a pattern leaves open
 * @pattern: a driver's entry
 *
 * That tells people how wide it is. It does not tell which of two is better.
 *
 * Return: 0 (exact) to 7 (matches everything).
 */
unsigned int flavour_pci_wildcards(const struct match_pattern *pattern)
{
	return unnamed(pattern, 0, MATCH_FIELDS - 1);
}

/**
 * flavour_pci_rank - how specific a pattern is
 * @pattern: a driver's entry
 *
 * First it counts whether vendor and device are named, then the subsystem's
 * vendor, then the subsystem's device, then how much of the class. So an entry
 * for one device is better than one for all devices of a class, however exact.
 *
 * Return: 0 (exact) to RANK_GENERIC, the smaller the better.
 */
unsigned int flavour_pci_rank(const struct match_pattern *pattern)
{
	return MATCH_RANK_IDS * unnamed(pattern, MATCH_VENDOR, MATCH_DEVICE) +
		MATCH_RANK_SUBVENDOR * unnamed(pattern, MATCH_SUBVENDOR, MATCH_SUBVENDOR) +
		MATCH_RANK_SUBDEVICE * unnamed(pattern, MATCH_SUBDEVICE, MATCH_SUBDEVICE) +
		MATCH_RANK_CLASS * unnamed(pattern, MATCH_BASE_CLASS, MATCH_INTERFACE);
}

static const char *skip(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) ? NULL : s + len;
}

/* file2alias and the kernel write upper case: lower case never matches. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *parse_number(const char *s, unsigned int digits, __u32 *value)
{
	__u32 n = 0;
	int digit;

	while (digits--) {
		digit = hex_digit(*s++);
		if (digit < 0)
			return NULL;
		n = n << 4 | (__u32)digit;
	}
	*value = n;
	return s;
}

static const char *parse_field(const char *s, unsigned int field,
			       struct match_pattern *pattern)
{
	s = skip(s, fields[field].prefix);
	if (!s)
		return NULL;
	if (*s == '*') {
		pattern->value[field] = 0;
		pattern->mask[field] = 0;
		return s + 1;
	}
	pattern->mask[field] = full_mask(field);
	return parse_number(s, fields[field].digits, &pattern->value[field]);
}

/**
 * flavour_pci_parse - read a module alias
 * @alias: the alias, NUL-terminated; a newline may follow it
 * @universe: what must stand before the colon, "pci" or "vfio_pci"
 * @pattern: filled in on success, undefined otherwise
 *
 * Return: 0, or -EINVAL if @alias is of another universe or another form
 * (an alias written by hand may be any glob: it has no rank).
 */
int flavour_pci_parse(const char *alias, const char *universe, struct match_pattern *pattern)
{
	const char *s = skip(alias, universe);
	unsigned int i;

	if (s)
		s = skip(s, ":");
	for (i = 0; s && i < MATCH_FIELDS; i++)
		s = parse_field(s, i, pattern);
	/* file2alias ends each alias with one: "…bc01sc08i02*" */
	if (s && *s == '*' && pattern->mask[MATCH_INTERFACE])
		s++;
	return s && (!*s || *s == '\n') ? 0 : -EINVAL;
}

/**
 * flavour_pci_parse_id - read a device's modalias
 * @modalias: as in sysfs, with or without its newline
 * @universe: what must stand before the colon; sysfs says "pci"
 * @id: filled in on success, undefined otherwise
 *
 * Return: 0, or -EINVAL if @modalias is malformed or holds a wildcard.
 */
int flavour_pci_parse_id(const char *modalias, const char *universe, struct match_id *id)
{
	struct match_pattern pattern;

	if (flavour_pci_parse(modalias, universe, &pattern) || flavour_pci_wildcards(&pattern) ||
	    strchr(modalias, '*'))
		return -EINVAL;
	memcpy(id->field, pattern.value, sizeof(id->field));
	return 0;
}

/**
 * flavour_pci_format - write the alias by which a device's module is asked for
 * @buf: where to
 * @size: of @buf; MATCH_ALIAS_SIZE is enough for "pci" and "vfio_pci"
 * @universe: what stands before the colon
 * @id: the device
 *
 * Return: the length, as snprintf().
 */
int flavour_pci_format(char *buf, size_t size, const char *universe, const struct match_id *id)
{
	const __u32 *f = id->field;

	return snprintf(buf, size, "%s:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", universe,
			f[MATCH_VENDOR], f[MATCH_DEVICE],
			f[MATCH_SUBVENDOR], f[MATCH_SUBDEVICE],
			f[MATCH_BASE_CLASS], f[MATCH_SUB_CLASS], f[MATCH_INTERFACE]);
}
