/* SPDX-License-Identifier: BSD-3-Clause */
/* See dispatch_rig.h. */

#include <stdlib.h>
#include <string.h>

#include "dispatch_rig.h"

const uint8_t port_mac[6] = {2, 0, 0, 0, 0, 3}, iface_mac[6] = {2, 0, 0, 0, 0, 0x33};
const uint8_t host[6] = {2, 0, 0, 0, 0, 0x66};
const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
const uint8_t multicast[6] = {0x01, 0x00, 0x5e, 0, 0, 1};

struct classifier classifier;
struct dispatch d;
static struct dispatch_known known;
static uint64_t generation; // of the views that the tests are
struct unknown_types unknown[OUT_PORTS];
struct gate rings[RINGS];
struct handoff_pending pending;
struct dispatch_police policed;
struct handler_counts handler_counts;
struct iface ifaces[4];
static struct iface_table table = {.n = 4, .iface = ifaces};
static struct iface_index *ifindex;

// What the inline handler was given; it consumes everything.
struct rte_mbuf *given[RIG_MBUFS];
unsigned n_given;

static void inline_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	assert_ptr_equal(state, &given);
	assert_ptr_equal(out->counts, &handler_counts);
	memcpy(&given[n_given], pkts, n * sizeof(*pkts));
	n_given += n;
	out_consume_bulk(out, pkts, n);
}

static void make_rings(void)
{
	for (unsigned r = 0; r < RINGS; r++) {
		struct rte_ring *ring = rings[r].handoff.ring;

		if (ring == NULL)
			ring = aligned_alloc(
				RTE_CACHE_LINE_SIZE, (size_t)rte_ring_get_memsize(SLOTS));
		gate_init(&rings[r], SLOTS, GATE_DROP_TAIL, HZ);
		rings[r].handoff = (struct handoff){ring, &pending, UINT64_C(1) << r};
		assert_int_equal(rte_ring_init(ring, "r", SLOTS, RING_F_SP_ENQ | RING_F_SC_DEQ), 0);
	}
	atomic_store(&pending.bits, 0);
}

static void make_iface(
	uint16_t id, uint16_t port, uint8_t n_tags, struct iface_tag outer, struct iface_tag inner)
{
	ifaces[id] = (struct iface){.id = id, .port = port, .n_tags = n_tags};
	memcpy(ifaces[id].mac, id == 3 ? iface_mac : port_mac, 6);
	ifaces[id].tags[0] = outer;
	ifaces[id].tags[1] = inner;
}

int dispatch_rig_set_up(void **state)
{
	rig_reset();
	memset(&d, 0, sizeof(d));
	memset(unknown, 0, sizeof(unknown));
	memset(&handler_counts, 0, sizeof(handler_counts));
	n_given = 0;
	classifier_init(&classifier);
	d.classifier = &classifier;
	d.unknown = unknown;
	for (unsigned c = 0; c < CLASS_MAX; c++)
		d.action[c].kind = DISPATCH_UNKNOWN;
	d.action[CLASS_SHORT] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_SHORT_HEADER};
	d.action[CLASS_SHORT_VLAN] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_SHORT_VLAN};
	d.action[CLASS_LENGTH_RESERVED] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_LENGTH_RESERVED};
	d.action[CLASS_ARP] = (struct dispatch_action){.kind = DISPATCH_INLINE,
		.burst = inline_burst,
		.state = &given,
		.counts = &handler_counts};
	memcpy(d.port[PORT].mac, port_mac, 6);
	make_rings();
	make_iface(0, PORT, 0, (struct iface_tag){0}, (struct iface_tag){0});
	make_iface(1, PORT, 1, (struct iface_tag){0x8100, 100}, (struct iface_tag){0});
	make_iface(2, PORT, 2, (struct iface_tag){0x88a8, 200}, (struct iface_tag){0x8100, 300});
	make_iface(3, OTHER, 1, (struct iface_tag){0x8100, 100}, (struct iface_tag){0});
	iface_index_free(ifindex);
	ifindex = iface_index_create(&table);
	d.ifaces = ifindex;
	d.known = &known;
	d.generation = ++generation;
	return 0;
}

int dispatch_rig_tear_down(void **state)
{
	for (unsigned r = 0; r < RINGS; r++)
		free(rings[r].handoff.ring);
	iface_index_free(ifindex);
	return 0;
}

struct rte_mbuf *frame(
	uint16_t port, const uint8_t *dst, const uint32_t *tags, uint16_t type, uint8_t flow)
{
	uint8_t p[60] = {0};
	uint16_t at = 12, be;

	memcpy(p, dst, 6);
	memcpy(p + 6, host, 6);
	p[11] = flow;
	for (; tags != NULL && *tags != 0; tags++, at += 4) {
		uint32_t tag_be = rte_cpu_to_be_32(*tags);

		memcpy(p + at, &tag_be, 4);
	}
	be = rte_cpu_to_be_16(type);
	memcpy(p + at, &be, 2);
	rig.ledger.port[port].rx++;
	return rig_mbuf(p, sizeof(p), 0, 0, port);
}

void burst(uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint64_t now)
{
	struct classified c;

	classify_burst(&classifier, pkts, n, false, &c);
	dispatch_burst(&d, port, pkts, &c, &rig.out, now);
	out_flush(&rig.out);
}

struct rte_mbuf *one(const uint8_t *dst, const uint32_t *tags, uint16_t type)
{
	struct rte_mbuf *m = frame(PORT, dst, tags, type, 1);
	struct rte_mbuf *pkts[1] = {m};

	burst(PORT, pkts, 1, 0);
	return m;
}

uint64_t drops(enum drop_reason reason)
{
	return rig.ledger.port[PORT].drops[reason];
}
