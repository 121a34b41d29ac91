/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of handlers as telemetry tells them: whatever a handler's `row` fills, under the handler's
 * name. Called by telemetry.c in EAL's telemetry threads; knows no handler by name. Lanes run
 * meanwhile; instance->readers keeps what is freed with a view from going.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "compat.h"
#include "telemetry_list.h"
#include "telemetry_rows.h"

#define PREFIX "/burstline/"

static void add_row(
	const struct instance *instance, const struct row *row, struct rte_tel_data *entry)
{
	for (unsigned i = 0; i < row->n; i++) {
		const struct row_cell *cell = &row->cell[i];
		const char *text = cell->text;

		if (cell->kind == ROW_IS_NUMBER) {
			compat_tel_u64(entry, cell->name, cell->number);
			continue;
		}
		if (cell->kind == ROW_IS_PORT)
			text = instance->ports[instance->port_of_id[cell->number]].conf->name;
		rte_tel_data_add_dict_string(entry, cell->name, text);
	}
}

static void add_table(struct instance *instance, const struct lane_handler *h, unsigned first,
	unsigned *seen, struct rte_tel_data *list)
{
	uint64_t now = rte_rdtsc();
	unsigned cursor = 0;
	struct row row;

	while (*seen < first + TELEMETRY_LONG) {
		struct rte_tel_data *entry;

		row_clear(&row);
		if (!h->handler->row(h->state, now, &cursor, &row))
			return;
		entry = telemetry_entry(list, first, TELEMETRY_LONG, seen);
		if (entry != NULL)
			add_row(instance, &row, entry);
	}
}

int telemetry_rows(
	struct instance *instance, const char *cmd, unsigned first, struct rte_tel_data *list)
{
	unsigned seen = 0;
	int rc = -ENODEV;

	pthread_mutex_lock(&instance->readers);
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct lane_handler *h = instance->handlers[i];

		if (h->handler->row == NULL || strcmp(cmd + strlen(PREFIX), h->handler->name) != 0)
			continue;
		add_table(instance, h, first, &seen, list);
		rc = 0;
	}
	pthread_mutex_unlock(&instance->readers);
	return rc;
}

int telemetry_rows_commands(const struct instance *instance, int (*each)(const char *cmd))
{
	const struct plan *plan = instance->plan;
	char cmd[64];
	int rc = 0;

	for (unsigned i = 0; i < plan->n_instances && rc == 0; i++) {
		const struct handler *h = plan->instances[i].handler;

		if (h->row == NULL || plan->instances[i].instance != 0)
			continue;
		snprintf(cmd, sizeof(cmd), PREFIX "%s", h->name);
		rc = each(cmd);
	}
	return rc;
}
