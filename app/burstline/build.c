/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Execute the plan. The only file that creates pools and rings. Runs before any lane does, so an
 * error here leaves nothing half started: the caller frees and exits.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "bridge_build.h"
#include "build.h"
#include "control.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "neigh_log.h"
#include "worker.h"
#include "view.h"

int build_node(const struct plan *plan, unsigned node)
{
	// Without hugepages EAL's memory has no nodes.
	return plan->hugepages ? (int)node : SOCKET_ID_ANY;
}

static void free_zone(struct rte_mempool_memhdr *chunk, void *zone)
{
	(void)chunk;
	rte_memzone_free(zone);
}

/*
 * net_af_xdp maps `n` objects from the first one's page on, one behind the other: DPDK would place
 * them so that none crosses a page, and a few behind the end of the map. The flag makes them lie
 * close; addresses for other devices are given nevertheless.
 */
static struct rte_mempool *make_umem(const struct plan_pool *p, int node, const char *ops)
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
			p->name, bytes, node, virtual ? 0 : RTE_MEMZONE_IOVA_CONTIG, RTE_PGSIZE_4K);
	if (zone != NULL) {
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

static struct rte_mempool *make_pool(const struct plan_pool *p, int node)
{
	const char *ops = p->preemptible ? "ring_mt_rts" : "ring_mp_mc";

	return p->umem ? make_umem(p, node, ops)
	               : rte_pktmbuf_pool_create_by_ops(
				 p->name, p->n, p->cache, 0, (uint16_t)p->data_room, node, ops);
}

static int make_pools(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	instance->pools = calloc(plan->n_pools, sizeof(instance->pools[0]));
	for (unsigned i = 0; instance->pools != NULL && i < plan->n_pools; i++) {
		const struct plan_pool *p = &plan->pools[i];

		instance->pools[i] = make_pool(p, build_node(plan, p->node));
		if (instance->pools[i] != NULL)
			continue;
		snprintf(error, error_size,
			"no memory for pool %s (%u mbufs, %zu KiB on node %u): %s; give more "
			"hugepages "
			"or set memory.mbufs",
			p->name, p->n, p->bytes / 1024, p->node, rte_strerror(rte_errno));
		return -1;
	}
	return instance->pools == NULL ? -1 : 0;
}

static int make_rings(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;
	unsigned used[PLAN_MAX_LCORES] = {0};

	instance->rings = calloc(plan->n_rings + 1, sizeof(instance->rings[0]));
	if (instance->rings == NULL)
		return -1;
	for (unsigned i = 0; i < plan->n_rings; i++) {
		const struct plan_ring *p = &plan->rings[i];
		struct handoff *h = &instance->rings[i];

		h->ring = rte_ring_create(p->name, p->slots, build_node(plan, p->node),
			RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (h->ring == NULL) {
			snprintf(error, error_size, "no memory for ring %s (%u slots): %s", p->name,
				p->slots, rte_strerror(rte_errno));
			return -1;
		}
		// The bit is the ring's place in its consumer's list: view.c adds them in this
		// order.
		h->pending = &instance->lanes[p->consumer]->pending;
		h->bit = UINT64_C(1) << used[p->consumer]++;
		if (used[p->consumer] > HANDOFF_MAX_RINGS) {
			snprintf(error, error_size,
				"more than %d rings to the lcore on CPU %u: use fewer "
				"workers or handler lcores",
				HANDOFF_MAX_RINGS, plan->lcores[p->consumer].cpu);
			return -1;
		}
	}
	return 0;
}

static struct rte_mempool *control_pool(const struct instance *instance)
{
	for (unsigned i = 0; i < instance->plan->n_pools; i++) {
		if (instance->plan->pools[i].control)
			return instance->pools[i];
	}
	return NULL;
}

static int make_lane(struct instance *instance, unsigned id)
{
	const struct plan *plan = instance->plan;
	const struct plan_lcore *p = &plan->lcores[id];
	struct lane *lane = rte_zmalloc_socket(
		"lane", sizeof(*lane), RTE_CACHE_LINE_SIZE, build_node(plan, p->node));

	if (lane == NULL)
		return -1;
	instance->lanes[id] = lane;
	lane->instance = instance;
	lane->id = id;
	lane->role = p->role;
	lane->out.ops = p->role == PLAN_WORKER ? &worker_out_ops : &control_out_ops;
	lane->out.owner = lane;
	lane->out.ledger = &lane->ledger;
	lane->pool = control_pool(instance);
	lane->last_work_tsc = rte_rdtsc();
	atomic_store(&lane->alive_tsc, lane->last_work_tsc);
	lane->unknown = rte_zmalloc_socket("unknown", OUT_PORTS * sizeof(lane->unknown[0]),
		RTE_CACHE_LINE_SIZE, build_node(plan, p->node));
	for (unsigned i = 0; i < plan->n_instances; i++)
		lane->n_handlers += plan->instances[i].lcore == id;
	lane->handlers =
		rte_zmalloc_socket("handlers", (lane->n_handlers + 1) * sizeof(lane->handlers[0]),
			RTE_CACHE_LINE_SIZE, build_node(plan, p->node));
	lane->n_handlers = 0; // counted up again as they are initialized
	return lane->unknown == NULL || lane->handlers == NULL ? -1 : 0;
}

static void set_place(
	const struct instance *instance, const struct conf_interface *c, struct iface *iface)
{
	const struct conf *conf = instance->conf;

	if (!c->on_bridge) {
		const struct port *port = &instance->ports[c->port];

		iface->port = port->id;
		memcpy(iface->mac, port->mac, sizeof(iface->mac));
	} else {
		iface->port = IFACE_NO_PORT;
		iface->on_bridge = true;
		iface->bridge = (uint8_t)c->bridge;
		if (conf->bridges[c->bridge].vlan_aware)
			iface->vlan = c->tags[0].vid;
		conf_bridge_mac(conf->name, c->name, iface->mac);
	}
	if (c->has_mac)
		memcpy(iface->mac, c->mac, sizeof(iface->mac));
}

static int make_ifaces(struct instance *instance)
{
	const struct conf *conf = instance->conf;

	instance->ifaces.iface = calloc(conf->n_interfaces + 1, sizeof(struct iface));
	if (instance->ifaces.iface == NULL)
		return -1;
	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		const struct conf_interface *c = &conf->interfaces[i];
		struct iface *iface = &instance->ifaces.iface[i];

		memcpy(iface->name, c->name, sizeof(iface->name));
		iface->id = (uint16_t)i;
		set_place(instance, c, iface);
		iface->probe = c->probe;
		iface->icmp_errors = c->icmp_errors;
		iface->n_tags = (uint8_t)c->n_tags;
		for (unsigned t = 0; t < c->n_tags; t++)
			iface->tags[t] = (struct iface_tag){c->tags[t].tpid, c->tags[t].vid};
		iface->addresses = calloc(c->n_addresses, sizeof(iface->addresses[0]));
		if (iface->addresses == NULL)
			return -1;
		for (unsigned a = 0; a < c->n_addresses; a++)
			iface->addresses[a] = (struct iface_address){
				c->addresses[a].ip_be, c->addresses[a].prefix};
		iface->n_addresses = (uint16_t)c->n_addresses;
		instance->ifaces.n++;
	}
	return 0;
}

static int add_statics(struct instance *instance, char *error, size_t error_size)
{
	const struct conf *conf = instance->conf;

	for (unsigned i = 0; i < conf->n_neighbours; i++) {
		const struct conf_neighbour *n = &conf->neighbours[i];
		struct neigh_held none;

		if (neigh_add_static(instance->neigh, (uint16_t)n->interface, n->address_be, n->mac,
			    &none) != 0) {
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

	// Static ones take no room from those that are learnt.
	instance->neigh = neigh_create(NEIGH_CAPACITY + conf->n_neighbours, instance->ifaces.n,
		instance->tsc_hz, rte_rdtsc());
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

static int make_buckets(struct instance *instance)
{
	const struct plan *plan = instance->plan;
	uint64_t now = rte_rdtsc();

	instance->buckets = calloc(
		(size_t)plan->n_instances * plan->n_lcores + 1, sizeof(instance->buckets[0]));
	if (instance->buckets == NULL)
		return -1;
	for (unsigned i = 0; i < plan->n_instances; i++) {
		const struct plan_instance *p = &plan->instances[i];

		for (unsigned l = 0; p->rate_pps != 0 && l < plan->n_lcores; l++) {
			struct bucket *b;

			if (plan->lcores[l].role != PLAN_WORKER)
				continue;
			b = rte_zmalloc_socket("buckets", OUT_PORTS * sizeof(*b),
				RTE_CACHE_LINE_SIZE, build_node(plan, plan->lcores[l].node));
			if (b == NULL)
				return -1;
			for (unsigned port = 0; port < OUT_PORTS; port++)
				bucket_init(&b[port], p->rate_pps, p->burst, instance->tsc_hz, now);
			instance->buckets[i * plan->n_lcores + l] = b;
		}
	}
	return 0;
}

static int make_handlers(struct instance *instance, char *error, size_t error_size)
{
	const struct plan *plan = instance->plan;

	for (unsigned i = 0; i < plan->n_instances; i++) {
		const struct plan_instance *p = &plan->instances[i];
		struct lane *lane = instance->lanes[p->lcore];
		struct lane_handler *h = &lane->handlers[lane->n_handlers];
		int rc;

		h->env = (struct handler_env){
			.ifaces = &instance->ifaces,
			.neigh = p->place == CONF_PLACE_CONTROL ? instance->neigh : NULL,
			.tsc_hz = instance->tsc_hz,
			.instance = p->instance,
			.port_mac = instance->port_mac,
		};
		rc = p->handler->init == NULL ? 0 : p->handler->init(&h->state, &h->env);
		if (rc != 0) {
			snprintf(error, error_size, "handler %s did not start: %s",
				p->handler->name, strerror(-rc));
			return -1;
		}
		h->handler = p->handler;
		h->plan = i;
		lane->n_handlers++;
	}
	return 0;
}

static int make_qsbr(struct instance *instance)
{
	size_t size = rte_rcu_qsbr_get_memsize(PLAN_MAX_LCORES);

	instance->qsbr = rte_zmalloc("qsbr", size, RTE_CACHE_LINE_SIZE);
	if (instance->qsbr == NULL || rte_rcu_qsbr_init(instance->qsbr, PLAN_MAX_LCORES) != 0)
		return -1;
	for (unsigned l = 0; l < instance->plan->n_lcores; l++)
		rte_rcu_qsbr_thread_register(instance->qsbr, l);
	instance->events =
		rte_ring_create("events", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
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
	if (make_pools(instance, error, error_size) != 0)
		return -1;
	for (unsigned l = 0; l < plan->n_lcores; l++) {
		if (make_lane(instance, l) != 0)
			return -1;
	}
	for (unsigned p = 0; p < plan->n_ports; p++) {
		const struct port *port = &instance->ports[p];

		instance->port_of_id[port->id] = (uint16_t)p;
		memcpy(instance->port_mac[port->id], port->mac, sizeof(port->mac));
	}
	if (make_qsbr(instance) != 0 || make_rings(instance, error, error_size) != 0 ||
		make_ifaces(instance) != 0 || make_neighbours(instance, error, error_size) != 0 ||
		make_buckets(instance) != 0 || bridge_build(instance, error, error_size) != 0)
		return -1;
	return make_handlers(instance, error, error_size);
}

unsigned build_mbufs_in_use(const struct instance *instance)
{
	unsigned in_use = 0;

	for (unsigned i = 0; i < instance->plan->n_pools; i++) {
		unsigned kept = 0, n = rte_mempool_in_use_count(instance->pools[i]);

		for (unsigned p = 0; p < instance->plan->n_ports; p++)
			if (instance->plan->ports[p].pool == i)
				kept += instance->plan->ports[p].kept * instance->ports[p].openings;
		in_use += n > kept ? n - kept : 0;
	}
	return in_use;
}

static void free_lane(struct lane *lane)
{
	for (unsigned h = 0; lane != NULL && h < lane->n_handlers; h++) {
		if (lane->handlers[h].handler->fini != NULL)
			lane->handlers[h].handler->fini(lane->handlers[h].state);
	}
	if (lane != NULL) {
		rte_free(lane->handlers);
		rte_free(lane->unknown);
	}
	rte_free(lane);
}

void build_free(struct instance *instance)
{
	const struct plan *plan = instance->plan;

	view_close(instance);
	bridge_build_free(instance);
	for (unsigned l = 0; l < plan->n_lcores; l++)
		free_lane(instance->lanes[l]);
	for (unsigned i = 0; instance->buckets != NULL && i < plan->n_instances * plan->n_lcores;
		i++)
		rte_free(instance->buckets[i]);
	free(instance->buckets);
	neigh_log_free(instance->neigh_log);
	neigh_destroy(instance->neigh);
	for (unsigned i = 0; i < instance->ifaces.n; i++)
		free(instance->ifaces.iface[i].addresses);
	free(instance->ifaces.iface);
	for (unsigned r = 0; instance->rings != NULL && r < plan->n_rings; r++)
		rte_ring_free(instance->rings[r].ring);
	free(instance->rings);
	rte_ring_free(instance->events);
	rte_free(instance->qsbr);
	for (unsigned p = 0; instance->pools != NULL && p < plan->n_pools; p++)
		rte_mempool_free(instance->pools[p]);
	free(instance->pools);
	pthread_mutex_destroy(&instance->readers);
}
