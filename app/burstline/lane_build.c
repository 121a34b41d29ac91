/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes and frees what lanes consist of. Called by build.c at the start and the end, and by whoever
 * changes handlers meanwhile; decides nothing. Must not be called by a lane.
 */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "account.h"
#define LOG_MODULE "handler"
#include "base/log.h"
#include "control.h"
#include "lane_build.h"
#include "plugin.h"
#include "worker.h"

enum { NICE_OWN = 10, THREAD_NAME_MAX = 16 };

int build_node(const struct plan *plan, unsigned node)
{
	// Without hugepages EAL's memory has no nodes.
	return plan->hugepages ? (int)node : SOCKET_ID_ANY;
}

// Of the frames that its handlers make.
static struct rte_mempool *made_pool(const struct instance *instance, enum plan_role role)
{
	struct rte_mempool *best = NULL;

	for (unsigned i = 0; i < instance->plan->n_pools; i++) {
		const struct plan_pool *p = &instance->plan->pools[i];

		if (p->control && (best == NULL || p->own == (role == PLAN_OWN)))
			best = instance->pools[i];
	}
	return best;
}

int lane_create(struct instance *instance, unsigned id)
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
	lane->out.ops = account_ops(p->role == PLAN_WORKER ? &worker_out_ops : &control_out_ops);
	lane->out.owner = lane;
	lane->out.ledger = &lane->ledger;
	lane->out.done_limit = OUT_DONE;
	lane->egress = RTE_MBUF_PORT_INVALID;
	lane->pool = made_pool(instance, p->role);
	stall_open(&lane->stalls,
		instance->stall_us * (plan_shares_cpu(p->role) ? STALL_SHARED : 1),
		instance->tsc_hz);
	lane->last_work_tsc = rte_rdtsc();
	atomic_store(&lane->alive_tsc, lane->last_work_tsc);
	rte_rcu_qsbr_thread_register(instance->qsbr, id);
	lane->unknown = rte_zmalloc_socket("unknown", OUT_PORTS * sizeof(lane->unknown[0]),
		RTE_CACHE_LINE_SIZE, build_node(plan, p->node));
	return lane->unknown == NULL ? -1 : 0;
}

void lane_destroy(struct instance *instance, unsigned id)
{
	struct lane *lane = instance->lanes[id];

	if (lane == NULL)
		return;
	pthread_mutex_lock(&instance->readers);
	for (unsigned p = 0; p < LEDGER_PORTS; p++)
		ledger_port_add(&instance->retired.port[p], &lane->ledger.port[p]);
	instance->lanes[id] = NULL;
	pthread_mutex_unlock(&instance->readers);
	rte_rcu_qsbr_thread_unregister(instance->qsbr, id);
	rte_free(lane->unknown);
	rte_free(lane);
}

static void *own_main(void *arg)
{
	struct lane *lane = arg;

	// Of this thread only: Linux keeps the nice value by thread. An lcore of handlers that was
	// not there at the start is a thread, too.
	if (lane->role == PLAN_OWN)
		setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE_OWN);
	control_main(lane);
	return NULL;
}

int lane_start(struct lane *lane)
{
	const struct plan_lcore *p = &lane->instance->plan->lcores[lane->id];
	char name[THREAD_NAME_MAX];
	pthread_attr_t attr;
	cpu_set_t cpu;
	int rc;

	CPU_ZERO(&cpu);
	CPU_SET(p->cpu, &cpu);
	rc = pthread_attr_init(&attr);
	if (rc != 0)
		return -rc;
	rc = pthread_attr_setaffinity_np(&attr, sizeof(cpu), &cpu);
	if (rc == 0)
		rc = pthread_create(&lane->thread, &attr, own_main, lane);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		return -rc;
	lane->started = true;
	snprintf(name, sizeof(name), "own-%u", lane->id);
	pthread_setname_np(lane->thread, name);
	return 0;
}

bool lane_stop(struct lane *lane, unsigned ms)
{
	uint64_t deadline = rte_rdtsc() + lane->instance->tsc_hz / 1000 * ms;

	if (!lane->started)
		return true;
	atomic_store_explicit(&lane->leave, true, memory_order_release);
	while (!atomic_load_explicit(&lane->ended, memory_order_acquire)) {
		if (rte_rdtsc() > deadline)
			return false;
		rte_delay_us_sleep(200);
	}
	pthread_join(lane->thread, NULL);
	lane->started = false;
	return true;
}

int lane_ring_create(struct instance *instance, const struct plan_ring *plan, struct handoff *ring,
	char *error, size_t error_size)
{
	struct lane *consumer = instance->lanes[plan->consumer];
	char name[RTE_RING_NAMESIZE];

	if (consumer->rings == UINT64_MAX) {
		snprintf(error, error_size,
			"more than %d rings to the lcore on CPU %u: use fewer workers or handler "
			"lcores",
			HANDOFF_MAX_RINGS, instance->plan->lcores[plan->consumer].cpu);
		return -1;
	}
	// The serial number: another plan may give the same name to another ring.
	snprintf(name, sizeof(name), "%.20s.%u", plan->name, instance->ring_serial++);
	ring->ring = rte_ring_create(name, plan->slots, build_node(instance->plan, plan->node),
		RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring->ring == NULL) {
		snprintf(error, error_size, "no memory for ring %s (%u slots): %s", plan->name,
			plan->slots, rte_strerror(rte_errno));
		return -1;
	}
	ring->pending = &consumer->pending;
	ring->bit = ~consumer->rings & (consumer->rings + 1);
	consumer->rings |= ring->bit;
	return 0;
}

void lane_ring_destroy(
	struct instance *instance, const struct plan_ring *plan, struct handoff *ring)
{
	struct lane *consumer = instance->lanes[plan->consumer];

	if (ring->ring == NULL)
		return;
	if (consumer != NULL)
		consumer->rings &= ~ring->bit;
	rte_ring_free(ring->ring);
	ring->ring = NULL;
}

static uint32_t handler_serial; // management thread's

struct lane_handler *lane_handler_create(
	const struct instance *instance, unsigned i, char *error, size_t error_size)
{
	const struct plan_instance *p = &instance->plan->instances[i];
	struct lane_handler *h = rte_zmalloc_socket("handler", sizeof(*h), RTE_CACHE_LINE_SIZE,
		build_node(instance->plan, instance->plan->lcores[p->lcore].node));
	int rc;

	if (h == NULL) {
		snprintf(error, error_size, "no memory for handler %s", p->handler->name);
		return NULL;
	}
	h->handler = p->handler;
	h->serial = ++handler_serial;
	h->counts.keep_max =
		p->handler->keep_max == HANDLER_KEEP_SHARED ? INT64_MAX : p->handler->keep_max;
	h->env = (struct handler_env){
		.ifaces = &instance->shown,
		.neigh = p->place == CONF_PLACE_CONTROL && !plugin_is(instance->plugins, p->handler)
	                         ? instance->neigh
	                         : NULL,
		.tsc_hz = instance->tsc_hz,
		.instance = p->instance,
		.port_mac = instance->port_mac,
	};
	rc = p->handler->init == NULL ? 0 : p->handler->init(&h->state, &h->env);
	if (rc == 0)
		return h;
	snprintf(
		error, error_size, "handler %s did not start: %s", p->handler->name, strerror(-rc));
	rte_free(h);
	return NULL;
}

void lane_handler_destroy(struct lane_handler *h)
{
	if (h != NULL)
		account_close(h);
	if (h != NULL && h->handler->fini != NULL)
		h->handler->fini(h->state);
	rte_free(h);
}

struct gate *lane_gate_create(
	const struct instance *instance, const struct plan_ring *plan, const struct handoff *ring)
{
	static const enum gate_overload policies[] = {
		[CONF_OVERLOAD_DROP_TAIL] = GATE_DROP_TAIL,
		[CONF_OVERLOAD_DROP_HEAD] = GATE_DROP_HEAD,
		[CONF_OVERLOAD_PASS] = GATE_PASS,
	};
	const struct plan_instance *p = &instance->plan->instances[plan->instance];
	struct gate *g = rte_zmalloc_socket(
		"gate", sizeof(*g), RTE_CACHE_LINE_SIZE, build_node(instance->plan, plan->node));

	if (g == NULL)
		return NULL;
	gate_init(g, plan->slots, policies[p->overload], instance->tsc_hz);
	g->handoff = *ring;
	if (p->pass_port >= 0)
		g->pass_port = instance->ports[p->pass_port]->id;
	return g;
}

struct dispatch_police *lane_police_create(
	const struct instance *instance, unsigned i, unsigned lane)
{
	const struct plan *plan = instance->plan;
	const struct plan_instance *p = &plan->instances[i];
	struct dispatch_police *police = rte_zmalloc_socket("police", sizeof(*police),
		RTE_CACHE_LINE_SIZE, build_node(plan, plan->lcores[lane].node));
	uint64_t now = rte_rdtsc();

	for (unsigned port = 0; police != NULL && port < OUT_PORTS; port++)
		bucket_init(&police->port[port], p->rate_pps, p->burst, instance->tsc_hz, now);
	return police;
}
