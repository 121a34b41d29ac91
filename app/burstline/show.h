/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SHOW_H
#define SHOW_H

/**
 * @file
 * What an instance shows of itself: tables of rows, the only source of every number outside the
 * exit report. Telemetry, the control socket and the metrics render the same rows.
 *
 * A row is a JSON object: texts, numbers, booleans, and objects whose keys are names (a drop
 * reason) and whose values are numbers. Each table says which of its keys name a row and which are
 * numbers, of what kind.
 *
 * Context: telemetry's threads and the management thread; the caller keeps the instance from
 * changing (telemetry_pause()), its lanes may run. Never blocks for longer than report_ledger().
 */

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "instance.h"

enum { SHOW_IDS = 4 };

/** A page of a table: rows are counted, and those in front of it or behind it left out. */
struct show_rows {
	json_t *list;
	unsigned first; // rows to pass over
	unsigned max;   // rows of the page
	unsigned seen;
};

enum show_kind {
	SHOW_COUNTER,  // only grows, until it is cleared
	SHOW_GAUGE,    // a number of this moment
	SHOW_COUNTERS, // an object of counters; its keys are values of `label`
};

/** A number of a row. */
struct show_number {
	const char *key; // NULL: the last
	enum show_kind kind;
	const char *help;
	const char *label;
	const char *metric; // where the key will not do; NULL: it does
};

struct show_table {
	const char *name;   // NULL: the last
	const char *metric; // what its numbers are called: burstline_METRIC_KEY
	const char *help;
	unsigned page;                     // rows that telemetry's 16 KiB hold
	const char *ids[SHOW_IDS];         // keys that together name a row; NULL at the end
	const struct show_number *numbers; // NULL: none that is collected
	/** Add the table's rows. @return 0 or -errno. */
	int (*fill)(struct instance *instance, struct show_rows *rows);
};

/** All tables but those of handlers of their own (show_own.c). */
extern const struct show_table show_tables[];

/**
 * A page of a table, what was cleared taken off.
 *
 * @param name of show_tables, or a handler's that shows a table of its own.
 * @param max  rows at most; 0: what telemetry can hold.
 * @param rows set to an array, the caller's reference.
 * @return 0, -ENOENT: no table of that name, or another -errno.
 */
int show_page(
	struct instance *instance, const char *name, unsigned first, unsigned max, json_t **rows);

/** From now on all counters are shown from 0. Telemetry and metrics too; the ledger of the exit and
 *  the balance are not touched. @return 0 or -errno. */
int show_clear(struct instance *instance);

/** Forget what was cleared. */
void show_end(void);

/** A new row, or NULL: it is on another page. */
json_t *show_row(struct show_rows *rows);

/** Whatever comes now is on another page. */
static inline bool show_full(const struct show_rows *rows)
{
	return rows->seen >= rows->first && rows->seen - rows->first >= rows->max;
}

/** Cells. Nothing happens where `row` is NULL. */
void show_number(json_t *row, const char *key, uint64_t number);
void show_signed(json_t *row, const char *key, int64_t number);
void show_text(json_t *row, const char *key, const char *text);
void show_bool(json_t *row, const char *key, bool value);
void show_mac(json_t *row, const char *key, const uint8_t mac[6]);
void show_ip(json_t *row, const char *key, uint32_t ip_be);

/** A new object in a row. */
json_t *show_object(json_t *row, const char *key);

/* The tables. */
int show_ports(struct instance *instance, struct show_rows *rows);
int show_drops(struct instance *instance, struct show_rows *rows);
int show_workers(struct instance *instance, struct show_rows *rows);
int show_pools(struct instance *instance, struct show_rows *rows);
int show_plan(struct instance *instance, struct show_rows *rows);
int show_handlers(struct instance *instance, struct show_rows *rows);
int show_rings(struct instance *instance, struct show_rows *rows);
int show_neighbours(struct instance *instance, struct show_rows *rows);
int show_addresses(struct instance *instance, struct show_rows *rows);
int show_neighbour_events(struct instance *instance, struct show_rows *rows);
int show_interfaces(struct instance *instance, struct show_rows *rows);
int show_bridges(struct instance *instance, struct show_rows *rows);
int show_bridge_members(struct instance *instance, struct show_rows *rows);
int show_bridge_vlans(struct instance *instance, struct show_rows *rows);
int show_fdb(struct instance *instance, struct show_rows *rows);

/** Tables of handlers' own, under the handlers' names. @return 0, or -ENOENT. */
int show_own(struct instance *instance, const char *name, struct show_rows *rows);

/** Call `each` with the name of every planned handler that shows a table.
 *  @return 0, or what `each` returned instead, at once. */
int show_own_names(const struct instance *instance, int (*each)(const char *name));

#endif
