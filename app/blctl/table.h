/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_H
#define TABLE_H

/**
 * @file
 * Rows for people: aligned columns under their headings.
 */

#include <stdio.h>

#include <jansson.h>

/** One column. The last one's heading is NULL. */
struct column {
	const char *heading; // with its unit
	const char *key;     // of the row; "a|b": a, or b where there is no a
	/** The cell, from malloc(), where the value is not shown as it is; else NULL. */
	char *(*text)(const json_t *row);
};

/** Print rows; columns that are empty in every row are left out, numbers stand right. A real number
 *  is shown to four digits (1.234M), null as "-". `empty` is said when there are none. */
void table_print(FILE *to, const struct column *columns, const json_t *rows, const char *empty);

/** The same with a column for each key of the rows, in the order of the first. */
void table_print_all(const json_t *rows, const char *empty);

/** One row, a line each key. */
void table_print_row(const json_t *row);

#endif
