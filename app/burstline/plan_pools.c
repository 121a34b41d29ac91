/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): pools of mbufs by arithmetic that the reader can follow, and the memory
 * they take. A pool holds every mbuf that can be somewhere else at the same time; one too few
 * looks like an idle port.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "plan_draft.h"

#include <rte_mbuf_core.h>

enum {
	CACHE = 256,     // of each worker, in pools for received frames
	SELF_CACHE = 32, // control makes few frames
	SELF_ROOM = DRIVER_MIN_ROOM + RTE_PKTMBUF_HEADROOM
};

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

static uint64_t sum(const struct plan_pool *pool)
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

/** Mbufs of this room that a frame takes. */
static unsigned mbufs_of(unsigned frame_room, unsigned room)
{
	unsigned data = frame_room - RTE_PKTMBUF_HEADROOM, each = room - RTE_PKTMBUF_HEADROOM;

	return (data + each - 1) / each;
}

/** Mbufs of this pool that a copy of the longest frame of any port takes. */
static unsigned copy_mbufs(const struct draft *d, const struct plan_pool *pool)
{
	unsigned n = 1;

	for (unsigned i = 0; i < d->plan->n_ports; i++) {
		unsigned mine = mbufs_of(d->rooms[i], pool->data_room);

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
 * can be. Workers
 * take them from the pools for received frames, the others from `self`: that one need not fill the
 * rings with floods of ours, for when it is empty nobody else's frames are lost.
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

/** All but one of 2^k: the ring inside the pool is then just full. */
static unsigned optimal(uint64_t n)
{
	uint64_t size = 1;

	while (size - 1 < n)
		size <<= 1;
	return size - 1 > UINT32_MAX ? UINT32_MAX : (unsigned)(size - 1);
}

/** What one port takes of its pool for itself. */
static uint64_t port_needs(const struct draft *d, unsigned i)
{
	const struct plan_port *port = &d->plan->ports[i];
	uint64_t rx = d->holds_rx[i] ? (uint64_t)port->n_rxq * port->rx_descriptors : 0;

	return rx + port->kept + d->kept_tx[i] + d->kept[i];
}

/** A pool that runs; else one that is new, or the place of one that was freed. */
static bool runs(const struct draft *d, unsigned i)
{
	return d->running && i < d->running->n_pools && d->running->pools[i].n != 0;
}

/** A place that none has taken. */
static bool is_free(const struct plan_pool *pool)
{
	return pool->data_room == 0;
}

/** May the port take its mbufs from there? A pool that runs has the size that it has; whoever
 *  chose that size is warned only. What the kernel maps keeps mbufs of a port that goes: one that
 *  comes gets a pool that can go with it. */
static bool suits(const struct draft *d, const struct plan_pool *pool, unsigned port, unsigned node,
	unsigned room)
{
	unsigned index = (unsigned)(pool - d->plan->pools);

	if (pool->control || pool->node != node || pool->data_room != room ||
		pool->umem != d->plan->ports[port].umem)
		return false;
	if (!runs(d, index))
		return true;
	return !pool->umem &&
	       (d->conf->memory.mbufs != 0 || sum(pool) + port_needs(d, port) <= pool->n);
}

static struct plan_pool *find_pool(struct draft *d, unsigned port, unsigned node, unsigned room)
{
	struct plan *p = d->plan;
	bool umem = p->ports[port].umem;
	struct plan_pool *pool = NULL;

	for (unsigned i = 0; i < p->n_pools; i++)
		if (suits(d, &p->pools[i], port, node, room))
			return &p->pools[i];
	for (unsigned i = 0; i < p->n_pools && !pool; i++)
		if (is_free(&p->pools[i]))
			pool = &p->pools[i];
	if (!pool)
		pool = draft_push(d, &p->pools, &p->n_pools, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->node = node;
	pool->data_room = room;
	pool->cache = CACHE;
	pool->segs = 1;
	pool->umem = umem;
	snprintf(pool->name, sizeof(pool->name), "%s-n%u-%u", umem ? "xdp" : "rx", node, room);
	if (d->running) // there may be one that is too small
		snprintf(pool->name, sizeof(pool->name), "%s-n%u-%u.%u", umem ? "xdp" : "rx", node,
			room, (unsigned)(pool - p->pools));
	return pool;
}

static int port_terms(struct draft *d, unsigned i)
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

/** A port that goes on in its pool. */
static bool keeps_pool(const struct draft *d, unsigned i, unsigned node, unsigned room)
{
	const struct plan_pool *pool;

	if (!d->was[i])
		return false;
	pool = &d->plan->pools[d->was[i]->pool];
	return pool->node == node && pool->data_room == room &&
	       pool->umem == d->plan->ports[i].umem;
}

/** Those that keep theirs, or the others. */
static int assign_pools(struct draft *d, bool keepers)
{
	struct plan *p = d->plan;

	for (unsigned i = 0; i < p->n_ports; i++) {
		unsigned node = draft_memory_node(d, p->ports[i].node);
		bool chain = d->chain && d->can_chain[i];
		unsigned room = chain ? DRIVER_MIN_ROOM + RTE_PKTMBUF_HEADROOM : d->rooms[i];
		struct plan_pool *pool;

		if (keeps_pool(d, i, node, room) != keepers)
			continue;
		pool = keepers ? &p->pools[d->was[i]->pool] : find_pool(d, i, node, room);
		if (!pool)
			return -1;
		p->ports[i].pool = pool - p->pools;
		p->ports[i].rx_segs = mbufs_of(d->rooms[i], room);
		if (p->ports[i].rx_segs > pool->segs)
			pool->segs = p->ports[i].rx_segs;
		if (node != p->ports[i].node &&
			draft_warn(d, PLAN_NUMA,
				"port %s is on node %u, where this process gets no memory: its "
				"mbufs "
				"are on node %u (distance %u)",
				d->conf->ports[i].name, p->ports[i].node, node,
				draft_distance(d, p->ports[i].node, node)) < 0)
			return -1;
		if (port_terms(d, i) < 0)
			return -1;
	}
	return 0;
}

/** Of those that run, or of the others. */
static int shared_terms(struct draft *d, bool running)
{
	struct plan *p = d->plan;

	for (unsigned i = 0; i < p->n_pools; i++)
		if (!p->pools[i].control && !is_free(&p->pools[i]) && runs(d, i) == running &&
			(common_terms(d, &p->pools[i], d->n_workers) < 0 ||
				flood_terms(d, &p->pools[i], d->n_workers) < 0))
			return -1;
	return 0;
}

/** All pools of `running`, in their places, before those that are new. */
static int keep_pools(struct draft *d)
{
	for (unsigned i = 0; d->running && i < d->running->n_pools; i++) {
		struct plan_pool *pool =
			draft_push(d, &d->plan->pools, &d->plan->n_pools, sizeof(*pool));

		if (!pool)
			return -1;
		if (!runs(d, i))
			continue;
		*pool = d->running->pools[i];
		pool->terms = NULL;
		pool->n_terms = 0;
	}
	return 0;
}

static int receive_pools(struct draft *d)
{
	if (keep_pools(d) < 0 || assign_pools(d, true) < 0 || shared_terms(d, true) < 0 ||
		assign_pools(d, false) < 0)
		return -1;
	return shared_terms(d, false);
}

/** A pool that runs keeps its size. */
static int warn_of_size(struct draft *d, const struct plan_pool *pool, const struct plan_pool *was)
{
	if (sum(pool) <= was->n || sum(pool) <= sum(was))
		return 0;
	return draft_warn(d, PLAN_MBUFS,
		"pool %s has %u mbufs of the %llu that it may need now: under load ports can stop "
		"receiving; a restart makes it larger",
		pool->name, was->n, (unsigned long long)sum(pool));
}

static int size_pools(struct draft *d)
{
	struct plan *p = d->plan;
	unsigned mbufs = d->conf->memory.mbufs;

	for (unsigned i = 0; i < p->n_pools; i++) {
		struct plan_pool *pool = &p->pools[i];
		uint64_t least = PLAN_BURST;

		if (is_free(pool))
			continue;
		if (runs(d, i)) {
			if (warn_of_size(d, pool, &d->running->pools[i]) < 0)
				return -1;
			continue;
		}
		pool->n = mbufs && !pool->control ? mbufs : optimal(sum(pool));
		for (unsigned k = 0; k < p->n_ports; k++) {
			const struct plan_port *port = &p->ports[k];

			if (port->pool == i)
				least += port_needs(d, k) + PLAN_BURST * pool->segs;
		}
		if (!pool->control && pool->n < least)
			return draft_fail(d,
				"memory.mbufs %u is too small for pool %s: frames kept, RX "
				"descriptors and a burst take %llu; give %llu or `auto`",
				mbufs, pool->name, (unsigned long long)least,
				(unsigned long long)sum(pool));
		if (!pool->control && mbufs && mbufs < sum(pool) &&
			draft_warn(d, PLAN_MBUFS,
				"memory.mbufs %u is below the %llu that pool %s may need: under "
				"load "
				"ports can stop receiving",
				mbufs, (unsigned long long)sum(pool), pool->name) < 0)
			return -1;
		for (unsigned l = 0; l < p->n_lcores; l++)
			pool->preemptible |= p->lcores[l].shares_cpu;
		/* Control may be preempted at any time, and workers give its mbufs back. */
		pool->preemptible |= pool->control;
	}
	return 0;
}

/** For frames that we make: `self`; `own` is for threads of their own, which may hold them as long
 *  as they like and so use up none but theirs. */
static int made_pool(struct draft *d, const char *name, bool own)
{
	struct plan_pool *pool = draft_push(d, &d->plan->pools, &d->plan->n_pools, sizeof(*pool));

	if (!pool)
		return -1;
	pool->node = draft_memory_node(d, d->plan->lcores[0].node);
	pool->data_room = SELF_ROOM;
	pool->cache = SELF_CACHE;
	pool->segs = 1;
	pool->control = true;
	pool->own = own;
	snprintf(pool->name, sizeof(pool->name), "%s", name);
	return 0;
}

/** Threads that are made while the program runs share control's pool, unless there is one. */
static int made_pools(struct draft *d, unsigned n_own)
{
	if (d->running)
		return 0;
	if (made_pool(d, "self", false) < 0)
		return -1;
	return n_own ? made_pool(d, "own", true) : 0;
}

int draft_pools(struct draft *d)
{
	struct plan *p = d->plan;
	unsigned n_own = 0;

	for (unsigned i = 0; i < p->n_lcores; i++)
		n_own += p->lcores[i].role == PLAN_OWN;
	if (receive_pools(d) < 0 || made_pools(d, n_own) < 0)
		return -1;
	for (unsigned i = 0; i < p->n_pools; i++) {
		struct plan_pool *pool = &p->pools[i];
		unsigned lcores = pool->own ? n_own : p->n_lcores - d->n_workers - n_own;

		if (pool->control && (common_terms(d, pool, p->n_lcores) < 0 ||
					     flood_terms(d, pool, lcores) < 0))
			return -1;
	}
	return size_pools(d);
}
