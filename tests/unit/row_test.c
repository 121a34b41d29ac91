/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of a shown table: what texts become, and that it is bounded. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/row.h"

static void cells_are_kept_in_order(void **state)
{
	struct row row;

	row_clear(&row);
	row_port(&row, "port", 3);
	row_text(&row, "name", "host", 4);
	row_number(&row, "ttl", 120);
	assert_int_equal(row.n, 3);
	assert_int_equal(row.cell[0].kind, ROW_IS_PORT);
	assert_int_equal(row.cell[0].number, 3);
	assert_string_equal(row.cell[1].name, "name");
	assert_int_equal(row.cell[1].kind, ROW_IS_TEXT);
	assert_string_equal(row.cell[1].text, "host");
	assert_int_equal(row.cell[2].kind, ROW_IS_NUMBER);
	assert_int_equal(row.cell[2].number, 120);
}

/** What octets are shown as. */
static const char *shown(const char *octets, size_t len)
{
	static struct row row;

	row_clear(&row);
	row_text(&row, "text", octets, len);
	assert_int_equal(row.n, 1);
	return row.cell[0].text;
}

static void hostile_octets_are_numbers(void **state)
{
	assert_string_equal(shown("", 0), "");
	assert_string_equal(shown(NULL, 0), "");
	assert_string_equal(shown("a b~", 4), "a b~");
	assert_string_equal(shown("a\0b", 3), "a\\x00b");
	assert_string_equal(shown("\x1b[2J\x7f\xff", 6), "\\x1b[2J\\x7f\\xff");
	assert_string_equal(shown("\\x41\"", 5), "\\x5cx41\\x22");
}

static void a_long_text_is_cut_between_escapes(void **state)
{
	char octets[300];

	memset(octets, 'a', sizeof(octets));
	assert_int_equal(strlen(shown(octets, ROW_TEXT)), ROW_TEXT);
	assert_int_equal(strlen(shown(octets, sizeof(octets))), ROW_TEXT);
	memset(octets, 1, sizeof(octets));
	assert_int_equal(strlen(shown(octets, sizeof(octets))), ROW_TEXT / 4 * 4);
}

static void a_full_row_takes_no_more(void **state)
{
	char octets[ROW_TEXT];
	struct row row;
	size_t sum = 0;

	memset(octets, 'a', sizeof(octets));
	row_clear(&row);
	for (unsigned i = 0; i < 2 * ROW_CELLS; i++)
		row_text(&row, "text", octets, sizeof(octets));
	assert_true(row.n <= ROW_CELLS);
	assert_int_equal(row.used, ROW_TEXTS);
	for (unsigned i = 0; i < row.n; i++)
		sum += strlen(row.cell[i].text) + 1;
	assert_int_equal(sum, ROW_TEXTS);
	for (unsigned i = 0; i < 2 * ROW_CELLS; i++)
		row_number(&row, "number", i);
	assert_int_equal(row.n, ROW_CELLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_kept_in_order),
		cmocka_unit_test(hostile_octets_are_numbers),
		cmocka_unit_test(a_long_text_is_cut_between_escapes),
		cmocka_unit_test(a_full_row_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
