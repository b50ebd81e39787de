/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables and JSON out of one list of columns. A column makes a JSON value of a
 * row; JSON prints it as it is, and a table as text.
 */
#ifndef FLAVOURCTL_TABLE_H
#define FLAVOURCTL_TABLE_H

#include "json.h"

enum column_flags {
	COLUMN_SHOWN = 1 << 0,	/* without -o */
	COLUMN_RIGHT = 1 << 1,
	COLUMN_TRUNC = 1 << 2,	/* may be cut off */
	COLUMN_SIZE = 1 << 3,	/* bytes, as 2.1M */
	COLUMN_LINES = 1 << 4,	/* a line a value */
};

struct column {
	const char *name;	/* in capitals it is the heading */
	unsigned int flags;
	struct json_object *(*get)(struct ctl *ctl, void *row);
	size_t width;		/* a table that must fit shows no more of it; 0: all */
};

/* The rows of a verb's answer; @name is their key in JSON. */
struct records {
	const char *name;
	const struct column *columns;
	size_t column_count;
	const struct column *chosen[32];
	size_t chosen_count;
	struct json_object *rows;
	struct libscols_table *table;	/* NULL: all is in @rows */
	bool narrow;		/* the table has a width to keep to */
	bool odd;		/* some cell holds more than plain ASCII */
};

int records_init(struct records *records, struct ctl *ctl, const char *name,
		 const struct column *columns, size_t count);
int records_as_table(struct records *records, struct ctl *ctl);	/* unless JSON is asked for */
void records_choose_all(struct records *records);
int records_add(struct records *records, struct ctl *ctl, void *row);
int records_print(struct records *records, struct ctl *ctl);
void records_free(struct records *records);

/* What a table shows for a value, to be freed. */
char *value_text(const struct column *column, struct json_object *value);

#endif
