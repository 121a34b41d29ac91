/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): what all of it takes, and whether hugepages carry it. Sizes follow
 * rte_mempool and rte_ring; what EAL and the drivers take besides is measured.
 */

#include <stdio.h>

#include "plan_draft.h"

#include <rte_mbuf_core.h>
#include <rte_mempool.h>
#include <rte_ring_core.h>

enum { LINE = RTE_CACHE_LINE_SIZE };

static const size_t MIB = 1u << 20;
static const size_t EAL_BYTES = 12u << 20; // EAL, ethdev, our own tables
static const size_t PORT_BYTES = 2u << 20; // a driver's own: net_tap makes a pool for each TX queue
static const size_t DESCRIPTOR_BYTES = 128; // hardware's and software's ring entry

/** As rte_mempool lays it out: header, mbuf, data; an odd number of cache lines, for 4 channels. */
static size_t object_bytes(unsigned data_room)
{
	size_t lines = (LINE + sizeof(struct rte_mbuf) + data_room + LINE - 1) / LINE;

	return (lines | 1) * LINE;
}

static size_t pool_bytes(const struct plan_pool *pool)
{
	if (pool->n == 0)
		return 0;
	return rte_align64pow2(pool->n + 1) * sizeof(void *) + sizeof(struct rte_ring) +
	       sizeof(struct rte_mempool) + sizeof(struct rte_mempool_cache) * RTE_MAX_LCORE +
	       object_bytes(pool->data_room) * pool->n;
}

/** What the driver of a port allocates besides our pools. */
static size_t port_bytes(const struct draft *d, unsigned i)
{
	const struct plan_port *port = &d->plan->ports[i];
	size_t descriptors =
		port->n_rxq * port->rx_descriptors + port->n_txq * port->tx_descriptors;
	size_t kept = d->kept[i] ? rte_align64pow2(d->kept[i] + 1) * sizeof(void *) : 0;

	return PORT_BYTES + descriptors * DESCRIPTOR_BYTES + kept;
}

/** What one node must give. EAL's share is on control's node. */
static struct plan_node node_need(const struct draft *d, unsigned node)
{
	const struct plan *p = d->plan;
	struct plan_node need = {.node = node};

	if (node == draft_memory_node(d, p->lcores[0].node))
		need.other += EAL_BYTES;
	for (unsigned i = 0; i < p->n_pools; i++)
		if (p->pools[i].node == node)
			need.pools += pool_bytes(&p->pools[i]);
	for (unsigned i = 0; i < p->n_bridges; i++)
		if (p->bridges[i].node == node)
			need.bridges += p->bridges[i].table_bytes + p->bridges[i].counter_bytes;
	for (unsigned i = 0; i < p->n_rings; i++)
		if (p->rings[i].node == node)
			need.rings += sizeof(struct rte_ring) + p->rings[i].slots * sizeof(void *);
	for (unsigned i = 0; i < p->n_ports; i++)
		if (p->pools[p->ports[i].pool].node == node)
			need.other += port_bytes(d, i);
	return need;
}

static size_t node_bytes(const struct draft *d, unsigned node)
{
	struct plan_node need = node_need(d, node);

	return need.pools + need.rings + need.bridges + need.other;
}

static int mib_up(size_t bytes)
{
	return (int)((bytes + MIB - 1) / MIB);
}

/** Limits below what nodes have. */
static void limits(const struct draft *d, char *text, size_t size)
{
	const struct topology *t = d->topology;
	size_t need = 0;

	for (unsigned i = 0; i < t->n_nodes; i++)
		need += node_bytes(d, t->nodes[i].node);
	if (t->huge_mount.there && need > t->huge_mount.left_bytes)
		snprintf(text, size,
			"%.100s gives %llu MiB of hugepages more (size=) and the plan needs %d: mount "
			"one without",
			t->huge_dir, (unsigned long long)(t->huge_mount.left_bytes / MIB),
			mib_up(need));
	else if (t->huge_group.there && need > t->huge_group.left_bytes)
		snprintf(text, size,
			"the control group of this process may have %llu MiB of hugepages more and "
			"the plan needs %d: raise its limit",
			(unsigned long long)(t->huge_group.left_bytes / MIB), mib_up(need));
}

/** Why hugepages cannot carry the plan and what to do, or "" when they can. */
static void shortage(const struct draft *d, char *text, size_t size)
{
	const struct topology *t = d->topology;
	size_t page = t->huge_page_bytes ? t->huge_page_bytes : 2 * MIB;

	text[0] = '\0';
	for (unsigned i = 0; i < t->n_nodes; i++) {
		size_t need = node_bytes(d, t->nodes[i].node);
		size_t total = t->nodes[i].huge_total_bytes, free = t->nodes[i].huge_free_bytes;
		size_t used = total > free ? total - free : 0;

		if (need <= t->nodes[i].huge_free_bytes)
			continue;
		// Others' pages stay: the number is of all there are.
		snprintf(text, size,
			"node %u has %llu MiB of hugepages free and the plan needs %d: echo %zu > "
			"/sys/devices/system/node/node%u/hugepages/hugepages-%zukB/nr_hugepages",
			t->nodes[i].node, (unsigned long long)(t->nodes[i].huge_free_bytes / MIB),
			mib_up(need), (used + need + page - 1) / page, t->nodes[i].node,
			page / 1024);
		return;
	}
	if (!t->huge_mounted)
		snprintf(text, size,
			"no hugetlbfs that we may write is mounted: mount -t hugetlbfs none "
			"/dev/hugepages");
	else
		limits(d, text, size);
}

size_t draft_pool_bytes(const struct draft *d)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < d->plan->n_pools; i++)
		bytes += pool_bytes(&d->plan->pools[i]);
	return bytes;
}

bool draft_fits_hugepages(const struct draft *d)
{
	char why[PLAN_NOTE_MAX];

	if (d->conf->memory.hugepages == CONF_HUGEPAGES_NEVER)
		return false;
	shortage(d, why, sizeof(why));
	return why[0] == '\0';
}

static int decide(struct draft *d)
{
	char why[PLAN_NOTE_MAX];

	if (d->conf->memory.hugepages == CONF_HUGEPAGES_NEVER)
		return 0;
	shortage(d, why, sizeof(why));
	if (why[0] == '\0') {
		d->plan->hugepages = true;
		return 0;
	}
	if (d->conf->memory.hugepages == CONF_HUGEPAGES_REQUIRE)
		return draft_fail(d, "memory.hugepages is `require`, but %s", why);
	return draft_note(d, "no hugepages are used: %s", why);
}

int draft_memory(struct draft *d)
{
	struct plan *p = d->plan;

	for (unsigned i = 0; i < d->topology->n_nodes; i++) {
		struct plan_node *node = draft_push(d, &p->nodes, &p->n_nodes, sizeof(*node));

		if (!node)
			return -1;
		*node = node_need(d, d->topology->nodes[i].node);
	}
	if (d->running)
		p->hugepages = d->running->hugepages;
	else if (decide(d) < 0)
		return -1;
	for (unsigned i = 0; i < p->n_pools; i++)
		p->pools[i].bytes = pool_bytes(&p->pools[i]);
	for (unsigned i = 0; i < d->topology->n_nodes; i++)
		p->memory_bytes += node_bytes(d, d->topology->nodes[i].node);
	return 0;
}
