/* SPDX-License-Identifier: BSD-3-Clause */
/* A bridge without devices: see bridge_rig.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_cycles.h>

#include "bridge_rig.h"
#include "wire/tag.h"

enum { POOL = 4095, CAPACITY = 4096, OCTETS = 2048 };

struct bridge_rig rig;

static struct rte_mempool *pool;

static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	assert_true(port < BRIDGE_RIG_PORTS);
	for (uint16_t i = 0; i < n; i++) {
		out_line(out, pkts[i])->sent++;
		rig.got[port][rig.n[port]++] = pkts[i];
		assert_true(rig.n[port] < BRIDGE_RIG_FRAMES);
	}
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	rte_pktmbuf_free_bulk(pkts, n);
}

static const struct out_ops ops = {.flush_port = flush_port, .give_back = give_back};

static void handle(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++) {
		out_line(out, pkts[i])->consumed++;
		rig.got[BRIDGE_RIG_LOCAL][rig.n[BRIDGE_RIG_LOCAL]++] = pkts[i];
	}
}

static void make_dispatch(void)
{
	struct dispatch *d = &rig.dispatch;
	static struct unknown_types unknown[OUT_PORTS];

	classifier_init(&rig.classifier);
	d->classifier = &rig.classifier;
	d->unknown = unknown;
	memset(unknown, 0, sizeof(unknown));
	for (unsigned c = 0; c < CLASS_MAX; c++)
		d->action[c].kind = DISPATCH_UNKNOWN;
	d->action[CLASS_ARP] = (struct dispatch_action){
		.kind = DISPATCH_INLINE, .burst = handle, .counts = &rig.counts};
}

void bridge_rig_make(unsigned members, uint16_t tpid)
{
	struct fdb_config config = {.capacity = CAPACITY, .ageing = 300, .seed = 1};
	size_t fdb_octets = fdb_size(CAPACITY);
	unsigned vlans = tpid != 0 ? FDB_VLANS : 1;
	void *memory = aligned_alloc(64, fdb_octets);

	memset(&rig, 0, sizeof(rig));
	if (pool == NULL)
		pool = rte_pktmbuf_pool_create(
			"bridge", POOL, 0, 0, OCTETS + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	assert_non_null(pool);
	memset(memory, 0, fdb_octets);
	rig.fdb = fdb_init(memory, &config);
	rig.bridge = calloc(1, sizeof(*rig.bridge) + vlans * sizeof(rig.bridge->vlan[0]));
	rig.bridge->vlan_aware = tpid != 0;
	rig.bridge->tpid = tpid;
	rig.bridge->reserved = 0xffff;
	rig.bridge->fdb = rig.fdb;
	rig.lane.vlan = calloc(FDB_VLANS, sizeof(rig.lane.vlan[0]));
	rig.lane.events = &rig.events;
	for (unsigned p = 0; p < members; p++)
		rig.bridge->member[p] =
			(struct bridge_member){.mode = BRIDGE_TRUNK, .filter = true};
	rig.bridge->vlan[0].members = tpid == 0 ? (1u << members) - 1 : 0;
	make_dispatch();
	rig.out = (struct out){.ops = &ops, .ledger = &rig.ledger, .counts = &rig.counts};
	rig.call = (struct bridge_call){.bridge = rig.bridge,
		.lane = &rig.lane,
		.dispatch = &rig.dispatch,
		.out = &rig.out,
		.pool = pool,
		.now = rte_rdtsc()};
}

void bridge_rig_vlan(uint16_t vlan, uint32_t members, uint32_t tagged)
{
	rig.bridge->vlan[vlan].members = members;
	rig.bridge->vlan[vlan].tagged = tagged;
	rig.bridge->vlan[vlan].slot = vlan;
}

void bridge_rig_vlans(void)
{
	bridge_rig_make(4, TAG_TPID_C);
	bridge_rig_vlan(10, 0xb, 0xa);
	bridge_rig_vlan(20, 0x6, 0x2);
	bridge_rig_vlan(30, 0x2, 0);
	rig.bridge->member[0].mode = BRIDGE_ACCESS;
	rig.bridge->member[0].pvid = 10;
	rig.bridge->member[1].pvid = 30;
	rig.bridge->member[2].mode = BRIDGE_ACCESS;
	rig.bridge->member[2].pvid = 20;
}

void bridge_rig_iface(uint16_t vlan, const uint8_t mac[6])
{
	struct iface *iface = &rig.iface[rig.ifaces.n];
	uint64_t octets = 0;

	iface->id = rig.ifaces.n++;
	iface->on_bridge = true;
	iface->vlan = vlan;
	memcpy(iface->mac, mac, 6);
	memcpy(&octets, mac, 6);
	if (rig.bridge->vlan_aware) {
		iface->n_tags = 1;
		iface->tags[0] = (struct iface_tag){rig.bridge->tpid, vlan};
	}
	rig.ifaces.iface = rig.iface;
	iface_index_free((struct iface_index *)(uintptr_t)rig.bridge->ifaces);
	rig.bridge->ifaces = iface_index_create(&rig.ifaces);
	rig.bridge->vlan[vlan].local = true;
	assert_int_equal(fdb_add_static(rig.fdb, fdb_key(vlan, octets), FDB_LOCAL), 0);
}

void bridge_rig_end(void)
{
	for (unsigned p = 0; p <= BRIDGE_RIG_PORTS; p++)
		rte_pktmbuf_free_bulk(rig.got[p], rig.n[p]);
	for (unsigned p = 0; p < LEDGER_PORTS; p++)
		assert_int_equal(ledger_port_balance(&rig.ledger.port[p]), 0);
	assert_int_equal(rte_mempool_in_use_count(pool), 0);
	iface_index_free((struct iface_index *)(uintptr_t)rig.bridge->ifaces);
	free(rig.lane.vlan);
	free(rig.bridge);
	free(rig.fdb);
}

static uint16_t parse(const char *hex, uint8_t *octets)
{
	uint16_t n = 0;

	while (*hex != '\0') {
		unsigned value, times = 1;
		int used = 0;

		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x%n", &value, &used), 1);
		hex += used;
		if (*hex == '*' && sscanf(hex, "*%u%n", &times, &used) == 1)
			hex += used;
		assert_true(n + times <= OCTETS);
		memset(octets + n, (int)value, times);
		n = (uint16_t)(n + times);
	}
	return n;
}

struct rte_mbuf *bridge_rig_frame(const char *hex, unsigned segs)
{
	uint8_t octets[OCTETS];
	uint16_t len = parse(hex, octets), at = 0;
	struct rte_mbuf *head = NULL;

	for (unsigned s = 0; s < segs; s++) {
		uint16_t part = s + 1 == segs ? (uint16_t)(len - at) : (uint16_t)(len / segs);
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, part), octets + at, part);
		at = (uint16_t)(at + part);
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	return head;
}

void bridge_rig_burst(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct ledger_port *line = &rig.ledger.port[port];
	struct bridge_exit exit;
	struct classified c;

	for (uint16_t i = 0; i < n; i++)
		pkts[i]->port = port;
	classify_burst(&rig.classifier, pkts, n, false, &c);
	line->rx += n;
	exit = bridge_burst(&rig.call, port, pkts, &c);
	for (uint16_t i = 0; i < exit.n; i++) {
		assert_true(pkts[i]->pkt_len <= exit.max_len);
		exit.bytes -= pkts[i]->pkt_len;
		out_put(&rig.out, pkts[i], exit.port);
	}
	assert_int_equal(exit.bytes, 0);
	out_flush(&rig.out);
}

void bridge_rig_rx(uint16_t port, const char *hex)
{
	struct rte_mbuf *m = bridge_rig_frame(hex, 1);

	bridge_rig_burst(port, &m, 1);
}

void bridge_rig_expect(uint16_t port, const char *hex)
{
	uint8_t wanted[OCTETS], octets[OCTETS];
	uint16_t len = parse(hex, wanted);
	struct rte_mbuf *m = rig.got[port][0];
	const void *p;

	assert_true(rig.n[port] > 0);
	memmove(rig.got[port], rig.got[port] + 1, --rig.n[port] * sizeof(m));
	assert_int_equal(m->pkt_len, len);
	p = rte_pktmbuf_read(m, 0, len, octets);
	assert_memory_equal(p, wanted, len);
	rte_pktmbuf_free(m);
}

void bridge_rig_nothing(void)
{
	for (unsigned p = 0; p <= BRIDGE_RIG_PORTS; p++)
		assert_int_equal(rig.n[p], 0);
}

uint64_t bridge_rig_drops(uint16_t port, enum drop_reason reason)
{
	return rig.ledger.port[port].drops[reason];
}
