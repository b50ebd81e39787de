// SPDX-License-Identifier: GPL-2.0-or-later
/* The command's tables: what fits, what is cut off, what a terminal must not see. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text_table.h"

static const struct column id = { "id" }, name = { "name", COLUMN_TRUNC };
static const struct column size = { "size", COLUMN_SIZE }, class = { "class", 0, NULL, 6 };
static const struct column lines = { "lines", COLUMN_LINES };

/* Prints three columns and as many rows as there are cells for. */
static void expect(const struct column *a, const struct column *b, const struct column *c,
		   const char *const *cells, size_t width, const char *expected)
{
	const struct column *columns[] = { a, b, c };
	struct text_table *table = text_table_new(columns, 3);
	FILE *screen = stdout;
	char *text = NULL;
	size_t bytes;

	assert_non_null(table);
	for (; *cells; cells++)
		assert_int_equal(text_table_add(table, strdup(*cells), strcmp(*cells, "green") ?
						NULL : "32"), 0);
	stdout = open_memstream(&text, &bytes);
	text_table_print(table, width, true);
	fclose(stdout);
	stdout = screen;
	assert_string_equal(text, expected);
	free(text);
	text_table_free(table);
}

#define CELLS(...) (const char *const[]){ __VA_ARGS__, NULL }

static void columns_are_as_wide_as_they_must_be(void **state)
{
	expect(&id, &size, &name, CELLS("1", "20K", "a", "2", "1.0M", "longer"), 0,
	       "ID SIZE NAME\n"
	       "1   20K a\n"
	       "2  1.0M longer\n");
}

static void no_rows_no_headings(void **state)
{
	expect(&id, &size, &name, (const char *const[]){ NULL }, 0, "");
}

/* But not further than the heading, and not all columns. */
static void what_may_be_is_cut_off(void **state)
{
	const char *const *cells = CELLS("12345678", "a long name", "end");

	expect(&id, &name, &size, cells, 30, "ID       NAME        SIZE\n"
	       "12345678 a long name  end\n");
	expect(&id, &name, &size, cells, 21, "ID       NAME    SIZE\n"
	       "12345678 a long   end\n");
	expect(&id, &name, &size, cells, 5, "ID       NAME SIZE\n"
	       "12345678 a lo  end\n");
}

static void some_have_a_limit_of_their_own(void **state)
{
	const char *const *cells = CELLS("1", "Ethernet", "x");

	expect(&id, &class, &name, cells, 0, "ID CLASS    NAME\n1  Ethernet x\n");
	expect(&id, &class, &name, cells, 80, "ID CLASS  NAME\n1  Ethern x\n");
}

static void a_cell_of_many_lines(void **state)
{
	expect(&lines, &size, &lines, CELLS("a\nbbbbbbb\nc", "1", "x\ny", "d", "2", "z"), 0,
	       "LINES   SIZE LINES\n"
	       "a          1 x\n"
	       "bbbbbbb      y\n"
	       "c\n"
	       "d          2 z\n");
}

/* Not even a line feed, where there is one line. */
static void control_characters_are_shown(void **state)
{
	expect(&id, &name, &lines, CELLS("\033[2J", "a\nb\x7f", "\xff\t"), 0,
	       "ID      NAME       LINES\n"
	       "\\x1b[2J a\\x0ab\\x7f \\xff\\x09\n");
}

static void characters_are_not_bytes(void **state)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	expect(&id, &name, &id, CELLS("Société", "中文中文", "b"), 0,
	       "ID      NAME     ID\n"
	       "Société 中文中文 b\n");
	expect(&id, &name, &id, CELLS("Société", "中文中文", "b"), 15,
	       "ID      NAME ID\n"
	       "Société 中文 b\n");
	expect(&id, &name, &id, CELLS("\xc2\x85", "\xc3", "e\xcc\x81"), 0,
	       "ID       NAME ID\n"
	       "\\xc2\\x85 \\xc3 e\xcc\x81\n");
	setlocale(LC_CTYPE, "C");
	expect(&id, &name, &id, CELLS("Sé", "-", "b"), 0,
	       "ID        NAME ID\n"
	       "S\\xc3\\xa9 -    b\n");
}

static void a_colour_ends_with_its_text(void **state)
{
	expect(&id, &name, &size, CELLS("green", "a", "1", "x", "green", "green"), 0,
	       "ID    NAME   SIZE\n"
	       "\033[32mgreen\033[0m a         1\n"
	       "x     \033[32mgreen\033[0m \033[32mgreen\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_they_must_be),
		cmocka_unit_test(no_rows_no_headings),
		cmocka_unit_test(what_may_be_is_cut_off),
		cmocka_unit_test(some_have_a_limit_of_their_own),
		cmocka_unit_test(a_cell_of_many_lines),
		cmocka_unit_test(control_characters_are_shown),
		cmocka_unit_test(characters_are_not_bytes),
		cmocka_unit_test(a_colour_ends_with_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
