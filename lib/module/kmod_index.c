// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Is a binary index of depmod's whole?
 *
 * libkmod believes what it reads: an offset that points back makes it run for
 * ever, a count that is too large makes it take all memory, and no thread can be
 * called back from that. So the index has to be a tree before libkmod sees it:
 * every node lies in the file, and no byte belongs to two. That takes time in
 * proportion to the file, as does what libkmod does with such a tree.
 *
 * All numbers are big-endian. The header is a magic number, a version, and the
 * offset of the root; the highest bits of an offset say what its node has:
 *
 *	a prefix, ended by a NUL
 *	first and last letter, and for each in between a child's offset, 0 for none
 *	a count of values, for each a priority, and text ended by a NUL
 */
#include <errno.h>
#include <string.h>

#include "module/module.h"

#define MAGIC 0xb007f457
#define VERSION_MAJOR 2
#define HAS_PREFIX 0x80000000
#define HAS_VALUES 0x40000000
#define HAS_CHILDREN 0x20000000
#define OFFSET_MASK 0x0fffffff

/* No name is as long, and libkmod recurses as deep. */
#define MAX_DEPTH 1000

struct reader {
	const unsigned char *bytes;
	size_t size;
	unsigned char *taken;	/* a flag for each byte that is a node's */
};

static bool read_u32(const struct reader *r, size_t *at, uint32_t *value)
{
	const unsigned char *p = r->bytes + *at;

	if (*at > r->size || r->size - *at < 4)
		return false;
	*value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	*at += 4;
	return true;
}

static bool skip_text(const struct reader *r, size_t *at)
{
	const void *end = *at < r->size ? memchr(r->bytes + *at, '\0', r->size - *at) : NULL;

	if (end)
		*at = (size_t)((const unsigned char *)end - r->bytes) + 1;
	return end;
}

static bool skip_values(const struct reader *r, size_t *at)
{
	uint32_t count, unused;

	if (!read_u32(r, at, &count))
		return false;
	while (count--)
		if (!read_u32(r, at, &unused) || !skip_text(r, at))
			return false;
	return true;
}

static bool take(struct reader *r, size_t from, size_t to)
{
	if (from < to && memchr(r->taken + from, 1, to - from))
		return false;
	memset(r->taken + from, 1, to - from);
	return true;
}

static bool is_tree(struct reader *r, uint32_t node, unsigned int depth);

static bool are_trees(struct reader *r, size_t at, size_t count, unsigned int depth)
{
	uint32_t child;

	while (count--)
		if (!read_u32(r, &at, &child) ||
		    (child & OFFSET_MASK && !is_tree(r, child, depth)))
			return false;
	return true;
}

static bool is_tree(struct reader *r, uint32_t node, unsigned int depth)
{
	size_t start = node & OFFSET_MASK, at = start, children = 0, count = 0;

	if (at > r->size || depth > MAX_DEPTH)
		return false;
	if (node & HAS_PREFIX && !skip_text(r, &at))
		return false;
	if (node & HAS_CHILDREN) {
		if (at > r->size || r->size - at < 2 || r->bytes[at] > r->bytes[at + 1] ||
		    r->bytes[at + 1] > 127)
			return false;
		count = r->bytes[at + 1] - r->bytes[at] + 1u;
		children = at + 2;
		at = children + 4 * count;
	}
	if ((node & HAS_VALUES && !skip_values(r, &at)) || at > r->size || !take(r, start, at))
		return false;
	return are_trees(r, children, count, depth + 1);
}

/*
 * -EBADMSG if it is not whole, -ENOMEM if that can't be told. An empty file is what
 * depmod writes when there is nothing to say.
 */
int kmod_index_check(const char *bytes, size_t size)
{
	struct reader r = { (const unsigned char *)bytes, size, NULL };
	uint32_t magic, version, root;
	size_t at = 0;
	bool whole;

	if (!size)
		return 0;
	if (!read_u32(&r, &at, &magic) || !read_u32(&r, &at, &version) ||
	    !read_u32(&r, &at, &root) || magic != MAGIC || version >> 16 != VERSION_MAJOR)
		return -EBADMSG;
	r.taken = calloc(1, size);
	if (!r.taken)
		return -ENOMEM;
	whole = take(&r, 0, at) && is_tree(&r, root, 0);
	free(r.taken);
	return whole ? 0 : -EBADMSG;
}
