/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows for people. Called by the commands that show something; knows none of the tables. */

#include "table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 64 };

static char *value_text(const json_t *value);

/** "policed 3, unknown 5" */
static char *object_text(const json_t *object)
{
	char *text = NULL;
	const char *key;
	json_t *value;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		char *number = json_number_value(value) == 0 ? NULL : value_text(value);

		if (number != NULL)
			fprintf(to, "%s%s %s", ftell(to) == 0 ? "" : ", ", key, number);
		free(number);
	}
	fclose(to);
	return text;
}

/** 0, 0.5, 1234, 1.234M */
static char *real_text(double value)
{
	static const char units[] = "kMGTP";
	size_t unit = 0;
	char *text;
	int rc;

	if (value < 99999.5)
		return asprintf(&text, "%.*f", value > 0 && value < 99.95 ? 1 : 0, value) < 0
		               ? NULL
		               : text;
	for (value /= 1000; value >= 999.95 && units[unit + 1] != '\0'; unit++)
		value /= 1000;
	rc = asprintf(&text, "%.*f%c",
		value < 9.9995   ? 3
		: value < 99.995 ? 2
				 : 1,
		value, units[unit]);
	return rc < 0 ? NULL : text;
}

static char *value_text(const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "yes" : "no");
	if (json_is_object(value))
		return object_text(value);
	if (json_is_real(value))
		return real_text(json_real_value(value));
	if (json_is_null(value))
		return strdup("-");
	if (!json_is_integer(value))
		return strdup("");
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return strdup(number);
}

static const json_t *value_of(const struct column *column, const json_t *row)
{
	const char *other = strchr(column->key, '|');
	const json_t *value;

	if (other == NULL)
		return json_object_get(row, column->key);
	value = json_object_getn(row, column->key, (size_t)(other - column->key));
	return value != NULL ? value : json_object_get(row, other + 1);
}

static char *cell(const struct column *column, const json_t *row)
{
	char *text = column->text != NULL ? column->text(row) : value_text(value_of(column, row));

	return text != NULL ? text : strdup("");
}

/** Octets that are no continuations of a UTF-8 character. */
static int width(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void print_cell(FILE *to, const char *text, int room, bool right, bool last)
{
	int pad = room - width(text);

	fprintf(to, "%*s%s%*s", right ? pad : 0, "", text, right || last ? 0 : pad, "");
}

void table_print(FILE *to, const struct column *columns, const json_t *rows, const char *empty)
{
	size_t n_rows = json_array_size(rows), last = 0, n = 0;
	int room[COLUMNS_MAX] = {0};
	bool used[COLUMNS_MAX] = {false}, right[COLUMNS_MAX] = {false};
	char **cells;

	while (n < COLUMNS_MAX && columns[n].heading != NULL)
		n++;
	cells = calloc(n_rows * n + 1, sizeof(*cells));
	if (n_rows == 0 || cells == NULL) {
		fprintf(to, "%s\n", empty);
		free(cells);
		return;
	}
	for (size_t c = 0; c < n; c++) {
		room[c] = width(columns[c].heading);
		for (size_t r = 0; r < n_rows; r++) {
			const json_t *row = json_array_get(rows, r);
			char *text = cell(&columns[c], row);

			cells[r * n + c] = text;
			used[c] |= text[0] != '\0';
			right[c] |= columns[c].text == NULL &&
			            json_is_number(value_of(&columns[c], row));
			room[c] = width(text) > room[c] ? width(text) : room[c];
		}
		last = used[c] ? c : last;
	}
	for (size_t r = 0; r <= n_rows; r++) {
		bool first = true;

		for (size_t c = 0; c < n; c++) {
			if (!used[c])
				continue;
			fputs(first ? "" : "  ", to);
			print_cell(to, r == 0 ? columns[c].heading : cells[(r - 1) * n + c],
				room[c], right[c], c == last);
			first = false;
		}
		fputc('\n', to);
	}
	for (size_t i = 0; i < n_rows * n; i++)
		free(cells[i]);
	free(cells);
}

void table_print_all(const json_t *rows, const char *empty)
{
	struct column columns[COLUMNS_MAX + 1] = {0};
	json_t *first = json_array_get(rows, 0);
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(first, key, value)
	{
		if (n < COLUMNS_MAX)
			columns[n++] = (struct column){.heading = key, .key = key};
	}
	table_print(stdout, columns, rows, empty);
}

void table_print_row(const json_t *row)
{
	const char *key;
	int room = 0;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)row, key, value) room =
		(int)strlen(key) > room ? (int)strlen(key) : room;
	json_object_foreach((json_t *)(uintptr_t)row, key, value)
	{
		char *text = value_text(value);

		printf("%-*s  %s\n", room, key, text != NULL ? text : "");
		free(text);
	}
}
