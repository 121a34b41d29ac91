/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): the rings between lcores, one for each producer and consumer. Frames for a
 * handler elsewhere, frames for a TX queue of another lcore, and finished mbufs of those that must
 * not touch a pool.
 */

#include <stdio.h>

#include "plan_draft.h"

#include <rte_ring_core.h>

enum {
	TX_SLOTS = 1024, // a worker's or handler lcore's: as many as a handler ring
	/*
	 * Control answers up to what the police lets through at once, 256 ARP requests, while the
	 * worker that sends naps.
	 */
	CONTROL_TX_SLOTS = 512,
	/*
	 * Finished mbufs must not get lost: what does not fit stays in the producer's own vector,
	 * and it takes no more frames in until that is empty. So the size only decides how often
	 * this happens.
	 */
	DONE_SLOTS = 512,
	LOCAL_SLOTS = 512
};

static struct plan_ring *add_ring(struct draft *d, enum plan_ring_kind kind, unsigned producer,
	unsigned consumer, unsigned slots)
{
	struct plan *p = d->plan;
	struct plan_ring *r = draft_push(d, &p->rings, &p->n_rings, sizeof(*r));

	if (!r)
		return NULL;
	r->kind = kind;
	r->producer = producer;
	r->consumer = consumer;
	r->slots = slots;
	r->node = draft_memory_node(d, p->lcores[consumer].node);
	p->ring_bytes += sizeof(struct rte_ring) + slots * sizeof(void *);
	return r;
}

static int handler_rings(struct draft *d)
{
	for (unsigned i = 0; i < d->plan->n_instances; i++) {
		const struct plan_instance *instance = &d->plan->instances[i];

		for (unsigned w = 1; w <= d->n_workers; w++) {
			struct plan_ring *r;

			if (instance->place == CONF_PLACE_INLINE)
				break;
			r = add_ring(d, PLAN_RING_HANDLER, w, instance->lcore, instance->ring);
			if (!r)
				return -1;
			r->instance = i;
			snprintf(r->name, sizeof(r->name), "h%u-l%u", i, w);
		}
	}
	return 0;
}

static bool owns_tx(const struct plan_port *port, unsigned lcore)
{
	for (unsigned q = 0; q < port->n_txq; q++)
		if (port->txq[q].lcore == lcore)
			return true;
	return false;
}

static bool polls(const struct plan_port *port, unsigned lcore)
{
	for (unsigned q = 0; q < port->n_rxq; q++)
		if (port->rxq[q].lcore == lcore)
			return true;
	return false;
}

/** The producers take turns over the owners that poll the port too: these are first. */
static unsigned tx_owner(const struct plan_port *port, unsigned turn)
{
	unsigned n = 1;

	while (n < port->n_txq && polls(port, port->txq[n].lcore))
		n++;
	return port->txq[turn % n].lcore;
}

static int port_rings(struct draft *d, unsigned port)
{
	const struct plan *p = d->plan;
	const struct plan_port *pp = &p->ports[port];
	unsigned turn = 0, far = 0, last = 0;

	for (unsigned l = 0; l < p->n_lcores; l++) {
		struct plan_ring *r;
		bool worker = p->lcores[l].role == PLAN_WORKER;

		if (owns_tx(pp, l))
			continue;
		r = add_ring(d, PLAN_RING_TX, l, tx_owner(pp, turn++),
			p->lcores[l].role == PLAN_CONTROL ? CONTROL_TX_SLOTS : TX_SLOTS);
		if (!r)
			return -1;
		r->port = port;
		snprintf(r->name, sizeof(r->name), "tx%u-l%u", port, l);
		far += worker;
		last = worker ? l : last;
	}
	if (far == 0)
		return 0;
	return draft_note(d,
		"port %s has %u TX queue%s: frames of %u worker%s (%sCPU %u) go by ring to an "
		"owner, "
		"about 20 to 70 cycles a frame more, and one more place to drop",
		d->conf->ports[pp->conf].name, pp->n_txq, pp->n_txq == 1 ? "" : "s", far,
		far == 1 ? "" : "s", far == 1 ? "" : "the last on ", p->lcores[last].cpu);
}

/** The nearest worker; of several, the one that frees for the fewest others. */
static unsigned freeing_worker(const struct draft *d, unsigned producer, const unsigned *served)
{
	const struct plan_lcore *l = d->plan->lcores;
	unsigned best = 1;

	for (unsigned w = 2; w <= d->n_workers; w++) {
		unsigned a = draft_distance(d, l[producer].node, l[w].node);
		unsigned b = draft_distance(d, l[producer].node, l[best].node);

		if (a < b || (a == b && served[w] < served[best]))
			best = w;
	}
	return best;
}

static bool asks_for_dispatch(const struct plan *p, unsigned lcore)
{
	for (unsigned i = 0; i < p->n_instances; i++)
		if (p->instances[i].lcore == lcore && p->instances[i].handler->local)
			return true;
	return false;
}

/** Rings of the lcores that cannot do it themselves: to dispatch a second time, and to free. */
static int worker_rings(struct draft *d)
{
	unsigned served[PLAN_MAX_LCORES] = {0};

	for (unsigned l = 0; l < d->plan->n_lcores; l++) {
		struct plan_ring *r;
		unsigned to;

		if (d->plan->lcores[l].role == PLAN_WORKER)
			continue;
		to = freeing_worker(d, l, served);
		served[to]++;
		r = add_ring(d, PLAN_RING_DONE, l, to, DONE_SLOTS);
		if (!r)
			return -1;
		snprintf(r->name, sizeof(r->name), "done-l%u", l);
		if (!asks_for_dispatch(d->plan, l))
			continue;
		r = add_ring(d, PLAN_RING_LOCAL, l, to, LOCAL_SLOTS);
		if (!r)
			return -1;
		snprintf(r->name, sizeof(r->name), "local-l%u", l);
	}
	return 0;
}

int draft_rings(struct draft *d)
{
	if (handler_rings(d) < 0)
		return -1;
	for (unsigned i = 0; i < d->plan->n_ports; i++)
		if (port_rings(d, i) < 0)
			return -1;
	return worker_rings(d);
}
