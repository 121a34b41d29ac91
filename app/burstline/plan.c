/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: configuration and topology in, lcores, queues, rings and pools out. Called by main
 * before anything is started, and by --plan for any machine. Pure: must not touch EAL, files or
 * devices. The steps are in plan_lcores.c, plan_handlers.c, plan_ports.c, plan_bridges.c,
 * plan_tags.c, plan_rings.c, plan_rooms.c, plan_pools.c and plan_memory.c; here is their order and
 * what they share.
 */

#include "plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_draft.h"

int draft_fail(struct draft *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->error, d->error_size, fmt, ap);
	va_end(ap);
	return -1;
}

void *draft_push(struct draft *d, void *array, unsigned *n, size_t size)
{
	void *grown;

	memcpy(&grown, array, sizeof(grown)); // any pointer type: no access as void **
	grown = realloc(grown, (*n + 1) * size);
	if (!grown) {
		draft_fail(d, "out of memory");
		return NULL;
	}
	memcpy(array, &grown, sizeof(grown));
	return memset((char *)grown + size * (*n)++, 0, size);
}

int draft_note(struct draft *d, const char *fmt, ...)
{
	char *text = draft_push(d, &d->plan->notes, &d->plan->n_notes, PLAN_NOTE_MAX);
	va_list ap;

	if (!text)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, PLAN_NOTE_MAX, fmt, ap);
	va_end(ap);
	return 0;
}

int draft_warn(struct draft *d, enum plan_topic topic, const char *fmt, ...)
{
	struct plan_warning *w =
		draft_push(d, &d->plan->warnings, &d->plan->n_warnings, sizeof(*w));
	va_list ap;

	if (!w)
		return -1;
	w->topic = topic;
	va_start(ap, fmt);
	vsnprintf(w->what, sizeof(w->what), fmt, ap);
	va_end(ap);
	return 0;
}

void draft_mend(struct draft *d, const char *fmt, ...)
{
	struct plan_warning *w = &d->plan->warnings[d->plan->n_warnings - 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->mend, sizeof(w->mend), fmt, ap);
	va_end(ap);
}

const char *plan_sentence(const struct plan_warning *warning, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", warning->what, warning->mend[0] != '\0' ? ": " : "",
		warning->mend);
	return text;
}

unsigned draft_distance(const struct draft *d, unsigned from, unsigned to)
{
	const struct topology_node *node = topology_node(d->topology, from);

	if (from == to || !node || to >= TOPOLOGY_MAX_NODES || node->distance[to] == 0)
		return 10;
	return node->distance[to];
}

unsigned draft_memory_node(const struct draft *d, unsigned node)
{
	const struct topology *t = d->topology;
	const struct topology_node *own = topology_node(t, node), *best = NULL;

	if (own && own->memory_allowed)
		return node;
	for (unsigned i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].memory_allowed &&
			(!best || draft_distance(d, node, t->nodes[i].node) <
					  draft_distance(d, node, best->node)))
			best = &t->nodes[i];
	return best ? best->node : node;
}

static int make(struct draft *d, struct plan **plan)
{
	*plan = NULL;
	d->error[0] = '\0';
	d->plan = calloc(1, sizeof(*d->plan));
	if (!d->plan)
		return draft_fail(d, "out of memory");
	d->plan->conf = d->conf;
	if (draft_lcores(d) < 0 || draft_handlers(d) < 0 || draft_share(d) < 0 ||
		draft_ports(d) < 0 || draft_bridges(d) < 0 || draft_tags(d) < 0 ||
		draft_rings(d) < 0 || draft_rooms(d) < 0 || draft_memory(d) < 0) {
		plan_free(d->plan);
		return -1;
	}
	*plan = d->plan;
	return 0;
}

int plan_make(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, struct plan **plan, char *error, size_t error_size)
{
	struct draft d = {.conf = conf,
		.topology = topology,
		.table = table,
		.error = error,
		.error_size = error_size};

	return make(&d, plan);
}

int plan_change(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *running, struct plan **plan,
	char *error, size_t error_size)
{
	struct draft d = {.conf = conf,
		.topology = topology,
		.table = table,
		.running = running,
		.error = error,
		.error_size = error_size};

	return make(&d, plan);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (unsigned i = 0; i < plan->n_pools; i++)
		free(plan->pools[i].terms);
	free(plan->nodes);
	free(plan->lcores);
	free(plan->ports);
	free(plan->bridges);
	free(plan->instances);
	free(plan->rings);
	free(plan->pools);
	free(plan->notes);
	free(plan->warnings);
	free(plan);
}
