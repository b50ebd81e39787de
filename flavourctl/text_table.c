// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables as text. A library for that, libsmartcols, took three quarters of the
 * time that thousands of devices take: it asks the locale for each character.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "text_table.h"

struct cell {
	char *text;
	const char *rest;	/* its lines that are not printed yet */
	const char *colour;
};

struct text_table {
	const struct column *const *columns;
	size_t count;
	struct cell *cells;	/* row by row */
	size_t used, room;
	size_t *widths;		/* of the columns, on a terminal */
};

struct text_table *text_table_new(const struct column *const *columns, size_t count)
{
	struct text_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->count = count;
	table->widths = calloc(count, sizeof(*table->widths));
	if (table->widths)
		return table;
	free(table);
	return NULL;
}

void text_table_free(struct text_table *table)
{
	size_t i;

	if (!table)
		return;
	for (i = 0; i < table->used; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table->widths);
	free(table);
}

static size_t beyond_ascii(const char *text, int *width)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t size = mbrtowc(&wide, text, MB_CUR_MAX, &state);

	*width = size <= MB_CUR_MAX ? wcwidth(wide) : -1;
	return *width < 0 ? 0 : size;
}

/* How many bytes the next character has; 0: a terminal must not see it. */
static size_t character(const char *text, int *width)
{
	if (*text & 0x80)
		return beyond_ascii(text, width);
	*width = 1;
	return *text >= ' ' && *text <= '~';
}

/* How many bytes of a line fit into @room columns of a terminal, and how many these take. */
static size_t fit(const char *line, size_t room, size_t *taken)
{
	size_t size, bytes = 0;
	int width;

	for (*taken = 0; (size = character(line + bytes, &width)); bytes += size) {
		if (*taken + (size_t)width > room)
			break;
		*taken += (size_t)width;
	}
	return bytes;
}

static size_t width_of(const char *text)
{
	size_t taken, widest = 0;

	for (;; text++) {
		text += fit(text, SIZE_MAX, &taken);
		widest = taken > widest ? taken : widest;
		if (!*text)
			return widest;
	}
}

static bool is_safe(const char *text, bool lines)
{
	size_t size = 1;
	int width;

	for (; *text && size; text += size)
		size = lines && *text == '\n' ? 1 : character(text, &width);
	return size;
}

/* With what a terminal must not see as "\x1b". */
static char *make_safe(char *text, bool lines)
{
	char *safe = malloc(4 * strlen(text) + 1), *out = safe;
	const char *in;
	size_t size;
	int width;

	for (in = text; safe && *in; in += size) {
		size = lines && *in == '\n' ? 1 : character(in, &width);
		if (size) {
			out = mempcpy(out, in, size);
		} else {
			out += sprintf(out, "\\x%02x", (unsigned char)*in);
			size = 1;
		}
	}
	if (safe)
		*out = '\0';
	free(text);
	return safe;
}

static int grow(struct text_table *table)
{
	size_t room = table->room ? table->room * 2 : 64;
	struct cell *cells;

	if (table->used < table->room)
		return 0;
	cells = reallocarray(table->cells, room, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	table->cells = cells;
	table->room = room;
	return 0;
}

int text_table_add(struct text_table *table, char *text, const char *colour)
{
	size_t column = table->used % table->count, width;
	bool lines = table->columns[column]->flags & COLUMN_LINES;

	if (text && !is_safe(text, lines))
		text = make_safe(text, lines);
	if (!text || grow(table)) {
		free(text);
		return -ENOMEM;
	}
	width = width_of(text);
	if (width > table->widths[column])
		table->widths[column] = width;
	table->cells[table->used++] = (struct cell){ text, text, colour };
	return 0;
}

static size_t heading_width(const struct text_table *table, size_t i)
{
	return strlen(table->columns[i]->name);
}

/* Returns how wide the table is then. */
static size_t set_widths(struct text_table *table, bool narrow)
{
	size_t i, total = table->count - 1;

	for (i = 0; i < table->count; i++) {
		size_t *width = &table->widths[i], most = table->columns[i]->width;

		if (narrow && most && *width > most)
			*width = most;
		if (*width < heading_width(table, i))
			*width = heading_width(table, i);
		total += *width;
	}
	return total;
}

/* The last column first; but none becomes narrower than its heading. */
static void cut_off(struct text_table *table, size_t surplus)
{
	size_t i, cut;

	for (i = table->count; surplus && i-- > 0;) {
		if (!(table->columns[i]->flags & COLUMN_TRUNC))
			continue;
		cut = table->widths[i] - heading_width(table, i);
		cut = cut < surplus ? cut : surplus;
		table->widths[i] -= cut;
		surplus -= cut;
	}
}

/* The next line of a cell; none, if there are no more. @blanks are due before it, and after it. */
static void print_cell(const struct text_table *table, size_t i, struct cell *cell, size_t *blanks)
{
	bool right = table->columns[i]->flags & (COLUMN_RIGHT | COLUMN_SIZE);
	size_t taken, bytes = fit(cell->rest, table->widths[i], &taken);
	size_t blank = table->widths[i] - taken;

	*blanks += right ? blank : 0;
	for (; bytes && *blanks; --*blanks)
		putchar_unlocked(' ');
	if (bytes && cell->colour)
		printf("\033[%sm", cell->colour);
	fwrite_unlocked(cell->rest, 1, bytes, stdout);
	if (bytes && cell->colour)
		fputs("\033[0m", stdout);
	*blanks += right ? 1 : blank + 1;
	cell->rest += bytes;
	cell->rest += strcspn(cell->rest, "\n");
	cell->rest += *cell->rest == '\n';
}

static void print_headings(const struct text_table *table)
{
	size_t i, j, blanks = 0;
	char text[32];

	for (i = 0; i < table->count; i++) {
		snprintf(text, sizeof(text), "%s", table->columns[i]->name);
		for (j = 0; text[j]; j++)
			text[j] = (char)toupper((unsigned char)text[j]);
		print_cell(table, i, &(struct cell){ .rest = text }, &blanks);
	}
	putchar('\n');
}

static void print_row(const struct text_table *table, struct cell *cells)
{
	size_t i, blanks;
	bool more = true;

	while (more) {
		for (more = false, blanks = i = 0; i < table->count; i++) {
			print_cell(table, i, &cells[i], &blanks);
			more |= *cells[i].rest;
		}
		putchar('\n');
	}
}

void text_table_print(struct text_table *table, size_t width, bool headings)
{
	size_t i, total = set_widths(table, width);

	if (width && total > width)
		cut_off(table, total - width);
	if (headings && table->used)
		print_headings(table);
	for (i = 0; i + table->count <= table->used; i += table->count)
		print_row(table, table->cells + i);
}
