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

	complain("Unknown column \"%.*s\". Available columns:", (int)len, name);
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
		return strcmp(text, "-") ? "yellow" : NULL;
	if (strcmp(column->name, "flavour"))
		return NULL;
	if (!strcmp(text, "vfio"))
		return "green";
	return strcmp(text, "none") ? NULL : "magenta";
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static int fill_cell(struct records *records, struct libscols_line *line, size_t i, char *text)
{
	const struct column *column = records->chosen[i];
	const char *colour;

	if (!text)
		return complain_oom();
	if (records->narrow && column->width && strlen(text) > column->width)
		text[column->width] = '\0';
	colour = colour_of(column, text);
	if (colour)
		scols_cell_set_color(scols_line_get_cell(line, i), colour);
	records->odd |= !is_plain(text);
	return scols_line_refer_data(line, i, text) ? complain_oom() : CTL_DONE;
}

static int add_line(struct records *records, struct ctl *ctl, void *row)
{
	struct libscols_line *line = scols_table_new_line(records->table, NULL);
	int status = line ? CTL_DONE : complain_oom();
	size_t i;

	for (i = 0; !status && i < records->chosen_count; i++) {
		const struct column *column = records->chosen[i];
		struct json_object *value = column->get(ctl, row);

		status = fill_cell(records, line, i, value_text(column, value));
		json_object_put(value);
	}
	return status;
}

int records_add(struct records *records, struct ctl *ctl, void *row)
{
	return records->table ? add_line(records, ctl, row) : add_record(records, ctl, row);
}

void records_free(struct records *records)
{
	json_object_put(records->rows);
	records->rows = NULL;
	scols_unref_table(records->table);
	records->table = NULL;
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

/* If the output is not a terminal, columns that were chosen are not cut off. */
static int set_width(struct records *records, struct ctl *ctl)
{
	bool terminal = isatty(STDOUT_FILENO);
	unsigned int width = terminal || ctl->opt.columns ? 0 : WIDTH;
	int status = option_number("width", ctl->opt.width, 10000, &width);

	if (status)
		return status;
	records->narrow = width || (terminal && !ctl->opt.width);
	if (!ctl->opt.width && !width)
		return CTL_DONE;
	scols_table_set_termforce(records->table, width ? SCOLS_TERMFORCE_ALWAYS :
				  SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(records->table, width);
	return CTL_DONE;
}

int records_as_table(struct records *records, struct ctl *ctl)
{
	if (ctl->opt.json)
		return CTL_DONE;
	records->table = scols_new_table();
	if (!records->table || add_columns(records->table, records))
		return complain_oom();
	scols_table_enable_noheadings(records->table, ctl->opt.no_header);
	scols_table_enable_colors(records->table, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	return set_width(records, ctl);
}

int records_print(struct records *records, struct ctl *ctl)
{
	if (!records->table)
		return print_json(records->name, json_object_get(records->rows));
	/*
	 * Escaping control characters dominates the cost of a long table: skip it
	 * if every cell is plain ASCII.
	 */
	scols_table_enable_noencoding(records->table, !records->odd);
	scols_table_set_stream(records->table, raw_stdout());
	return scols_print_table(records->table) ? complain_oom() : CTL_DONE;
}

static char *size_text(int64_t bytes)
{
	static const char units[] = "BKMG";
	double size = (double)bytes;
	char *text;
	size_t unit = 0;

	for (; size >= 1024 && unit < strlen(units) - 1; unit++)
		size /= 1024;
	if (asprintf(&text, unit && size < 10 ? "%.1f%c" : "%.0f%c", size, units[unit]) < 0)
		return NULL;
	return text;
}

static char *join(struct json_object *array, const char *between)
{
	size_t i, size, count = json_object_array_length(array);
	char *text = NULL;
	FILE *stream;

	if (!count)
		return strdup("-");
	stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	for (i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? between : "",
			json_object_get_string(json_object_array_get_idx(array, i)));
	fclose(stream);
	return text;
}

char *value_text(const struct column *column, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return strdup("-");
	case json_type_boolean:
		return strdup(json_object_get_boolean(value) ? "yes" : "no");
	case json_type_array:
		return join(value, column->flags & COLUMN_LINES ? "\n" : ", ");
	case json_type_int:
		if (column->flags & COLUMN_SIZE)
			return size_text(json_object_get_int64(value));
		/* fallthrough */
	default:
		return strdup(json_object_get_string(value));
	}
}
