/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Make and free what of a live change (live.h) concerns handlers, rings and lanes. Called by
 * live_make.c and live.c while telemetry waits; decides what goes over and what is replaced, but
 * not when. No lane sees anything of it before a view.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#define LOG_MODULE "handler"
#include "base/log.h"
#include "bridge_build.h"
#include "conf/conf.h"
#include "lane_build.h"
#include "live_build.h"
#include "live_ports.h"
#include "live_tables.h"
#include "build.h"
#include "plugin.h"

enum { SELF_SLOTS = 1024 };

// The old instance that goes on as instance `i` of the new plan; -1: none.
static int find_instance(const struct plan *old, const struct plan_instance *n)
{
	for (unsigned j = 0; j < old->n_instances; j++) {
		const struct plan_instance *o = &old->instances[j];

		if (o->handler == n->handler && o->place == n->place && o->lcore == n->lcore &&
			o->instance == n->instance)
			return (int)j;
	}
	return -1;
}

// The one whose counters and police it takes over.
static int find_name(const struct plan *old, const struct plan_instance *n)
{
	for (unsigned j = 0; j < old->n_instances; j++) {
		const struct plan_instance *o = &old->instances[j];

		if (strcmp(o->handler->name, n->handler->name) == 0 && o->instance == n->instance)
			return (int)j;
	}
	return -1;
}

static const struct port *pass_to(struct port *const *ports, const struct plan_instance *i)
{
	return i->pass_port >= 0 ? ports[i->pass_port] : NULL;
}

// To the same handler, and turning frames away alike?
static bool same_gate(const struct instance *instance, const struct live_change *c,
	const struct plan_ring *o, const struct plan_ring *n)
{
	const struct plan_instance *was = &c->plan->instances[o->instance];
	const struct plan_instance *is = &instance->plan->instances[n->instance];

	return c->handlers[o->instance] == instance->handlers[n->instance] &&
	       was->overload == is->overload &&
	       pass_to(c->ports, was) == pass_to(instance->ports, is);
}

static int find_ring(
	const struct instance *instance, const struct live_change *c, const struct plan_ring *n)
{
	for (unsigned r = 0; r < c->plan->n_rings; r++) {
		const struct plan_ring *o = &c->plan->rings[r];

		if (o->kind == n->kind && o->producer == n->producer &&
			o->consumer == n->consumer && o->slots == n->slots &&
			(n->kind != PLAN_RING_TX ||
				c->ports[o->port] == instance->ports[n->port]) &&
			(n->kind != PLAN_RING_HANDLER || same_gate(instance, c, o, n)))
			return (int)r;
	}
	return -1;
}

static int make_lanes(struct instance *instance, const struct live_change *c)
{
	for (unsigned l = c->first_lane; l < instance->plan->n_lcores; l++) {
		if (lane_create(instance, l) != 0 || bridge_build_lane(instance, l) != 0)
			return -1;
	}
	return 0;
}

static void take_counts(struct lane_handler *to, const struct lane_handler *from)
{
#define X(field, help) to->before.field = from->counts.field + from->before.field;
	HANDLER_FIELDS(X)
#undef X
	gate_add(&to->gone, &from->gone);
}

// What the rings that go have counted stays with the handler.
static void take_rings(struct lane_handler *to, const struct lane_handler *from,
	const struct live_ring *rings, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (rings[i].gate != NULL && rings[i].handler == from)
			gate_add(&to->gone, rings[i].gate);
}

static int make_handlers(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	instance->handlers = calloc(plan->n_instances + 1, sizeof(instance->handlers[0]));
	for (unsigned i = 0; instance->handlers != NULL && i < plan->n_instances; i++) {
		int j = find_instance(c->plan, &plan->instances[i]);

		if (j >= 0) {
			instance->handlers[i] = c->handlers[j];
			c->n_kept++;
			continue;
		}
		instance->handlers[i] = lane_handler_create(instance, i, error, error_size);
		if (instance->handlers[i] == NULL)
			return -1;
		c->n_new++;
	}
	return instance->handlers == NULL ? -1 : 0;
}

static bool goes_on(const struct instance *instance, const struct lane_handler *h)
{
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		if (instance->handlers[i] == h)
			return true;
	}
	return false;
}

static int find_retired(struct instance *instance, struct live_change *c)
{
	c->retired = calloc(c->n_handlers + 1, sizeof(c->retired[0]));
	for (unsigned j = 0; c->retired != NULL && j < c->n_handlers; j++) {
		if (!goes_on(instance, c->handlers[j]))
			c->retired[c->n_retired++] =
				(struct live_retired){c->handlers[j], c->plan->instances[j].lcore};
	}
	return c->retired == NULL ? -1 : 0;
}

static bool took_over(const struct instance *instance, const struct handoff *ring)
{
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (instance->rings[r].ring == ring->ring)
			return true;
	}
	return false;
}

static struct live_ring live_ring(struct port *const *ports, const struct plan *plan, unsigned r,
	const struct handoff *ring, struct gate *gate, struct lane_handler *const *handlers)
{
	struct live_ring l = {.plan = plan->rings[r], .ring = *ring, .gate = gate};

	if (l.plan.kind == PLAN_RING_HANDLER) {
		l.handler = handlers[l.plan.instance];
		l.budget = (uint16_t)plan->instances[l.plan.instance].budget;
	}
	if (l.plan.kind == PLAN_RING_TX)
		l.port = ports[l.plan.port]->id;
	return l;
}

static int make_ring(struct instance *instance, struct live_change *c, unsigned r, char *error,
	size_t error_size)
{
	const struct plan_ring *p = &instance->plan->rings[r];
	struct handoff *ring = &instance->rings[r];

	if (lane_ring_create(instance, p, ring, error, error_size) != 0)
		return -1;
	if (p->kind == PLAN_RING_HANDLER)
		instance->gates[r] = lane_gate_create(instance, p, ring);
	c->fresh[c->n_fresh++] = live_ring(
		instance->ports, instance->plan, r, ring, instance->gates[r], instance->handlers);
	return p->kind == PLAN_RING_HANDLER && instance->gates[r] == NULL ? -1 : 0;
}

static int make_rings(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	instance->rings = calloc(plan->n_rings + 1, sizeof(instance->rings[0]));
	instance->gates = calloc(plan->n_rings + 1, sizeof(instance->gates[0]));
	c->old = calloc(c->plan->n_rings + 1, sizeof(c->old[0]));
	c->fresh = calloc(plan->n_rings + 1, sizeof(c->fresh[0]));
	if (instance->rings == NULL || instance->gates == NULL || c->old == NULL ||
		c->fresh == NULL)
		return -1;
	for (unsigned r = 0; r < plan->n_rings; r++) {
		int o = find_ring(instance, c, &plan->rings[r]);

		if (o >= 0) {
			instance->rings[r] = c->rings[o];
			instance->gates[r] = c->gates[o];
		} else if (make_ring(instance, c, r, error, error_size) != 0) {
			return -1;
		}
	}
	for (unsigned o = 0; o < c->plan->n_rings; o++) {
		if (!took_over(instance, &c->rings[o]))
			c->old[c->n_old++] = live_ring(
				c->ports, c->plan, o, &c->rings[o], c->gates[o], c->handlers);
	}
	return 0;
}

// Of the new rings, those that must wait: for handlers, when others go.
static void choose_waiting(struct live_change *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n_fresh; i++) {
		if (c->fresh[i].plan.kind == PLAN_RING_HANDLER &&
			(c->n_retired != 0 || c->n_old != 0)) {
			atomic_store(&c->fresh[i].gate->replaces, true);
			c->fresh[n++] = c->fresh[i];
		}
	}
	c->n_fresh = n;
}

// Frames for a new inline handler wait here while old rings run empty.
static int make_self_rings(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;
	bool waits = false;

	for (unsigned i = 0; i < c->n_old; i++)
		waits |= c->old[i].plan.kind == PLAN_RING_HANDLER;
	c->self = calloc(plan->n_instances + 1, sizeof(c->self[0]));
	for (unsigned i = 0; c->self != NULL && waits && i < plan->n_instances; i++) {
		const struct plan_instance *p = &plan->instances[i];
		struct live_ring *r = &c->self[c->n_self];

		if (p->place != CONF_PLACE_INLINE ||
			find_instance(c->plan, &plan->instances[i]) >= 0)
			continue;
		r->plan = (struct plan_ring){.kind = PLAN_RING_HANDLER,
			.producer = p->lcore,
			.consumer = p->lcore,
			.instance = i,
			.slots = SELF_SLOTS,
			.node = plan->lcores[p->lcore].node};
		snprintf(r->plan.name, sizeof(r->plan.name), "w%u-l%u", i, p->lcore);
		r->handler = instance->handlers[i];
		r->budget = SELF_SLOTS;
		if (lane_ring_create(instance, &r->plan, &r->ring, error, error_size) != 0)
			return -1;
		c->n_self++;
		r->gate = lane_gate_create(instance, &r->plan, &r->ring);
		if (r->gate == NULL)
			return -1;
		atomic_store(&r->gate->replaces, true);
	}
	return c->self == NULL ? -1 : 0;
}

static int make_police(struct instance *instance, const struct live_change *c)
{
	const struct plan *plan = instance->plan, *old = c->plan;

	instance->police =
		calloc((size_t)plan->n_instances * plan->n_lcores + 1, sizeof(instance->police[0]));
	for (unsigned i = 0; instance->police != NULL && i < plan->n_instances; i++) {
		const struct plan_instance *p = &plan->instances[i];
		int j = find_name(old, p);

		if (j >= 0 && (old->instances[j].rate_pps != p->rate_pps ||
				      old->instances[j].burst != p->burst))
			j = -1;
		for (unsigned l = 0; p->rate_pps != 0 && l < plan->n_lcores; l++) {
			struct dispatch_police **b = &instance->police[i * plan->n_lcores + l];

			if (plan->lcores[l].role != PLAN_WORKER)
				continue;
			*b = j >= 0 ? c->police[(unsigned)j * old->n_lcores + l]
			            : lane_police_create(instance, i, l);
			if (*b == NULL)
				return -1;
		}
	}
	return instance->police == NULL ? -1 : 0;
}

static bool is_old_police(const struct live_change *c, const struct dispatch_police *p)
{
	for (unsigned i = 0; i < c->n_police; i++) {
		if (c->police[i] == p)
			return true;
	}
	return false;
}

static bool is_police(const struct instance *instance, const struct dispatch_police *p)
{
	for (unsigned i = 0; i < instance->plan->n_instances * instance->plan->n_lcores; i++) {
		if (instance->police[i] == p)
			return true;
	}
	return false;
}

static void destroy_rings(struct instance *instance, struct live_ring *rings, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rte_free(rings[i].gate);
		lane_ring_destroy(instance, &rings[i].plan, &rings[i].ring);
	}
}

static bool is_old_ring(const struct live_change *c, const struct rte_ring *ring)
{
	for (unsigned r = 0; r < c->plan->n_rings; r++) {
		if (c->rings[r].ring == ring)
			return true;
	}
	return false;
}

// Not those of c->fresh: that may name the waiting ones only.
static void undo_rings(struct instance *instance, const struct live_change *c)
{
	if (instance->rings == NULL || instance->gates == NULL)
		return;
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (instance->rings[r].ring == NULL || is_old_ring(c, instance->rings[r].ring))
			continue;
		rte_free(instance->gates[r]);
		lane_ring_destroy(instance, &instance->plan->rings[r], &instance->rings[r]);
	}
}

void live_handlers_undo(struct instance *instance, struct live_change *c)
{
	const struct plan *plan = instance->plan;

	for (unsigned i = 0; instance->police != NULL && i < plan->n_instances * plan->n_lcores;
		i++)
		if (!is_old_police(c, instance->police[i]))
			rte_free(instance->police[i]);
	destroy_rings(instance, c->self, c->n_self);
	undo_rings(instance, c);
	for (unsigned i = 0; instance->handlers != NULL && i < plan->n_instances; i++)
		if (instance->handlers[i] != NULL && !live_was_there(c, instance->handlers[i]))
			lane_handler_destroy(instance->handlers[i]);
	for (unsigned l = c->first_lane; l < plan->n_lcores; l++)
		lane_destroy(instance, l);
	free(instance->police);
	free(instance->gates);
	free(instance->rings);
	free(instance->handlers);
}

void live_change_free(struct live_change *c)
{
	free(c->old);
	free(c->fresh);
	free(c->self);
	free(c->retired);
	free(c);
}

int live_handlers_make(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	if (make_lanes(instance, c) != 0 || make_handlers(instance, c, error, error_size) != 0 ||
		find_retired(instance, c) != 0 || make_rings(instance, c, error, error_size) != 0 ||
		make_self_rings(instance, c, error, error_size) != 0 ||
		make_police(instance, c) != 0)
		return -1;
	choose_waiting(c);
	return 0;
}

void live_start_lanes(struct instance *instance)
{
	for (unsigned l = instance->change->first_lane; l < instance->plan->n_lcores; l++) {
		struct lane *lane = instance->lanes[l];
		int rc = lane->started ? 0 : lane_start(lane);

		if (rc != 0)
			log_error("no thread for the handlers of lane %u: %s", l, strerror(-rc));
	}
}

bool live_was_there(const struct live_change *change, const struct lane_handler *h)
{
	for (unsigned j = 0; j < change->n_handlers; j++) {
		if (change->handlers[j] == h)
			return true;
	}
	return false;
}

const char *live_waits_for(const struct live_change *change)
{
	for (unsigned i = 0; i < change->n_old; i++) {
		if (change->old[i].handler != NULL && !rte_ring_empty(change->old[i].ring.ring))
			return change->old[i].handler->handler->name;
	}
	return change->n_retired != 0 ? change->retired[0].handler->handler->name : "";
}

void live_free_old(struct instance *instance, struct live_change *change)
{
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		struct lane_handler *h = instance->handlers[i];
		int j = find_name(change->plan, &instance->plan->instances[i]);

		take_rings(h, h, change->self, change->n_self);
		if (j >= 0)
			take_rings(h, change->handlers[j], change->old, change->n_old);
		if (j >= 0 && change->handlers[j] != h)
			take_counts(h, change->handlers[j]);
	}
	live_ports_close(instance, change);
	destroy_rings(instance, change->old, change->n_old);
	destroy_rings(instance, change->self, change->n_self);
	for (unsigned i = 0; i < change->n_retired; i++)
		lane_handler_destroy(change->retired[i].handler);
	for (unsigned i = 0; i < change->n_police; i++)
		if (!is_police(instance, change->police[i]))
			rte_free(change->police[i]);
	live_tables_close(instance, change);
	free(change->pools);
	free(change->pool_kept);
	free(change->gates);
	free(change->rings);
	free(change->handlers);
	free(change->police);
	plugin_unload(change->plugins);
	plan_free((struct plan *)(uintptr_t)change->plan);
	conf_free(change->conf);
	live_change_free(change);
}
