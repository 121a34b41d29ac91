/* SPDX-License-Identifier: BSD-3-Clause */
/* See bridge_set.h. */

#include <string.h>

#include <rte_cycles.h>

#include "bench.h"
#include "bridge_set.h"

struct bridge_set bridge_set;

#define b bridge_set

static size_t rules_size(void)
{
	return sizeof(*b.bridge) + FDB_VLANS * sizeof(b.bridge->vlan[0]);
}

void bridge_set_make(struct rte_mempool *pool)
{
	if (b.bridge != NULL)
		return;
	b.bridge = bench_memory(rules_size());
	classifier_init(&b.classifier);
	b.dispatch.classifier = &b.classifier;
	b.dispatch.unknown = b.unknown;
	b.out = (struct out){.ops = &bench_out_ops,
		.ledger = &b.ledger,
		.done_limit = OUT_DONE,
		.counts = &b.counts};
	b.lane.events = &b.events;
	b.lane.vlan = b.vlan;
	b.call = (struct bridge_call){.bridge = b.bridge,
		.lane = &b.lane,
		.dispatch = &b.dispatch,
		.out = &b.out,
		.pool = pool,
		.now = rte_rdtsc()};
}

uint64_t bridge_set_address(unsigned port, uint32_t n)
{
	return UINT64_C(0x02) | (uint64_t)port << 8 | (uint64_t)rte_cpu_to_be_32(n) << 16;
}

static void set_vlan(uint16_t vlan, uint32_t members, uint32_t tagged)
{
	b.bridge->vlan[vlan] =
		(struct bridge_vlan){.members = members, .tagged = tagged, .slot = vlan};
}

static void set_rules(const struct bridge_point *p)
{
	uint32_t all = p->members == 32 ? UINT32_MAX : (1u << p->members) - 1;

	memset(b.bridge, 0, rules_size());
	b.bridge->reserved = 0xffff;
	b.bridge->fdb = b.fdb;
	b.bridge->tpid = p->tpid != 0 ? p->tpid : 0x8100;
	b.bridge->vlan_aware = p->layout != BRIDGE_PLAIN;
	for (unsigned m = 0; m < p->members; m++)
		b.bridge->member[m] = (struct bridge_member){
			.mode = p->layout == BRIDGE_POP ? BRIDGE_ACCESS : BRIDGE_TRUNK,
			.filter = true,
			.pvid = (uint16_t)(BRIDGE_SET_VLAN + (p->layout == BRIDGE_PUSH ? m : 0))};
	if (p->layout == BRIDGE_PLAIN) {
		set_vlan(0, all, 0);
	} else if (p->layout == BRIDGE_PUSH) {
		// Each member's native VLAN is tagged at the other.
		set_vlan(BRIDGE_SET_VLAN, all, 1u << 1);
		set_vlan(BRIDGE_SET_VLAN + 1, all, 1u << 0);
	} else {
		for (uint16_t v = 0; v < p->vlans; v++)
			set_vlan(BRIDGE_SET_VLAN + v, all,
				p->layout == BRIDGE_TAGS_STAY && p->tags > 0 ? all : 0);
	}
}

static void know(uint16_t vlan, unsigned port, uint64_t mac)
{
	struct bucket open = {0};
	uint8_t was;

	if (fdb_learn(b.fdb, fdb_key(vlan, mac), (uint8_t)port, 0, &open, 0, &was) > FDB_NEW)
		bench_die("the table did not take an address");
}

static void set_table(const struct bridge_point *p)
{
	unsigned vlans = p->layout == BRIDGE_PUSH ? 2 : p->vlans;
	unsigned first = p->layout == BRIDGE_PLAIN ? 0 : BRIDGE_SET_VLAN;

	bench_release(b.fdb, b.fdb != NULL ? fdb_size(b.config.capacity) : 0);
	b.config = (struct fdb_config){.capacity = RTE_MAX(65536u, 2 * p->pairs),
		.ageing = 300,
		.seed = 22,
		.learners = 1};
	b.fdb = fdb_init(bench_memory(fdb_size(b.config.capacity)), &b.config);
	for (unsigned v = 0; v < vlans; v++) {
		for (unsigned m = 0; m < p->members; m++) {
			for (uint32_t n = 0; n < p->pairs; n++)
				know((uint16_t)(first + v), m, bridge_set_address(m, n));
		}
	}
}

void bridge_set_point(const struct bridge_point *p)
{
	set_table(p);
	set_rules(p);
}

void bridge_set_run(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;
	struct bridge_exit exit;

	classify_burst(&b.classifier, pkts, n, false, &c);
	exit = bridge_burst(&b.call, port, pkts, &c);
	__asm__ volatile("" : : "r"(&exit) : "memory");
	out_flush(&b.out);
}

uint64_t bridge_set_unicast(void)
{
	uint64_t sum = 0;

	for (unsigned m = 0; m < OUT_PORTS; m++)
		sum += b.lane.member[m].unicast;
	return sum;
}
