// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns chosen, and rows of them as JSON or as a table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text_table.h"

#define WIDTH 100
#define GREEN "32"
#define YELLOW "1;33"
#define MAGENTA "35"

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

static int add_record(struct records *records, struct ctl *ctl, void *row)
{
	struct json_object *record = json_new_object();
	size_t i;

	if (json_object_array_add(records->rows, record))
		return complain_oom();
	for (i = 0; i < records->chosen_count; i++)
		json_add(record, records->chosen[i]->name, records->chosen[i]->get(ctl, row));
	return CTL_DONE;
}

static const char *colour_of(const struct column *column, const char *text)
{
	if (!strcmp(column->name, "problem"))
		return strcmp(text, "-") ? YELLOW : NULL;
	if (strcmp(column->name, "flavour"))
		return NULL;
	if (!strcmp(text, "vfio"))
		return GREEN;
	return strcmp(text, "none") ? NULL : MAGENTA;
}

static int add_cells(struct records *records, struct ctl *ctl, void *row)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < records->chosen_count; i++) {
		const struct column *column = records->chosen[i];
		struct json_object *value = column->get(ctl, row);
		char *text = value_text(column, value);

		error = text_table_add(records->table, text, records->colours && text ?
				       colour_of(column, text) : NULL);
		json_object_put(value);
	}
	return error ? complain_oom() : CTL_DONE;
}

int records_add(struct records *records, struct ctl *ctl, void *row)
{
	return records->table ? add_cells(records, ctl, row) : add_record(records, ctl, row);
}

void records_free(struct records *records)
{
	json_object_put(records->rows);
	records->rows = NULL;
	text_table_free(records->table);
	records->table = NULL;
}

static unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return columns && atoi(columns) > 0 ? (unsigned int)atoi(columns) : 80;
}

/* Off a terminal chosen columns are whole: whoever chose them wants to read them. */
static int set_width(struct records *records, struct ctl *ctl)
{
	records->width = isatty(STDOUT_FILENO) ? terminal_width() : ctl->opt.columns ? 0 : WIDTH;
	return option_number("width", ctl->opt.width, 10000, &records->width);
}

int records_as_table(struct records *records, struct ctl *ctl)
{
	if (ctl->opt.json)
		return CTL_DONE;
	records->table = text_table_new(records->chosen, records->chosen_count);
	if (!records->table)
		return complain_oom();
	records->colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	return set_width(records, ctl);
}

int records_print(struct records *records, struct ctl *ctl)
{
	if (!records->table)
		return print_json(records->name, json_object_get(records->rows));
	text_table_print(records->table, records->width, !ctl->opt.no_header);
	return CTL_DONE;
}
