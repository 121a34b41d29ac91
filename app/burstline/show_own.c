/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of handlers' own: whatever a handler's `row` fills, under the handler's name. Part of
 * show.c; knows no handler by name. Lanes run meanwhile; instance->readers keeps what is freed with
 * a view from going.
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "show.h"

static void add_row(const struct instance *instance, const struct row *row, json_t *entry)
{
	for (unsigned i = 0; i < row->n; i++) {
		const struct row_cell *cell = &row->cell[i];
		const char *text = cell->text;

		if (cell->kind == ROW_IS_NUMBER) {
			show_number(entry, cell->name, cell->number);
			continue;
		}
		if (cell->kind == ROW_IS_PORT)
			text = instance->port_name[cell->number];
		show_text(entry, cell->name, text);
	}
}

static void add_table(
	struct instance *instance, const struct lane_handler *h, struct show_rows *rows)
{
	uint64_t now = rte_rdtsc();
	unsigned cursor = 0;
	struct row row;

	while (!show_full(rows)) {
		json_t *entry;

		row_clear(&row);
		if (!h->handler->row(h->state, now, &cursor, &row))
			return;
		entry = show_row(rows);
		if (entry != NULL)
			add_row(instance, &row, entry);
	}
}

int show_own(struct instance *instance, const char *name, struct show_rows *rows)
{
	int rc = -ENOENT;

	pthread_mutex_lock(&instance->readers);
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct lane_handler *h = instance->handlers[i];

		if (h->handler->row == NULL || strcmp(name, h->handler->name) != 0)
			continue;
		add_table(instance, h, rows);
		rc = 0;
	}
	pthread_mutex_unlock(&instance->readers);
	return rc;
}

int show_own_names(const struct instance *instance, int (*each)(const char *name))
{
	const struct plan *plan = instance->plan;
	int rc = 0;

	for (unsigned i = 0; i < plan->n_instances && rc == 0; i++) {
		const struct handler *h = plan->instances[i].handler;

		if (h->row != NULL && plan->instances[i].instance == 0)
			rc = each(h->name);
	}
	return rc;
}
