/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds and runs instances for the tests: see lane_rig.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>

#include "build.h"
#include "capture.h"
#include "conf/conf.h"
#include "control.h"
#include "lane_build.h"
#include "lane_rig.h"
#include "management.h"
#include "port.h"
#include "port_device.h"
#include "preflight.h"
#include "report.h"
#include "view.h"
#include "worker.h"

// Rounds of a pump without a frame, 20 us and more each: not a time, for the machine may stand
// still.
enum { AT_NUMBER = 24, QUIET_ROUNDS = 250000, PUMP_BURST = 32 };

const char rig_wire_yaml[] =
	"name: t\n"
	"lcores: {control: 0, workers: [1], idle: pause}\n"
	"ports:\n"
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n"
	"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n"
	"wires:\n  - [p0, p1]\n";

static char error[1024];

static void make_plan(struct rig *r, const char *yaml, const struct handler *const *table)
{
	if (conf_load_buffer("test", yaml, strlen(yaml), &r->conf, error, sizeof(error)) != 0 ||
		topology_read(&r->topology, error, sizeof(error)) != 0 ||
		preflight_note_ports(r->topology, r->conf, error, sizeof(error)) != 0 ||
		plan_make(r->conf, r->topology, table, &r->plan, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	assert_in_range(r->plan->n_lcores, 1, START_LCORES - 1);
}

static struct rte_ring *make_ring(const char *kind, unsigned port, unsigned queue)
{
	char name[32];
	struct rte_ring *ring;

	snprintf(name, sizeof(name), "%s-%u-%u", kind, port, queue);
	ring = rte_ring_create(name, RIG_RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	assert_non_null(ring);
	return ring;
}

static void make_ring_port(struct rig *r, unsigned p)
{
	struct port *port = r->instance.ports[p];
	char name[32];
	int id;

	for (unsigned q = 0; q < port->plan->n_rxq; q++)
		r->rx[p][q] = make_ring("rx", p, q);
	for (unsigned q = 0; q < port->plan->n_txq; q++)
		r->tx[p][q] = make_ring("tx", p, q);
	snprintf(name, sizeof(name), "rig%u", p);
	id = rte_eth_from_rings(name, r->rx[p], port->plan->n_rxq, r->tx[p], port->plan->n_txq, 0);
	assert_in_range(id, 0, OUT_PORTS - 1);
	port->id = (uint16_t)id;
	port->has_id = true;
	port->state = PORT_STOPPED;
	memcpy(port->mac, port->conf->mac, sizeof(port->mac));
}

static void make_ports(struct rig *r)
{
	struct instance *instance = &r->instance;

	instance->ports = calloc(PLAN_MAX_PORTS, sizeof(instance->ports[0]));
	for (unsigned p = 0; p < r->plan->n_ports; p++) {
		struct port *port =
			port_create(&r->conf->ports[p], &r->plan->ports[p], error, sizeof(error));

		instance->ports[p] = port;
		if (strcmp(port->driver->prefix, "net_ring") == 0)
			make_ring_port(r, p);
		else if (port_probe(port, error, sizeof(error)) != 0)
			fail_msg("%s", error);
	}
}

static int run_lane(void *arg)
{
	struct lane *lane = arg;

	start_on_cpu(lane->instance->plan->lcores[lane->id].cpu);
	return lane->role == PLAN_WORKER ? worker_main(lane) : control_main(lane);
}

static void publish(struct rig *r, bool receive)
{
	struct view *view = view_create(&r->instance, receive);

	assert_non_null(view);
	assert_int_equal(view_publish(&r->instance, view), 0);
}

void rig_replace_view(struct rig *r)
{
	publish(r, true);
}

struct rig *rig_build(const char *yaml, const struct handler *const *table)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct instance *instance = &r->instance;

	end_if_lanes_run();
	make_plan(r, yaml, table);
	r->feed = rte_pktmbuf_pool_create_by_ops(
		"feed", RIG_POOL, 0, 0, 2048 + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY, "ring_mt_rts");
	assert_non_null(r->feed);
	make_ports(r);
	instance->builtin = table;
	instance->topology = r->topology;
	if (build_instance(instance, r->conf, r->plan, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	for (unsigned p = 0; p < r->plan->n_ports; p++) {
		struct port *port = instance->ports[p];

		if (port_configure(port, instance->pools[port->plan->pool], error, sizeof(error)) !=
				0 ||
			port_start(port, error, sizeof(error)) != 0)
			fail_msg("%s", error);
		assert_int_equal(port->state, PORT_STARTED);
		atomic_store(&port->link_up, true);
	}
	r->used_before = build_mbufs_in_use(instance);
	publish(r, true);
	return r;
}

void rig_run_lane(struct rig *r, unsigned l)
{
	struct lane *lane = r->instance.lanes[l];

	assert_int_equal(lane->role == PLAN_OWN ? lane_start(lane)
						: rte_eal_remote_launch(run_lane, lane, l + 1),
		0);
}

void rig_run(struct rig *r)
{
	for (unsigned l = 0; l < r->plan->n_lcores; l++)
		rig_run_lane(r, l);
}

struct rig *rig_start(const char *yaml, const struct handler *const *table)
{
	struct rig *r = rig_build(yaml, table);

	rig_run(r);
	return r;
}

static void close_ports(struct rig *r)
{
	struct rte_mbuf *pkts[PUMP_BURST];
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t n;

	for (unsigned p = 0; p < r->plan->n_ports; p++) {
		struct port *port = r->instance.ports[p];

		rte_eth_dev_get_name_by_port(port->id, name);
		port_close(port);
		rte_vdev_uninit(name);
		for (unsigned q = 0; q < RIG_QUEUES; q++) {
			while (r->tx[p][q] != NULL &&
				(n = rig_collect(r, p, q, pkts, PUMP_BURST)) != 0)
				rte_pktmbuf_free_bulk(pkts, n);
			while (r->rx[p][q] != NULL &&
				(n = (uint16_t)rte_ring_sc_dequeue_burst(
					 r->rx[p][q], (void **)pkts, PUMP_BURST, NULL)) != 0)
				rte_pktmbuf_free_bulk(pkts, n);
			rte_ring_free(r->rx[p][q]);
			rte_ring_free(r->tx[p][q]);
		}
	}
}

void rig_stop(struct rig *r, struct ledger *sum)
{
	struct instance *instance = &r->instance;

	publish(r, false);
	management_drain(instance, rte_rdtsc());
	capture_stop(instance, false);
	atomic_store(&instance->phase, PHASE_STOP);
	rte_eal_mp_wait_lcore();
	for (unsigned l = 0; l < r->plan->n_lcores; l++)
		assert_true(lane_stop(instance->lanes[l], 10000));
	management_sweep(instance);
	report_ledger(instance, sum);
	close_ports(r);
	assert_true(report_balanced(sum));
	for (unsigned p = 0; p < LEDGER_PORTS; p++) {
		uint64_t classes = 0;

		assert_int_equal(ledger_port_kept(&sum->port[p]), 0);
		assert_int_equal(ledger_port_in_flight(&sum->port[p]), 0);
		for (unsigned c = 0; c < LEDGER_CLASSES; c++)
			classes += sum->port[p].class[c];
		assert_int_equal(classes, sum->port[p].rx);
	}
	assert_int_equal(build_mbufs_in_use(instance), 0);
	assert_int_equal(rte_mempool_in_use_count(r->feed), 0);
	capture_close(instance);
	build_free(instance);
	for (unsigned p = 0; p < r->plan->n_ports; p++)
		free(instance->ports[p]);
	free(instance->ports);
	rte_mempool_free(r->feed);
	plan_free(r->plan);
	topology_free(r->topology);
	conf_free(r->conf);
	free(r);
}

struct rte_mbuf *rig_make(
	struct rig *r, const uint8_t *dst, uint32_t tag, uint16_t type, uint8_t flow, uint32_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->feed);
	uint32_t tag_be = rte_cpu_to_be_32(tag);
	uint16_t type_be = rte_cpu_to_be_16(type);
	uint8_t *p;

	if (m == NULL)
		return NULL;
	p = (uint8_t *)rte_pktmbuf_append(m, RIG_FRAME);
	assert_non_null(p);
	memset(p, 0, RIG_FRAME);
	memcpy(p, dst, 6);
	p[6] = 2;
	p[10] = 0x66;
	p[11] = flow;
	memcpy(p + 12, &tag_be, 4);
	memcpy(p + (tag != 0 ? 16 : 12), &type_be, 2);
	memcpy(p + AT_NUMBER, &n, sizeof(n));
	return m;
}

uint32_t rig_number(const struct rte_mbuf *m)
{
	uint32_t n;

	memcpy(&n, rte_pktmbuf_mtod_offset(m, uint8_t *, AT_NUMBER), sizeof(n));
	return n;
}

// Handlers and reflectors swap the addresses: the host is where the 0x66 is.
uint8_t rig_flow(const struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

	return p[10] == 0x66 ? p[11] : p[5];
}

uint16_t rig_feed(struct rig *r, unsigned port, unsigned queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t fed =
		(uint16_t)rte_ring_sp_enqueue_burst(r->rx[port][queue], (void **)pkts, n, NULL);

	rte_pktmbuf_free_bulk(pkts + fed, n - fed);
	return fed;
}

uint16_t rig_collect(
	struct rig *r, unsigned port, unsigned queue, struct rte_mbuf **pkts, uint16_t n)
{
	return (uint16_t)rte_ring_sc_dequeue_burst(r->tx[port][queue], (void **)pkts, n, NULL);
}

void rig_ledger(struct rig *r, struct ledger *sum)
{
	bool all = false;

	// A lane may have lost its CPU for longer than anybody waits for its answer.
	for (unsigned i = 0; !all && i < 100; i++)
		all = report_ledger(&r->instance, sum);
	assert_true(all);
}

struct handler_counts rig_handler(const struct rig *r, const char *name)
{
	struct handler_counts sum = {0};

	for (unsigned i = 0; i < r->plan->n_instances; i++) {
		const struct lane_handler *h = r->instance.handlers[i];

		if (strcmp(h->handler->name, name) != 0)
			continue;
#define X(field, help) sum.field += h->counts.field;
		HANDLER_FIELDS(X)
#undef X
	}
	return sum;
}

// One burst into every RX queue, as far as the window allows.
static unsigned pump_in(struct rig *r, const struct rig_pump *p, unsigned sent)
{
	static const uint8_t nobody[6] = {2, 9, 9, 9, 9, 9};
	unsigned queues = RTE_MAX(p->from_queues, 1u), flows = RTE_MAX(p->flows, 1u);
	unsigned window = p->window != 0 ? p->window : 512, n = 0;

	while (n < PUMP_BURST && sent + n < p->frames && sent + n - p->got < window) {
		uint8_t flow = (uint8_t)((sent + n) % flows);
		struct rte_mbuf *m = rig_make(r, p->dst != NULL ? p->dst : nobody, p->tag,
			p->type != 0 ? p->type : 0x88b5, flow, sent + n + 1);

		if (m == NULL || rig_feed(r, p->from, flow % queues, &m, 1) != 1)
			break;
		n++;
	}
	return n;
}

void rig_pump(struct rig *r, struct rig_pump *p)
{
	uint32_t last[256] = {0};
	unsigned sent = 0, quiet = 0, patience = p->none ? QUIET_ROUNDS / 50 : QUIET_ROUNDS;

	p->got = p->bad_order = 0;
	while (p->got < p->frames && quiet < patience) {
		unsigned moved = pump_in(r, p, sent);

		sent += moved;
		for (unsigned q = 0; q < RTE_MAX(p->to_queues, 1u); q++) {
			struct rte_mbuf *pkts[PUMP_BURST];
			uint16_t n = rig_collect(r, p->to, q, pkts, PUMP_BURST);

			for (uint16_t i = 0; i < n; i++) {
				uint8_t flow = rig_flow(pkts[i]);

				p->bad_order += rig_number(pkts[i]) <= last[flow];
				last[flow] = rig_number(pkts[i]);
			}
			rte_pktmbuf_free_bulk(pkts, n);
			p->got += n;
			moved += n;
		}
		quiet = moved != 0 ? 0 : quiet + 1;
		if (moved == 0)
			rte_delay_us_sleep(20); // the lanes may share this CPU
	}
}
