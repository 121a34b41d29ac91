/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_ROW_H
#define BASE_ROW_H

/**
 * @file
 * A row of a table that somebody shows: named cells. Who owns the table fills it, telemetry prints
 * it; neither knows the other.
 *
 * Pure; any thread. A row is bounded: what does not fit is left out, never cut in the middle of a
 * character's escape.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ROW_CELLS = 20,
	ROW_TEXT = 127,  // characters of one text: DPDK's telemetry takes no more
	ROW_TEXTS = 1024 // characters of all texts, ends included
};

enum row_kind {
	ROW_IS_TEXT,
	ROW_IS_NUMBER,
	ROW_IS_PORT // number is a DPDK port id; shown is the port's name
};

struct row_cell {
	const char *name; // letters, digits, _; static
	enum row_kind kind;
	const char *text; // lies in the row
	uint64_t number;
};

struct row {
	unsigned n;
	struct row_cell cell[ROW_CELLS];
	size_t used; // of texts
	char texts[ROW_TEXTS];
};

/** Begin a row. */
static inline void row_clear(struct row *row)
{
	row->n = 0;
	row->used = 0;
}

void row_number(struct row *row, const char *name, uint64_t number);
void row_port(struct row *row, const char *name, uint16_t port);

/** Octets from anybody on the wire, as text: printable ASCII as it is, all else,
 *  \ and " as \xNN. */
void row_text(struct row *row, const char *name, const void *octets, size_t len);

#endif
