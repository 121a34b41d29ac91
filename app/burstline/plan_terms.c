/* SPDX-License-Identifier: BSD-3-Clause */
/* See plan_terms.h. Called by plan_pools.c; decides nothing: sizes are that one's. */

#include "plan_terms.h"

#include <stdarg.h>
#include <stdio.h>

#include <rte_mbuf_core.h>

static int term(struct draft *d, struct plan_pool *pool, uint64_t count, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int term(struct draft *d, struct plan_pool *pool, uint64_t count, const char *fmt, ...)
{
	struct plan_term *t;
	va_list ap;

	if (count == 0)
		return 0;
	t = draft_push(d, &pool->terms, &pool->n_terms, sizeof(*t));
	if (!t)
		return -1;
	va_start(ap, fmt);
	vsnprintf(t->what, sizeof(t->what), fmt, ap);
	va_end(ap);
	t->count = count;
	return 0;
}

uint64_t terms_sum(const struct plan_pool *pool)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < pool->n_terms; i++)
		n += pool->terms[i].count;
	return n;
}

/** Who may put mbufs of this pool into a ring. */
static bool may_send(const struct plan_pool *pool, enum plan_role role)
{
	if (!pool->control)
		return true;
	return pool->own ? role == PLAN_OWN : role == PLAN_CONTROL || role == PLAN_HANDLER;
}

/** Rings that can hold mbufs of this pool: of `kind`. */
static uint64_t ring_room(
	const struct plan *p, enum plan_ring_kind kind, const struct plan_pool *pool, unsigned *n)
{
	uint64_t room = 0;

	*n = 0;
	for (unsigned i = 0; i < p->n_rings; i++) {
		const struct plan_ring *r = &p->rings[i];

		if (r->kind == kind && may_send(pool, p->lcores[r->producer].role)) {
			room += r->slots - 1;
			(*n)++;
		}
	}
	return room;
}

/** Frames of any pool may leave on any port; net_af_xdp copies those that are not of its own. */
static uint64_t tx_descriptors(const struct draft *d, const struct plan_pool *pool)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < d->plan->n_ports; i++)
		if (d->holds_tx[i] && (pool->umem || !d->plan->ports[i].umem))
			n += (uint64_t)d->plan->ports[i].n_txq * d->plan->ports[i].tx_descriptors;
	return n;
}

/** " x 5", or nothing for one. */
static void times(char *text, size_t size, unsigned n)
{
	text[0] = '\0';
	if (n > 1)
		snprintf(text, size, " x %u", n);
}

static int ring_terms(struct draft *d, struct plan_pool *pool)
{
	static const char *const what[] = {
		"for handlers", "to TX owners", "for a second dispatch", "of finished mbufs"};
	char each[24];

	times(each, sizeof(each), pool->segs);

	for (unsigned kind = PLAN_RING_HANDLER; kind <= PLAN_RING_DONE; kind++) {
		unsigned n;
		uint64_t room = ring_room(d->plan, kind, pool, &n);

		if (term(d, pool, room * pool->segs, "%u ring%s %s, slots - 1 each%s", n,
			    n == 1 ? "" : "s", what[kind], each) < 0)
			return -1;
	}
	return 0;
}

/** Frames that handlers may keep, but for those in the neighbour table. */
static uint64_t kept(const struct plan *p)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < p->n_instances; i++)
		if (p->instances[i].handler->keep_max != HANDLER_KEEP_SHARED)
			n += p->instances[i].handler->keep_max;
	return n;
}

static int common_terms(struct draft *d, struct plan_pool *pool, unsigned lcores)
{
	const struct plan *p = d->plan;
	uint64_t hand = (uint64_t)PLAN_BURST * (1 + p->n_ports) * p->n_lcores * pool->segs;
	char each[24];

	times(each, sizeof(each), pool->segs);

	if (term(d, pool, tx_descriptors(d, pool), "TX descriptors, all ports") < 0 ||
		ring_terms(d, pool) < 0 ||
		term(d, pool, (uint64_t)lcores * pool->cache * 3 / 2,
			"pool caches, %u lcore%s x %u x 1.5", lcores, lcores == 1 ? "" : "s",
			pool->cache) < 0 ||
		term(d, pool, hand, "bursts in hand, %u lcores x %d x (1 + %u ports)%s",
			p->n_lcores, PLAN_BURST, p->n_ports, each) < 0)
		return -1;
	if (term(d, pool, kept(p) * pool->segs, "kept by handlers%s", each) < 0)
		return -1;
	return term(d, pool, p->n_instances ? PLAN_HELD * pool->segs : 0,
		"held for unresolved neighbours%s", each);
}

unsigned terms_mbufs(unsigned frame_room, unsigned room)
{
	unsigned data = frame_room - RTE_PKTMBUF_HEADROOM, each = room - RTE_PKTMBUF_HEADROOM;

	return (data + each - 1) / each;
}

/** Mbufs of this pool that a copy of the longest frame of any port takes. */
static unsigned copy_mbufs(const struct draft *d, const struct plan_pool *pool)
{
	unsigned n = 1;

	for (unsigned i = 0; i < d->plan->n_ports; i++) {
		unsigned mine = terms_mbufs(d->rooms[i], pool->data_room);

		n = mine > n ? mine : n;
	}
	return n;
}

/** Mbufs that a received frame of any port takes at most. */
static unsigned longest_chain(const struct draft *d)
{
	unsigned n = 1;

	for (unsigned i = 0; i < d->plan->n_ports; i++)
		n = d->plan->ports[i].rx_segs > n ? d->plan->ports[i].rx_segs : n;
	return n;
}

/** Whether a port sends frames with tags of its own: a member of a VLAN-aware bridge. */
static bool changes_tags(const struct draft *d, unsigned port)
{
	for (unsigned b = 0; b < d->conf->n_bridges; b++)
		for (unsigned m = 0; m < d->conf->bridges[b].n_members; m++)
			if (d->conf->bridges[b].members[m].port == port)
				return d->conf->bridges[b].vlan_aware;
	return false;
}

/**
 * What bridges take besides: a flooded frame that leaves with other tags is a header and an
 * indirect mbuf for each segment of the octets that all share, so two or more wherever one frame
 * can be. Workers take them from the pools for received frames, the others from `self`: that one
 * need not fill the rings with floods of ours, for when it is empty nobody else's frames are lost.
 */
static int flood_terms(struct draft *d, struct plan_pool *pool, unsigned lcores)
{
	const struct plan *p = d->plan;
	unsigned n_flat = 0, n_tags = 0;
	uint64_t descriptors = 0, rings = 0;
	unsigned chain = 1 + longest_chain(d), copy = copy_mbufs(d, pool);
	char each[24];

	for (unsigned b = 0; b < d->conf->n_bridges; b++)
		*(d->conf->bridges[b].vlan_aware ? &n_tags : &n_flat) +=
			d->conf->bridges[b].n_members;
	for (unsigned i = 0; i < p->n_ports; i++)
		if (changes_tags(d, i) && d->holds_tx[i] && !p->ports[i].linear)
			descriptors += (uint64_t)p->ports[i].n_txq * p->ports[i].tx_descriptors;
	for (unsigned i = 0; i < p->n_rings; i++) {
		const struct plan_ring *r = &p->rings[i];

		if (!pool->control && r->kind == PLAN_RING_TX && changes_tags(d, r->port) &&
			p->lcores[r->producer].role == PLAN_WORKER)
			rings += (uint64_t)chain * (r->slots - 1);
	}
	times(each, sizeof(each), copy);
	if (term(d, pool, (uint64_t)lcores * PLAN_BURST * n_flat * copy,
		    "floods, %u lcore%s x %d x %u members%s: copies", lcores,
		    lcores == 1 ? "" : "s", PLAN_BURST, n_flat, each) < 0 ||
		term(d, pool, (uint64_t)lcores * PLAN_BURST * n_tags * chain,
			"floods, %u lcore%s x %d x %u members x %u: chains", lcores,
			lcores == 1 ? "" : "s", PLAN_BURST, n_tags, chain) < 0 ||
		term(d, pool, descriptors, "second mbufs of chains on TX descriptors") < 0)
		return -1;
	return term(d, pool, rings, "chains in rings to TX owners, (slots - 1) x %u", chain);
}

int terms_of_port(struct draft *d, unsigned i)
{
	const struct plan_port *port = &d->plan->ports[i];
	const char *name = d->conf->ports[port->conf].name;
	struct plan_pool *pool = &d->plan->pools[port->pool];

	if (d->holds_rx[i] && term(d, pool, (uint64_t)port->n_rxq * port->rx_descriptors,
				      "RX descriptors of %s, %u x %u", name, port->n_rxq,
				      port->rx_descriptors) < 0)
		return -1;
	if (term(d, pool, port->kept, "fill rings of %s, %u x %u", name, port->n_rxq,
		    port->n_rxq ? port->kept / port->n_rxq : 0) < 0 ||
		term(d, pool, d->kept_tx[i], "completion rings of %s", name) < 0)
		return -1;
	return term(d, pool, d->kept[i], "frames that %s keeps (rx_pcap)", name);
}

int terms_shared(struct draft *d, struct plan_pool *pool, unsigned caches, unsigned flooders)
{
	if (common_terms(d, pool, caches) < 0)
		return -1;
	return flood_terms(d, pool, flooders);
}
