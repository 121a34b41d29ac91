/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handler instances with their verdicts, their rings (how full, what was dropped for which reason,
 * how long frames waited from ring to verdict) and their own counters: a table of show.c. An
 * instance with rings from several workers is shown with their sums.
 *
 * waits_us: `under_N` frames waited less than N and at least N / 2 microseconds; `longer`: the
 * rest.
 */

#include <stdio.h>

#include "show.h"

static void add_own_counters(json_t *d, const struct lane_handler *h)
{
	json_t *own = show_object(d, "counters");

	for (unsigned c = 0; c < h->handler->n_counters; c++)
		show_number(own, h->handler->counters[c].name,
			*(const uint64_t *)((const char *)h->state +
					    h->handler->counters[c].offset));
}

struct rings {
	uint64_t slots, depth, peak; // the peak is the highest of one ring
	struct gate sum;             // counters only
};

static void add_ring(struct rings *all, const struct gate *g)
{
	all->slots += g->size;
	all->depth += rte_ring_count(g->handoff.ring);
	all->peak = RTE_MAX(all->peak, g->peak);
	gate_add(&all->sum, g);
}

static void add_waits(json_t *e, const struct gate *g)
{
	json_t *waits = show_object(e, "waits_us");
	char name[24];

	for (unsigned w = 0; w < GATE_WAITS; w++) {
		snprintf(name, sizeof(name), "under_%u", 1u << w);
		if (g->waits[w] != 0)
			show_number(waits, w == GATE_WAITS - 1 ? "longer" : name, g->waits[w]);
	}
}

static uint64_t policed(const struct instance *instance, unsigned i)
{
	uint64_t frames = 0;

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct dispatch_police *p =
			instance->police[i * instance->plan->n_lcores + l];

		// Of an inline handler each instance has its own worker's.
		if (p != NULL && (instance->plan->instances[i].place != CONF_PLACE_INLINE ||
					 instance->plan->instances[i].lcore == l))
			frames += p->dropped;
	}
	return frames;
}

static void add_drops(json_t *e, const struct gate *g, uint64_t policed)
{
	json_t *drops = show_object(e, "drops");

	show_number(drops, drop_name(DROP_POLICED), policed);
	show_number(drops, drop_name(DROP_HANDLER_RING), g->drop_tail);
	show_number(drops, drop_name(DROP_REPLACED), g->replaced);
	show_number(drops, drop_name(DROP_HANDLER_DEI), g->drop_dei);
	show_number(drops, drop_name(DROP_HANDLER_HEAD), g->drop_head);
}

static void add_rings(const struct instance *instance, json_t *e, unsigned i)
{
	static const char *const policies[] = {[CONF_OVERLOAD_DROP_TAIL] = "drop-tail",
		[CONF_OVERLOAD_DROP_HEAD] = "drop-head",
		[CONF_OVERLOAD_PASS] = "pass"};
	const struct plan_instance *p = &instance->plan->instances[i];
	struct rings all = {0};

	gate_add(&all.sum, &instance->handlers[i]->gone);
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (instance->plan->rings[r].kind == PLAN_RING_HANDLER &&
			instance->plan->rings[r].instance == i)
			add_ring(&all, instance->gates[r]);
	}
	if (p->place != CONF_PLACE_INLINE) {
		show_text(e, "overload", policies[p->overload]);
		show_number(e, "budget", p->budget);
		show_number(e, "ring_slots", all.slots);
		show_number(e, "ring_depth", all.depth);
		show_number(e, "ring_peak", all.peak);
		show_number(e, "passed", all.sum.passed);
		add_waits(e, &all.sum);
	}
	add_drops(e, &all.sum, policed(instance, i));
}

int show_handlers(struct instance *instance, struct show_rows *rows)
{
	static const char *const places[] = {[CONF_PLACE_INLINE] = "inline",
		[CONF_PLACE_CONTROL] = "control",
		[CONF_PLACE_LCORE] = "lcore",
		[CONF_PLACE_OWN] = "own"};

	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct plan_instance *p = &instance->plan->instances[i];
		const struct lane_handler *h = instance->handlers[i];
		json_t *e = show_row(rows);

		if (e == NULL)
			continue;
		show_text(e, "name", p->handler->name);
		show_number(e, "instance", p->instance);
		show_text(e, "place", places[p->place]);
		show_number(e, "cpu", instance->plan->lcores[p->lcore].cpu);
#define X(field, help) show_number(e, #field, h->counts.field + h->before.field);
		HANDLER_FIELDS(X)
#undef X
		show_number(e, "busy_cycles", h->busy_cycles);
		add_rings(instance, e, i);
		add_own_counters(e, h);
	}
	return 0;
}
