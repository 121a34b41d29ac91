/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker's whole round: an instance as the program builds it, whose worker runs here, on this
 * thread, between two ports whose driver is this file. A burst of 32 comes in each round and is
 * taken as soon as it is sent; what is left is Burstline's.
 */

#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "handler.h"
#include "lane_rig.h"
#include "steer/classify.h"
#include "worker.h"

static struct {
	struct rig *rig;
	struct lane *lane;
	uint32_t rounds; // left
	uint32_t at, items;
	uint64_t sent;
} l;

static uint16_t receive_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct burst b;

	if (l.rounds-- == 1)
		atomic_store_explicit(&l.lane->leave, true, memory_order_relaxed);
	frames_take(&b, l.at, CLASSIFY_BURST);
	memcpy(pkts, b.pkts, CLASSIFY_BURST * sizeof(pkts[0]));
	l.at = (l.at + CLASSIFY_BURST) % l.items;
	return CLASSIFY_BURST;
}

static uint16_t receive_nothing(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return 0;
}

static uint16_t send_all(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	l.sent += n;
	return n;
}

static void make_rig(void)
{
	static const char text[] = "name: bench\n"
				   "lcores: {control: %d, workers: [%d], idle: busy}\n"
				   "memory: {mbufs: 2048, hugepages: never}\n"
				   "ports:\n"
				   "  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\"}\n"
				   "  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\"}\n"
				   "wires:\n  - [p0, p1]\n";
	struct instance *instance;
	char wire[sizeof(text) + 16];

	snprintf(wire, sizeof(wire), text, bench_cpu(0), bench_cpu(0));
	l.rig = rig_build(wire, handler_table);
	instance = &l.rig->instance;
	for (unsigned i = 0; i < l.rig->plan->n_lcores; i++) {
		if (l.rig->plan->lcores[i].role == PLAN_WORKER)
			l.lane = instance->lanes[i];
	}
	for (unsigned p = 0; p < 2; p++) {
		struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[instance->ports[p]->id];

		ops->rx_pkt_burst = p == 0 ? receive_burst : receive_nothing;
		ops->tx_pkt_burst = send_all;
	}
	// No second and no millisecond of this clock ever ends.
	instance->start_tsc = rte_rdtsc();
	l.lane->next_tick_tsc = UINT64_MAX;
	instance->tsc_hz = UINT64_MAX / 4;
	l.lane->stalls.threshold = UINT64_MAX;
}

static void open_wire(const struct stage *s, uint32_t n)
{
	if (l.rig == NULL)
		make_rig();
	frames_fill(traffic_find(s->traffic), n);
	l.items = n;
	l.at = 0;
	l.sent = 0;
}

static void run_rounds(uint32_t rounds)
{
	l.rounds = rounds;
	atomic_store(&l.lane->leave, false);
	worker_main(l.lane);
}

static void check(uint64_t frames)
{
	const struct ledger_port *p = &l.lane->ledger.port[l.rig->instance.ports[0]->id];

	if (l.sent != frames || p->rx != p->sent)
		bench_die("not all frames went through the wire");
}

// clang-format off
#define STAGE(frames) {.name = "wire", .traffic = frames, .footprint = FRAME_FOOTPRINT, \
	.counted_items = BENCH_BURST, .open = open_wire, .take = frames_take, \
	.run_rounds = run_rounds, .check = check}
const struct stage lane_stages[] = {STAGE("u4"), STAGE("q1"), STAGE("qq"), STAGE("mix"),
	{.name = NULL}};
// clang-format on
