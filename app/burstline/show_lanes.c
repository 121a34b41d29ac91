/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lcores and threads, their rings, mempools and the plan: tables of show.c. Changes nothing.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static const char *const roles[] = {[PLAN_CONTROL] = "control",
	[PLAN_WORKER] = "worker",
	[PLAN_HANDLER] = "handler",
	[PLAN_OWN] = "own"};

// What this lcore's bridges noticed; lost: the management thread was too slow to log it.
static void add_events(json_t *row, const struct bridge_events *events)
{
	if (events == NULL)
		return;
	show_number(
		row, "bridge_events", atomic_load_explicit(&events->head, memory_order_relaxed));
	show_number(row, "bridge_events_lost", events->lost);
}

// Of all ports, as this lcore has counted them: a number here is as good as its last round.
static void add_frames(json_t *row, const struct lane *lane)
{
	uint64_t rx = 0, tx = 0, dropped = 0;

	for (unsigned p = 0; row != NULL && p < LEDGER_PORTS; p++) {
		rx += lane->ledger.port[p].rx;
		tx += lane->ledger.port[p].tx;
		dropped += ledger_port_dropped(&lane->ledger.port[p]);
	}
	show_number(row, "rx", rx);
	show_number(row, "tx", tx);
	show_number(row, "dropped", dropped);
}

int show_workers(struct instance *instance, struct show_rows *rows)
{
	for (unsigned i = 0; i < instance->plan->n_lcores; i++) {
		const struct lane *lane = instance->lanes[i];
		json_t *row = show_row(rows);

		show_number(row, "lcore", i);
		show_number(row, "cpu", instance->plan->lcores[i].cpu);
		show_text(row, "role", roles[lane->role]);
		show_number(row, "busy_cycles", lane->busy_cycles);
		show_number(row, "idle_cycles", lane->idle_cycles);
		show_number(row, "rounds", lane->rounds);
		show_number(row, "busy_rounds", lane->busy_rounds);
		add_frames(row, lane);
		add_events(row, instance->bridge_events[i]);
	}
	return 0;
}

static void add_ring(const struct instance *instance, unsigned r, json_t *row)
{
	static const char *const kinds[] = {[PLAN_RING_HANDLER] = "handler",
		[PLAN_RING_TX] = "tx",
		[PLAN_RING_LOCAL] = "local",
		[PLAN_RING_DONE] = "done"};
	const struct plan_ring *p = &instance->plan->rings[r];

	show_text(row, "name", p->name);
	show_text(row, "kind", kinds[p->kind]);
	show_number(row, "from_lcore", p->producer);
	show_number(row, "to_lcore", p->consumer);
	if (p->kind == PLAN_RING_HANDLER)
		show_text(row, "handler", instance->plan->instances[p->instance].handler->name);
	if (p->kind == PLAN_RING_TX)
		show_text(row, "port", instance->ports[p->port]->conf->name);
	show_number(row, "slots", rte_ring_get_capacity(instance->rings[r].ring));
	show_number(row, "depth", rte_ring_count(instance->rings[r].ring));
	if (instance->gates[r] != NULL)
		show_number(row, "peak", instance->gates[r]->peak);
}

int show_rings(struct instance *instance, struct show_rows *rows)
{
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		json_t *row = show_row(rows);

		if (row != NULL)
			add_ring(instance, r, row);
	}
	return 0;
}

// Mbufs that are in no pool and no lcore's cache of it: on descriptors, in rings, held.
int show_pools(struct instance *instance, struct show_rows *rows)
{
	for (unsigned i = 0; i < instance->plan->n_pools; i++) {
		json_t *row = instance->pools[i] != NULL ? show_row(rows) : NULL;

		if (row == NULL)
			continue;
		show_text(row, "name", instance->plan->pools[i].name);
		show_number(row, "mbufs", instance->plan->pools[i].n);
		show_number(row, "in_use", rte_mempool_in_use_count(instance->pools[i]));
	}
	return 0;
}

// The plan as its text, line by line: what --plan prints.
int show_plan(struct instance *instance, struct show_rows *rows)
{
	char *text = NULL, *rest, *line;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return -ENOMEM;
	plan_print(instance->plan, to);
	fclose(to);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL && rest != NULL;)
		show_text(show_row(rows), "line", line);
	free(text);
	return 0;
}
