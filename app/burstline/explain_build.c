/* SPDX-License-Identifier: BSD-3-Clause */
/* See explain_build.h. Called by explain.c. What it copies, lanes write meanwhile: a bucket may be
 * a burst old. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "explain.h"
#include "explain_build.h"
#include "instance.h"
#include "worker.h"

enum { MBUFS = 127, ROOM = 12 << 10 };

struct rte_mempool *explain_pool(void)
{
	struct rte_pktmbuf_pool_private private = {.mbuf_data_room_size = ROOM};
	struct rte_mempool *pool =
		rte_mempool_create_empty("explain", MBUFS, sizeof(struct rte_mbuf) + ROOM, 0,
			sizeof(private), SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);

	if (pool == NULL)
		return NULL;
	rte_pktmbuf_pool_init(pool, &private);
	if (rte_mempool_populate_anon(pool) != MBUFS) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

// An end, or NULL: there are too many.
static struct explain_end *add_end(struct explain_lane *e, enum explain_kind kind)
{
	struct explain_end *end = &e->end[e->n_ends];

	if (e->n_ends == EXPLAIN_ENDS)
		return NULL;
	e->n_ends++;
	*end = (struct explain_end){.kind = kind, .port = RTE_MBUF_PORT_INVALID};
	return end;
}

static void keep_octets(struct explain_end *end, const struct rte_mbuf *m)
{
	const void *octets;

	end->octets = malloc(m->pkt_len);
	if (end->octets == NULL)
		return;
	end->n = m->pkt_len;
	octets = rte_pktmbuf_read(m, 0, end->n, end->octets);
	if (octets != end->octets)
		memcpy(end->octets, octets, end->n);
}

// Where the driver would take them.
static uint16_t send(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct explain_lane *e = lane->explain;

	for (uint16_t i = 0; i < n; i++) {
		struct explain_end *end = add_end(e, EXPLAIN_SENT);

		if (end != NULL) {
			end->port = port;
			keep_octets(end, pkts[i]);
		}
	}
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static void discarded(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
	struct lane *lane = out->owner;
	struct explain_end *end = add_end(lane->explain, EXPLAIN_DROPPED);

	if (end == NULL)
		return;
	end->reason = reason;
	end->port = lane->egress;
}

static void hand(struct explain_lane *e, const struct rte_mbuf *m, const struct handler *handler,
	const struct plan_lcore *lcore)
{
	struct explain_end *end = add_end(e, EXPLAIN_HANDED);

	if (end == NULL)
		return;
	end->handler = handler;
	end->lcore = lcore;
	end->iface = frame_meta(m).iface;
	keep_octets(end, m);
}

// In place of a handler that runs in the worker.
static void inline_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct explain_lane *e = state;

	for (uint16_t i = 0; i < n; i++) {
		hand(e, pkts[i], e->handler->handler, NULL);
		out_consume(out, pkts[i]);
	}
}

void explain_lane_collect(struct explain_lane *e)
{
	for (unsigned t = 0; t < DISPATCH_TARGETS; t++) {
		struct explain_ring *r = &e->ring[t];
		void *item;

		while (r->ring != NULL && rte_ring_sc_dequeue(r->ring, &item) == 0) {
			if (item == NULL)
				continue; // stands for a frame that is in the live ring
			hand(e, item, r->live->handler->handler, r->lcore);
			rte_pktmbuf_free(item);
		}
	}
}

// As many places and as many of them taken as in the live ring.
static bool fill_ring(struct explain_ring *r, const struct rte_ring *live)
{
	unsigned n = rte_ring_count(live);
	ssize_t octets = rte_ring_get_memsize(rte_ring_get_size(live));

	r->ring = octets < 0 ? NULL
	                     : aligned_alloc(RTE_CACHE_LINE_SIZE,
				       RTE_ALIGN((size_t)octets, (size_t)RTE_CACHE_LINE_SIZE));
	if (r->ring == NULL || rte_ring_init(r->ring, "explain", rte_ring_get_size(live),
				       RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
		return false;
	while (n-- > 0)
		rte_ring_sp_enqueue(r->ring, NULL);
	return true;
}

// The ring behind a gate of the live lane: who takes from it.
static void find_consumer(
	struct explain_ring *r, const struct instance *instance, const struct gate *gate)
{
	const struct view *view = instance->view;

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		for (unsigned i = 0; i < HANDOFF_MAX_RINGS; i++) {
			const struct view_in *in = &view->lane[l]->in[i];

			if (in->gate != gate)
				continue;
			r->live = in;
			r->lcore = &instance->plan->lcores[l];
		}
	}
}

// What happens to the frame's class, on copies. False: no memory.
static bool copy_action(struct explain_lane *e, const struct instance *instance)
{
	struct dispatch_action *a = &e->view_lane.dispatch.action[e->class];

	if (a->police != NULL) {
		e->police = *a->police;
		a->police = &e->police;
	}
	if (a->kind == DISPATCH_INLINE) {
		e->handler = (const void *)((const char *)a->counts -
					    offsetof(struct lane_handler, counts));
		a->counts = &e->counts;
		a->burst = inline_burst;
		a->state = e;
	}
	for (unsigned t = 0; a->kind == DISPATCH_RING && t < a->n_targets; t++) {
		struct explain_ring *r = &e->ring[t];
		const struct gate *live = a->target[t];

		find_consumer(r, instance, live);
		if (r->live == NULL || !fill_ring(r, live->handoff.ring))
			return false;
		r->gate = *live;
		r->gate.handoff = (struct handoff){r->ring, &r->pending, 1};
		a->target[t] = &r->gate;
	}
	return true;
}

// The bridge of the port, on copies. False: no memory.
static bool copy_bridge(struct explain_lane *e, const struct lane *live, uint16_t port,
	const struct rte_mbuf *m, const uint8_t *frame)
{
	const struct bridge *bridge = e->rxq.bridge;

	if (bridge == NULL)
		return true;
	e->bridge = bridge_scratch(bridge, port, frame, m->pkt_len, &e->glance);
	if (e->bridge == NULL)
		return false;
	e->bridge_lane = *live->bridge[bridge->id];
	e->bridge_lane.events = &e->bridge_events;
	e->bridge_lane.vlan = e->vlans;
	e->lane.bridge[bridge->id] = &e->bridge_lane;
	e->view.bridge[bridge->id] = e->bridge;
	e->rxq.bridge = e->bridge;
	return true;
}

// The driver's place is taken by send(), also where the frame would first go to another lane.
static void copy_exits(struct explain_lane *e)
{
	for (unsigned p = 0; p < OUT_PORTS; p++) {
		struct view_port *port = &e->view.port[p];

		port->capture = false;
		e->view_lane.direct[p] = -1;
		if (e->view_lane.tx_ring[p].ring != NULL)
			e->view_lane.txq[p] = 0;
		e->view_lane.tx_ring[p] = (struct handoff){NULL, NULL, 0};
	}
}

static void copy_lane(struct explain_lane *e, const struct instance *instance,
	struct rte_mempool *pool, unsigned l)
{
	const struct view *live = instance->view;
	struct lane *lane = &e->lane;

	e->view = *live;
	e->view.capture = NULL;
	e->view_lane = *live->lane[l];
	e->view_lane.dispatch.unknown = e->unknown;
	e->view_lane.dispatch.known = &lane->known;
	e->view_lane.bridge_pool = pool;
	e->view.lane[l] = &e->view_lane;
	e->ops = worker_out_ops;
	e->ops.discarded = discarded;
	lane->instance = instance;
	lane->view = &e->view;
	lane->view_lane = &e->view_lane;
	lane->id = l;
	lane->role = PLAN_WORKER;
	lane->egress = RTE_MBUF_PORT_INVALID;
	lane->explain = e;
	lane->send = send;
	lane->seconds = instance->lanes[l]->seconds;
	lane->out = (struct out){
		.ops = &e->ops, .owner = lane, .ledger = &lane->ledger, .done_limit = 1};
}

static const struct view_rxq *find_queue(
	const struct instance *instance, const struct port *port, unsigned *lane)
{
	const struct view *view = instance->view;

	for (unsigned l = 0; view != NULL && l < instance->plan->n_lcores; l++) {
		for (unsigned q = 0; q < view->lane[l]->n_rxq; q++) {
			*lane = l;
			if (view->lane[l]->rxq[q].port == port->id)
				return &view->lane[l]->rxq[q];
		}
	}
	return NULL;
}

struct explain_lane *explain_lane_create(const struct instance *instance, struct rte_mempool *pool,
	const struct port *port, struct rte_mbuf *m, const uint8_t *frame, char *error,
	size_t error_size)
{
	struct explain_lane *e;
	const struct view_rxq *q;
	struct classified c;
	unsigned l = 0;

	q = find_queue(instance, port, &l);
	if (q == NULL) {
		snprintf(error, error_size,
			"nothing is received from port %s now: it is down or its device is gone",
			port->conf->name);
		return NULL;
	}
	snprintf(error, error_size, "no memory to explain a frame");
	e = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN(sizeof(*e), (size_t)RTE_CACHE_LINE_SIZE));
	if (e == NULL)
		return NULL;
	memset(e, 0, sizeof(*e));
	copy_lane(e, instance, pool, l);
	copy_exits(e);
	e->rxq = *q;
	classify_burst(e->view.classifier, &m, 1, false, &c);
	e->class = classified_class(&c, 0);
	if (copy_bridge(e, instance->lanes[l], port->id, m, frame) && copy_action(e, instance)) {
		e->lane.now_tsc = rte_rdtsc(); // not before a bucket's last use
		return e;
	}
	explain_lane_free(e);
	return NULL;
}

void explain_lane_free(struct explain_lane *e)
{
	for (unsigned i = 0; i < e->n_ends; i++)
		free(e->end[i].octets);
	for (unsigned t = 0; t < DISPATCH_TARGETS; t++)
		free(e->ring[t].ring);
	free(e->bridge);
	free(e);
}
