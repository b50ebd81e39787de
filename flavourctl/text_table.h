/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells, printed below each other. */
#ifndef FLAVOURCTL_TEXT_TABLE_H
#define FLAVOURCTL_TEXT_TABLE_H

#include "table.h"

struct text_table;

/* NULL if out of memory. @columns stays the caller's. */
struct text_table *text_table_new(const struct column *const *columns, size_t count);
void text_table_free(struct text_table *table);

/*
 * The next cell of a row, or the first of another one. Takes @text over, and frees
 * it if there is no memory left; @colour is what a terminal is told, or NULL.
 */
int text_table_add(struct text_table *table, char *text, const char *colour);

/*
 * Columns that may be are cut off for it to fit into @width; 0: it may be as wide
 * as it gets.
 */
void text_table_print(struct text_table *table, size_t width, bool headings);

#endif
