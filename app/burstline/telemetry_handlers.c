/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What telemetry tells of handlers: see telemetry_handlers.h. Called in EAL's telemetry threads; an
 * instance with rings from several workers is shown with their sums.
 */

#include <stdio.h>

#include "compat.h"
#include "telemetry_handlers.h"
#include "telemetry_list.h"

static void add_own_counters(struct rte_tel_data *d, const struct lane_handler *h)
{
	struct rte_tel_data *own = rte_tel_data_alloc();

	rte_tel_data_start_dict(own);
	for (unsigned c = 0; c < h->handler->n_counters; c++)
		compat_tel_u64(own, h->handler->counters[c].name,
			*(const uint64_t *)((const char *)h->state +
					    h->handler->counters[c].offset));
	rte_tel_data_add_dict_container(d, "counters", own, 0);
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
#define X(field, help) all->sum.field += g->field;
	GATE_IN_FIELDS(X)
#undef X
	all->sum.drop_head += g->drop_head;
	for (unsigned w = 0; w < GATE_WAITS; w++)
		all->sum.waits[w] += g->waits[w];
}

static void add_waits(struct rte_tel_data *e, const struct gate *g)
{
	struct rte_tel_data *waits = rte_tel_data_alloc();
	char name[24];

	rte_tel_data_start_dict(waits);
	for (unsigned w = 0; w < GATE_WAITS; w++) {
		snprintf(name, sizeof(name), "under_%u", 1u << w);
		if (g->waits[w] != 0)
			compat_tel_u64(waits, w == GATE_WAITS - 1 ? "longer" : name, g->waits[w]);
	}
	rte_tel_data_add_dict_container(e, "waits_us", waits, 0);
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

static void add_drops(struct rte_tel_data *e, const struct gate *g, uint64_t policed)
{
	struct rte_tel_data *drops = rte_tel_data_alloc();

	rte_tel_data_start_dict(drops);
	compat_tel_u64(drops, drop_name(DROP_POLICED), policed);
	compat_tel_u64(drops, drop_name(DROP_HANDLER_RING), g->drop_tail);
	compat_tel_u64(drops, drop_name(DROP_HANDLER_DEI), g->drop_dei);
	compat_tel_u64(drops, drop_name(DROP_HANDLER_HEAD), g->drop_head);
	rte_tel_data_add_dict_container(e, "drops", drops, 0);
}

static void add_rings(const struct instance *instance, struct rte_tel_data *e, unsigned i)
{
	static const char *const policies[] = {[CONF_OVERLOAD_DROP_TAIL] = "drop-tail",
		[CONF_OVERLOAD_DROP_HEAD] = "drop-head",
		[CONF_OVERLOAD_PASS] = "pass"};
	const struct plan_instance *p = &instance->plan->instances[i];
	struct rings all = {0};

	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (instance->plan->rings[r].kind == PLAN_RING_HANDLER &&
			instance->plan->rings[r].instance == i)
			add_ring(&all, instance->gates[r]);
	}
	if (p->place != CONF_PLACE_INLINE) {
		rte_tel_data_add_dict_string(e, "overload", policies[p->overload]);
		compat_tel_u64(e, "budget", p->budget);
		compat_tel_u64(e, "ring_slots", all.slots);
		compat_tel_u64(e, "ring_depth", all.depth);
		compat_tel_u64(e, "ring_peak", all.peak);
		compat_tel_u64(e, "passed", all.sum.passed);
		add_waits(e, &all.sum);
	}
	add_drops(e, &all.sum, policed(instance, i));
}

int telemetry_handlers(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	static const char *const places[] = {[CONF_PLACE_INLINE] = "inline",
		[CONF_PLACE_CONTROL] = "control",
		[CONF_PLACE_LCORE] = "lcore",
		[CONF_PLACE_OWN] = "own"};
	unsigned n = instance->plan->n_instances;

	for (unsigned i = first; i < n && i < first + TELEMETRY_LONG; i++) {
		const struct plan_instance *p = &instance->plan->instances[i];
		const struct lane_handler *h = instance->handlers[i];
		struct rte_tel_data *e = telemetry_object(list);

		rte_tel_data_add_dict_string(e, "name", p->handler->name);
		compat_tel_u64(e, "instance", p->instance);
		rte_tel_data_add_dict_string(e, "place", places[p->place]);
		compat_tel_u64(e, "cpu", instance->plan->lcores[p->lcore].cpu);
#define X(field, help) compat_tel_u64(e, #field, h->counts.field + h->before.field);
		HANDLER_FIELDS(X)
#undef X
		compat_tel_u64(e, "busy_cycles", h->busy_cycles);
		add_rings(instance, e, i);
		add_own_counters(e, h);
	}
	return 0;
}
