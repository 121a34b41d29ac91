/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): which port takes its mbufs from which pool, those that run among them, and
 * how large each is. What a pool must hold is plan_terms.c's.
 */

#include <stdio.h>

#include "driver.h"
#include "plan_terms.h"

#include <rte_mbuf_core.h>

enum {
	CACHE = 256,     // of each worker, in pools for received frames
	SELF_CACHE = 32, // control makes few frames
	SELF_ROOM = DRIVER_MIN_ROOM + RTE_PKTMBUF_HEADROOM
};

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
	       (d->conf->memory.mbufs != 0 || terms_sum(pool) + port_needs(d, port) <= pool->n);
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
		p->ports[i].rx_segs = terms_mbufs(d->rooms[i], room);
		if (p->ports[i].rx_segs > pool->segs)
			pool->segs = p->ports[i].rx_segs;
		if (node != p->ports[i].node &&
			draft_warn(d, PLAN_NUMA,
				"port %s is on node %u, where this process gets no memory: its "
				"mbufs are on node %u (distance %u)",
				d->conf->ports[i].name, p->ports[i].node, node,
				draft_distance(d, p->ports[i].node, node)) < 0)
			return -1;
		if (terms_of_port(d, i) < 0)
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
			terms_shared(d, &p->pools[i], d->n_workers, d->n_workers) < 0)
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
	if (terms_sum(pool) <= was->n || terms_sum(pool) <= terms_sum(was))
		return 0;
	return draft_warn(d, PLAN_MBUFS,
		"pool %s has %u mbufs of the %llu that it may need now: under load ports can stop "
		"receiving; a restart makes it larger",
		pool->name, was->n, (unsigned long long)terms_sum(pool));
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
		pool->n = mbufs && !pool->control ? mbufs : optimal(terms_sum(pool));
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
				(unsigned long long)terms_sum(pool));
		if (!pool->control && mbufs && mbufs < terms_sum(pool) &&
			draft_warn(d, PLAN_MBUFS,
				"memory.mbufs %u is below the %llu that pool %s may need: under "
				"load ports can stop receiving",
				mbufs, (unsigned long long)terms_sum(pool), pool->name) < 0)
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

		if (pool->control && terms_shared(d, pool, p->n_lcores, lcores) < 0)
			return -1;
	}
	return size_pools(d);
}
