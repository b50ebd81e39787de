// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables, by libsmartcols. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "table.h"

#define WIDTH 100

static const struct column *find_column(const struct records *records, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < records->column_count; i++)
		if (!strncasecmp(records->columns[i].name, name, len) &&
		    !records->columns[i].name[len])
			return &records->columns[i];
	return NULL;
}

static int unknown_column(const struct records *records, const char *name, size_t len)
{
	size_t i;

	complain("There is no column \"%.*s\". These there are:", (int)len, name);
	for (i = 0; i < records->column_count; i++)
		fprintf(stderr, "%s%s", i ? "," : "  ", records->columns[i].name);
	fputc('\n', stderr);
	return CTL_USAGE;
}

static void choose(struct records *records, const struct column *column)
{
	if (records->chosen_count < ARRAY_LEN(records->chosen))
		records->chosen[records->chosen_count++] = column;
}

static int choose_named(struct records *records, const char *list)
{
	const struct column *column;
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		column = find_column(records, list, len);
		if (!column)
			return unknown_column(records, list, len);
		choose(records, column);
		if (!list[len])
			return CTL_DONE;
	}
}

static void choose_flagged(struct records *records, unsigned int flags)
{
	size_t i;

	for (i = 0; i < records->column_count; i++)
		if ((records->columns[i].flags & flags) == flags)
			choose(records, &records->columns[i]);
}

void records_choose_all(struct records *records)
{
	records->chosen_count = 0;
	choose_flagged(records, 0);
}

int records_init(struct records *records, struct ctl *ctl, const char *name,
		 const struct column *columns, size_t count)
{
	const char *list = ctl->opt.columns;

	*records = (struct records) {
		.name = name,
		.columns = columns,
		.column_count = count,
		.rows = json_new_array(),
	};
	if (!list || *list == '+')
		choose_flagged(records, COLUMN_SHOWN);
	return list ? choose_named(records, list + (*list == '+')) : CTL_DONE;
}

int records_add(struct records *records, struct ctl *ctl, void *row)
{
	struct json_object *record = json_new_object();
	size_t i;

	if (json_object_array_add(records->rows, record))
		return complain_oom();
	for (i = 0; i < records->chosen_count; i++)
		json_object_object_add_ex(record, records->chosen[i]->name,
					  records->chosen[i]->get(ctl, row),
					  JSON_C_OBJECT_ADD_CONSTANT_KEY);
	return CTL_DONE;
}

void records_free(struct records *records)
{
	json_object_put(records->rows);
	records->rows = NULL;
}

static const char *colour_of(const struct column *column, const char *text)
{
	if (!strcmp(column->name, "problem"))
		return strcmp(text, "-") ? "yellow" : NULL;
	if (strcmp(column->name, "flavour"))
		return NULL;
	if (!strcmp(text, "vfio"))
		return "green";
	return strcmp(text, "none") ? NULL : "magenta";
}

static int fill_line(struct libscols_line *line, const struct records *records,
		     struct json_object *record)
{
	size_t i;

	for (i = 0; i < records->chosen_count; i++) {
		const struct column *column = records->chosen[i];
		char *text = value_text(column, json_object_object_get(record, column->name));
		const char *colour;

		if (!text)
			return -ENOMEM;
		if (records->narrow && column->width && strlen(text) > column->width)
			text[column->width] = '\0';
		colour = colour_of(column, text);
		if (colour)
			scols_cell_set_color(scols_line_get_cell(line, i), colour);
		if (scols_line_refer_data(line, i, text))
			return -ENOMEM;
	}
	return 0;
}

static int fill(struct libscols_table *table, const struct records *records)
{
	size_t i, count = json_object_array_length(records->rows);

	for (i = 0; i < count; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line || fill_line(line, records, json_object_array_get_idx(records->rows, i)))
			return -ENOMEM;
	}
	return 0;
}

static int add_columns(struct libscols_table *table, const struct records *records)
{
	char heading[32];
	size_t i, j;

	for (i = 0; i < records->chosen_count; i++) {
		const struct column *column = records->chosen[i];
		struct libscols_column *cl;
		int flags = 0;

		if (column->flags & (COLUMN_RIGHT | COLUMN_SIZE))
			flags |= SCOLS_FL_RIGHT;
		if (column->flags & COLUMN_TRUNC)
			flags |= SCOLS_FL_TRUNC;
		if (column->flags & COLUMN_LINES)
			flags |= SCOLS_FL_WRAP;
		snprintf(heading, sizeof(heading), "%s", column->name);
		for (j = 0; heading[j]; j++)
			if (heading[j] >= 'a' && heading[j] <= 'z')
				heading[j] -= 'a' - 'A';
		cl = scols_table_new_column(table, heading, 0, flags);
		if (!cl)
			return -ENOMEM;
		if (!(column->flags & COLUMN_LINES))
			continue;
		scols_column_set_safechars(cl, "\n");
		scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
	}
	return 0;
}

/* Off a terminal chosen columns are whole: whoever chose them wants to read them. */
static int set_width(struct libscols_table *table, struct records *records, struct ctl *ctl)
{
	bool terminal = isatty(STDOUT_FILENO);
	unsigned int width = terminal || ctl->opt.columns ? 0 : WIDTH;
	int status = option_number("width", ctl->opt.width, 10000, &width);

	if (status)
		return status;
	records->narrow = width || (terminal && !ctl->opt.width);
	if (!ctl->opt.width && !width)
		return CTL_DONE;
	scols_table_set_termforce(table, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(table, width);
	return CTL_DONE;
}

static int print_table(struct libscols_table *table, struct records *records,
		       struct ctl *ctl)
{
	int status = set_width(table, records, ctl);

	if (status)
		return status;
	scols_table_enable_noheadings(table, ctl->opt.no_header);
	scols_table_enable_colors(table, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	if (add_columns(table, records) || fill(table, records) || scols_print_table(table))
		return complain_oom();
	return CTL_DONE;
}

int records_print(struct records *records, struct ctl *ctl)
{
	struct libscols_table *table;
	int status;

	if (ctl->opt.json)
		return print_json(records->name, json_object_get(records->rows));
	table = scols_new_table();
	if (!table)
		return complain_oom();
	status = print_table(table, records, ctl);
	scols_unref_table(table);
	return status;
}
