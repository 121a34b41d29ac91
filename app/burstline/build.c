/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Execute the plan: the only file that creates pools; lanes, rings and handlers are lane_build.c's.
 * Runs before any lane does, so an error here leaves nothing half started: the caller frees and
 * exits.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "account.h"
#include "bridge_build.h"
#include "build.h"
#include "lane_build.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "neigh_log.h"
#include "thp.h"
#include "view.h"

enum {
	STATICS_LATER = 1024,
	EVENTS = 8192 // a power of two
};
_Static_assert(EVENTS > 4 * (IFACE_MAX + OUT_PORTS),
	"a start tells control of each interface and port, a change tells some new handlers of all");

static void free_zone(struct rte_mempool_memhdr *chunk, void *zone)
{
	(void)chunk;
	rte_memzone_free(zone);
}

/*
 * Objects one behind the other. DPDK would let none cross a page: of net_af_xdp, which maps `n` of
 * them from the first one's page on, a few would lie behind the end of the map; and without
 * hugepages each would begin a page, so that the headers of all mbufs shared a few sets of the
 * caches. The flag makes them lie close; addresses for devices are given nevertheless.
 */
static struct rte_mempool *make_close(
	const struct plan_pool *p, int node, const char *ops, unsigned align, size_t *huge_bytes)
{
	unsigned element = (unsigned)sizeof(struct rte_mbuf) + p->data_room;
	struct rte_mempool *pool = rte_mempool_create_empty(p->name, p->n, element, p->cache,
		sizeof(struct rte_pktmbuf_pool_private), node, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	size_t bytes = (size_t)p->n *
	               rte_mempool_calc_obj_size(element, RTE_MEMPOOL_F_NO_IOVA_CONTIG, NULL);
	bool virtual = rte_eal_iova_mode() == RTE_IOVA_VA;
	const struct rte_memzone *zone = NULL;
	rte_iova_t iova;

	if (pool != NULL && rte_mempool_set_ops_byname(pool, ops, NULL) == 0)
		zone = rte_memzone_reserve_aligned(
			p->name, bytes, node, virtual ? 0 : RTE_MEMZONE_IOVA_CONTIG, align);
	if (zone != NULL) {
		if (!rte_eal_has_hugepages())
			*huge_bytes += thp_back(zone->addr, zone->len);
		rte_pktmbuf_pool_init(pool, NULL);
		iova = virtual ? (rte_iova_t)(uintptr_t)zone->addr : zone->iova;
		if (rte_mempool_populate_iova(pool, zone->addr, iova, zone->len, free_zone,
			    (void *)(uintptr_t)zone) == (int)p->n) {
			rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
			return pool;
		}
		rte_errno = ENOMEM;
	}
	rte_mempool_free(pool);
	return NULL;
}

static struct rte_mempool *make_pool(const struct plan_pool *p, int node, size_t *huge_bytes)
{
	const char *ops = p->preemptible ? "ring_mt_rts" : "ring_mp_mc";

	if (!rte_eal_has_hugepages())
		return make_close(p, node, ops, THP_BYTES, huge_bytes);
	if (p->umem)
		return make_close(p, node, ops, RTE_PGSIZE_4K, huge_bytes);
	return rte_pktmbuf_pool_create_by_ops(
		p->name, p->n, p->cache, 0, (uint16_t)p->data_room, node, ops);
}

int build_pools(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	for (unsigned i = 0; i < plan->n_pools; i++) {
		const struct plan_pool *p = &plan->pools[i];

		if (instance->pools[i] != NULL || p->n == 0)
			continue;
		instance->pools[i] = make_pool(p, build_node(plan, p->node), &instance->huge_bytes);
		if (instance->pools[i] != NULL)
			continue;
		snprintf(error, error_size,
			"no memory for pool %s (%u mbufs, %zu KiB on node %u): %s; give more "
			"hugepages "
			"or set memory.mbufs",
			p->name, p->n, p->bytes / 1024, p->node, rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

static int make_pools(struct instance *instance, char *error, size_t error_size)
{
	unsigned n = instance->plan->n_pools;

	instance->pools = calloc(n, sizeof(instance->pools[0]));
	instance->pool_kept = calloc(n, sizeof(instance->pool_kept[0]));
	if (instance->pools == NULL || instance->pool_kept == NULL)
		return -1;
	return build_pools(instance, error, error_size);
}

static int make_rings(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	instance->rings = calloc(plan->n_rings + 1, sizeof(instance->rings[0]));
	instance->gates = calloc(plan->n_rings + 1, sizeof(instance->gates[0]));
	if (instance->rings == NULL || instance->gates == NULL)
		return -1;
	for (unsigned i = 0; i < plan->n_rings; i++) {
		const struct plan_ring *p = &plan->rings[i];
		struct handoff *ring = &instance->rings[i];

		if (lane_ring_create(instance, p, ring, error, error_size) != 0)
			return -1;
		if (p->kind != PLAN_RING_HANDLER)
			continue;
		instance->gates[i] = lane_gate_create(instance, p, ring);
		if (instance->gates[i] == NULL)
			return -1;
	}
	return 0;
}

static void set_place(
	const struct instance *instance, const struct conf_interface *c, struct iface *iface)
{
	const struct conf *conf = instance->conf;

	if (!c->on_bridge) {
		const struct port *port = instance->ports[c->port];

		iface->port = port->id;
		memcpy(iface->mac, port->mac, sizeof(iface->mac));
	} else {
		iface->port = IFACE_NO_PORT;
		iface->on_bridge = true;
		iface->bridge = instance->bridge_id[c->bridge];
		if (conf->bridges[c->bridge].vlan_aware)
			iface->vlan = c->tags[0].vid;
		conf_bridge_mac(conf->name, c->name, iface->mac);
	}
	if (c->has_mac)
		memcpy(iface->mac, c->mac, sizeof(iface->mac));
}

static void fill_iface(const struct instance *instance, const struct conf_interface *c,
	struct iface *iface, struct iface_address *addresses)
{
	memcpy(iface->name, c->name, sizeof(iface->name));
	iface->unused = false;
	set_place(instance, c, iface);
	iface->probe = c->probe;
	iface->icmp_errors = c->icmp_errors;
	iface->n_tags = (uint8_t)c->n_tags;
	for (unsigned t = 0; t < c->n_tags; t++)
		iface->tags[t] = (struct iface_tag){c->tags[t].tpid, c->tags[t].vid};
	for (unsigned a = 0; a < c->n_addresses; a++)
		addresses[a] =
			(struct iface_address){c->addresses[a].ip_be, c->addresses[a].prefix};
	iface->addresses = addresses;
	iface->n_addresses = (uint16_t)c->n_addresses;
}

// In one piece: rows, then addresses.
int build_ifaces(const struct instance *instance, uint16_t n_before, struct iface_table *table)
{
	const struct conf *conf = instance->conf;
	struct iface_address *next;
	size_t n_addresses = 0;

	for (unsigned i = 0; i < conf->n_interfaces; i++)
		n_addresses += conf->interfaces[i].n_addresses;
	table->iface = calloc(1, IFACE_MAX * sizeof(struct iface) + n_addresses * sizeof(*next));
	if (table->iface == NULL)
		return -1;
	next = (struct iface_address *)&table->iface[IFACE_MAX];
	table->n = n_before;
	for (unsigned i = 0; i < IFACE_MAX; i++)
		table->iface[i] = (struct iface){
			.name = "?", .id = (uint16_t)i, .port = IFACE_NO_PORT, .unused = true};
	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		uint16_t id = instance->iface_id[i];

		fill_iface(instance, &conf->interfaces[i], &table->iface[id], next);
		next += conf->interfaces[i].n_addresses;
		if (id >= table->n)
			table->n = (uint16_t)(id + 1);
	}
	return 0;
}

static int make_ifaces(struct instance *instance)
{
	for (unsigned i = 0; i < instance->conf->n_interfaces; i++)
		instance->iface_id[i] = (uint16_t)i;
	for (unsigned b = 0; b < instance->conf->n_bridges; b++)
		instance->bridge_id[b] = (uint8_t)b;
	if (build_ifaces(instance, 0, &instance->ifaces) != 0)
		return -1;
	instance->shown = instance->ifaces;
	return 0;
}

static int add_statics(struct instance *instance, char *error, size_t error_size)
{
	const struct conf *conf = instance->conf;

	for (unsigned i = 0; i < conf->n_neighbours; i++) {
		const struct conf_neighbour *n = &conf->neighbours[i];

		if (neigh_add_static(
			    instance->neigh, (uint16_t)n->interface, n->address_be, n->mac) != 0) {
			snprintf(error, error_size,
				"neighbours[%u]: no room in the neighbour table", i);
			return -1;
		}
	}
	return 0;
}

static int make_neighbours(struct instance *instance, char *error, size_t error_size)
{
	const struct conf *conf = instance->conf;

	instance->statics_max = conf->n_neighbours + STATICS_LATER;
	// Static ones take no room from those that are learnt; some may come later.
	instance->neigh = neigh_create(
		NEIGH_CAPACITY + instance->statics_max, IFACE_MAX, instance->tsc_hz, rte_rdtsc());
	instance->neigh_log = neigh_log_create(&instance->ifaces, NULL, NULL);
	if (instance->neigh == NULL || instance->neigh_log == NULL)
		return -1;
	for (uint16_t i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];

		neigh_configure(instance->neigh, i, conf->interfaces[i].neighbour_limit,
			conf->interfaces[i].neighbour_timeout);
		for (uint16_t a = 0; a < iface->n_addresses; a++) {
			if (own_add(instance->neigh, i, iface->addresses[a].ip_be, iface->probe) !=
				0)
				return -1;
		}
	}
	return add_statics(instance, error, error_size);
}

static int make_police(struct instance *instance)
{
	const struct plan *plan = instance->plan;

	instance->police =
		calloc((size_t)plan->n_instances * plan->n_lcores + 1, sizeof(instance->police[0]));
	if (instance->police == NULL)
		return -1;
	for (unsigned i = 0; i < plan->n_instances; i++) {
		for (unsigned l = 0; plan->instances[i].rate_pps != 0 && l < plan->n_lcores; l++) {
			struct dispatch_police **p = &instance->police[i * plan->n_lcores + l];

			if (plan->lcores[l].role != PLAN_WORKER)
				continue;
			*p = lane_police_create(instance, i, l);
			if (*p == NULL)
				return -1;
		}
	}
	return 0;
}

static int make_handlers(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	instance->handlers = calloc(plan->n_instances + 1, sizeof(instance->handlers[0]));
	for (unsigned i = 0; instance->handlers != NULL && i < plan->n_instances; i++) {
		instance->handlers[i] = lane_handler_create(instance, i, error, error_size);
		if (instance->handlers[i] == NULL)
			return -1;
	}
	return instance->handlers == NULL ? -1 : 0;
}

static int make_qsbr(struct instance *instance)
{
	size_t size = rte_rcu_qsbr_get_memsize(PLAN_MAX_LCORES);

	instance->qsbr = rte_zmalloc("qsbr", size, RTE_CACHE_LINE_SIZE);
	if (instance->qsbr == NULL || rte_rcu_qsbr_init(instance->qsbr, PLAN_MAX_LCORES) != 0)
		return -1;
	instance->events =
		rte_ring_create("events", EVENTS, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return instance->events == NULL ? -1 : 0;
}

int build_instance(struct instance *instance, const struct conf *conf, const struct plan *plan,
	char *error, size_t error_size)
{
	instance->conf = conf;
	instance->plan = plan;
	instance->tsc_hz = rte_get_tsc_hz();
	instance->start_tsc = rte_rdtsc();
	pthread_mutex_init(&instance->readers, NULL);
	snprintf(error, error_size, "out of memory: give more hugepages or memory");
	if (account_open() != 0 || make_pools(instance, error, error_size) != 0 ||
		make_qsbr(instance) != 0)
		return -1;
	for (unsigned l = 0; l < plan->n_lcores; l++) {
		if (lane_create(instance, l) != 0)
			return -1;
	}
	for (unsigned p = 0; p < plan->n_ports; p++) {
		const struct port *port = instance->ports[p];

		snprintf(instance->port_name[port->id], sizeof(instance->port_name[0]), "%s",
			port->conf->name);
		memcpy(instance->port_mac[port->id], port->mac, sizeof(port->mac));
	}
	if (make_rings(instance, error, error_size) != 0 || make_ifaces(instance) != 0 ||
		make_neighbours(instance, error, error_size) != 0 || make_police(instance) != 0 ||
		bridge_build(instance, error, error_size) != 0)
		return -1;
	return make_handlers(instance, error, error_size);
}

unsigned build_mbufs_in_use(const struct instance *instance)
{
	unsigned in_use = 0;

	for (unsigned i = 0; i < instance->plan->n_pools; i++) {
		unsigned kept = instance->pool_kept[i], unsent = 0, n;

		if (instance->pools[i] == NULL)
			continue;
		n = rte_mempool_in_use_count(instance->pools[i]);

		for (unsigned p = 0; p < instance->plan->n_ports; p++) {
			const struct plan_port *port = &instance->plan->ports[p];

			if (port->pool != i)
				continue;
			kept += port->kept * instance->ports[p]->openings;
			// What the kernel still had to send when its interface went: the driver
			// takes back what is sent with each burst, so no more than one.
			if (port->umem)
				unsent += instance->ports[p]->losses * port->n_txq * PLAN_BURST;
		}
		in_use += n > kept + unsent ? n - kept - unsent : 0;
	}
	return in_use;
}

void build_free(struct instance *instance)
{
	const struct plan *plan = instance->plan;

	view_close(instance);
	bridge_build_free(instance);
	for (unsigned i = 0; instance->handlers != NULL && i < plan->n_instances; i++)
		lane_handler_destroy(instance->handlers[i]);
	free(instance->handlers);
	for (unsigned i = 0; instance->police != NULL && i < plan->n_instances * plan->n_lcores;
		i++)
		rte_free(instance->police[i]);
	free(instance->police);
	neigh_log_free(instance->neigh_log);
	neigh_destroy(instance->neigh);
	free(instance->ifaces.iface);
	for (unsigned r = 0; instance->rings != NULL && r < plan->n_rings; r++)
		lane_ring_destroy(instance, &plan->rings[r], &instance->rings[r]);
	free(instance->rings);
	for (unsigned r = 0; instance->gates != NULL && r < plan->n_rings; r++)
		rte_free(instance->gates[r]);
	free(instance->gates);
	for (unsigned l = 0; l < plan->n_lcores; l++)
		lane_destroy(instance, l);
	rte_ring_free(instance->events);
	rte_free(instance->qsbr);
	for (unsigned p = 0; instance->pools != NULL && p < plan->n_pools; p++)
		rte_mempool_free(instance->pools[p]);
	free(instance->pools);
	free(instance->pool_kept);
	pthread_mutex_destroy(&instance->readers);
}
