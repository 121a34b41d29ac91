/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_rings.h. Called by live_change.c, live_handlers.c and live.c while telemetry waits. No
 * lane sees anything of it before a view.
 */

#include <stdio.h>
#include <stdlib.h>

#include <rte_malloc.h>

#include "lane_build.h"
#include "live_handlers.h"
#include "live_rings.h"

enum { SELF_SLOTS = 1024 };

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

static int make_planned(
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

		if (p->place != CONF_PLACE_INLINE || live_handlers_had(c, instance->handlers[i]))
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

int live_rings_make(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	if (make_planned(instance, c, error, error_size) != 0 ||
		make_self_rings(instance, c, error, error_size) != 0)
		return -1;
	choose_waiting(c);
	return 0;
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
static void undo_planned(struct instance *instance, const struct live_change *c)
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

static void free_lists(struct live_change *c)
{
	free(c->old);
	free(c->fresh);
	free(c->self);
}

void live_rings_undo(struct instance *instance, struct live_change *c)
{
	destroy_rings(instance, c->self, c->n_self);
	undo_planned(instance, c);
	free(instance->gates);
	free(instance->rings);
	free_lists(c);
}

void live_rings_count(struct lane_handler *to, const struct lane_handler *from,
	const struct live_ring *rings, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (rings[i].gate != NULL && rings[i].handler == from)
			gate_add(&to->gone, rings[i].gate);
}

const char *live_rings_awaited(const struct live_change *c)
{
	for (unsigned i = 0; i < c->n_old; i++) {
		if (c->old[i].handler != NULL && !rte_ring_empty(c->old[i].ring.ring))
			return c->old[i].handler->handler->name;
	}
	return c->n_retired != 0 ? c->retired[0].handler->handler->name : "";
}

bool live_rings_empty(const struct live_change *c)
{
	for (unsigned i = 0; i < c->n_old; i++) {
		if (!rte_ring_empty(c->old[i].ring.ring))
			return false;
	}
	return true;
}

void live_rings_close(struct instance *instance, struct live_change *c)
{
	destroy_rings(instance, c->old, c->n_old);
	destroy_rings(instance, c->self, c->n_self);
	free(c->gates);
	free(c->rings);
	free_lists(c);
}
