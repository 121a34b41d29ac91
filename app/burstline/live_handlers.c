/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_handlers.h. Called by live_change.c and live.c while telemetry waits; decides what goes
 * over and what is replaced, but not when. No lane sees anything of it before a view.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "bridge_build.h"
#include "lane_build.h"
#include "live_handlers.h"
#include "live_rings.h"

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

// The one whose police it takes over.
static int find_name(const struct plan *old, const struct plan_instance *n)
{
	for (unsigned j = 0; j < old->n_instances; j++) {
		const struct plan_instance *o = &old->instances[j];

		if (strcmp(o->handler->name, n->handler->name) == 0 && o->instance == n->instance)
			return (int)j;
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

// Who takes over what an old instance counted: the same of its handler's, or the first when there
// are fewer now. NULL: the handler is gone.
static struct lane_handler *heir_of(const struct instance *instance, const struct plan_instance *o)
{
	struct lane_handler *first = NULL;

	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct plan_instance *n = &instance->plan->instances[i];

		if (strcmp(o->handler->name, n->handler->name) != 0)
			continue;
		if (o->instance == n->instance)
			return instance->handlers[i];
		if (first == NULL)
			first = instance->handlers[i];
	}
	return first;
}

static void take_counts(struct lane_handler *to, const struct lane_handler *from)
{
#define X(field, help) to->before.field += from->counts.field + from->before.field;
	HANDLER_FIELDS(X)
#undef X
	gate_add(&to->gone, &from->gone);
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

void live_handlers_undo(struct instance *instance, struct live_change *c)
{
	const struct plan *plan = instance->plan;

	for (unsigned i = 0; instance->police != NULL && i < plan->n_instances * plan->n_lcores;
		i++)
		if (!is_old_police(c, instance->police[i]))
			rte_free(instance->police[i]);
	for (unsigned i = 0; instance->handlers != NULL && i < plan->n_instances; i++)
		if (instance->handlers[i] != NULL && !live_handlers_had(c, instance->handlers[i]))
			lane_handler_destroy(instance->handlers[i]);
	for (unsigned l = c->first_lane; l < plan->n_lcores; l++) {
		if (instance->lanes[l] != NULL)
			lane_stop(instance->lanes[l], UINT_MAX); // it has nothing to do yet
		lane_destroy(instance, l);
	}
	free(instance->police);
	free(instance->handlers);
	free(c->retired);
}

int live_handlers_make(
	struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	if (make_lanes(instance, c) != 0 || make_handlers(instance, c, error, error_size) != 0 ||
		find_retired(instance, c) != 0)
		return -1;
	return make_police(instance, c);
}

int live_handlers_start(
	struct instance *instance, const struct live_change *c, char *error, size_t error_size)
{
	for (unsigned l = c->first_lane; l < instance->plan->n_lcores; l++) {
		int rc = lane_start(instance->lanes[l]);

		if (rc == 0)
			continue;
		snprintf(error, error_size,
			"no thread can be made for a handler: %s: let this user and its control "
			"group have more of them (ulimit -u, pids.max); nothing was changed",
			strerror(-rc));
		return -1;
	}
	return 0;
}

bool live_handlers_had(const struct live_change *c, const struct lane_handler *h)
{
	for (unsigned j = 0; j < c->n_handlers; j++) {
		if (c->handlers[j] == h)
			return true;
	}
	return false;
}

void live_handlers_close(struct instance *instance, struct live_change *c)
{
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		struct lane_handler *h = instance->handlers[i];

		live_rings_count(h, h, c->self, c->n_self);
	}
	for (unsigned j = 0; j < c->n_handlers; j++) {
		struct lane_handler *h = heir_of(instance, &c->plan->instances[j]);

		if (h != NULL)
			live_rings_count(h, c->handlers[j], c->old, c->n_old);
		if (h != NULL && c->handlers[j] != h)
			take_counts(h, c->handlers[j]);
	}
	for (unsigned i = 0; i < c->n_retired; i++)
		lane_handler_destroy(c->retired[i].handler);
	for (unsigned i = 0; i < c->n_police; i++)
		if (!is_police(instance, c->police[i]))
			rte_free(c->police[i]);
	free(c->police);
	free(c->handlers);
	free(c->retired);
}
