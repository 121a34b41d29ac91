/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fills a row of a table that is shown. Called by handlers in telemetry's threads; knows neither
 * the table nor who prints it.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/row.h"

enum { ESCAPE = 4 }; // characters of \xNN

static void add(struct row *row, struct row_cell cell)
{
	if (row->n < ROW_CELLS)
		row->cell[row->n++] = cell;
}

void row_number(struct row *row, const char *name, uint64_t number)
{
	add(row, (struct row_cell){.name = name, .kind = ROW_IS_NUMBER, .number = number});
}

void row_port(struct row *row, const char *name, uint16_t port)
{
	add(row, (struct row_cell){.name = name, .kind = ROW_IS_PORT, .number = port});
}

void row_text(struct row *row, const char *name, const void *octets, size_t len)
{
	size_t room = ROW_TEXTS - row->used;
	char *text = &row->texts[row->used];
	const uint8_t *p = octets;
	size_t n = 0;

	if (room == 0)
		return;
	room = room - 1 < ROW_TEXT ? room - 1 : ROW_TEXT;
	for (size_t i = 0; i < len; i++) {
		bool plain = p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\' && p[i] != '"';

		if (n + (plain ? 1 : ESCAPE) > room)
			break;
		if (plain)
			text[n++] = (char)p[i];
		else
			n += (size_t)sprintf(&text[n], "\\x%02x", p[i]);
	}
	text[n] = '\0';
	row->used += n + 1;
	add(row, (struct row_cell){.name = name, .kind = ROW_IS_TEXT, .text = text});
}
