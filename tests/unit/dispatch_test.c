/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/dispatch: where each class of a burst goes, that nothing is lost or doubled on the
 * way, and interfaces behind tags (E21, A27). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steer/dispatch.h"
#include "steer_rig.h"

enum { PORT = 3, OTHER = 7, RINGS = 4, SLOTS = 1024, HZ = 1000000 };

static const uint8_t port_mac[6] = {2, 0, 0, 0, 0, 3}, iface_mac[6] = {2, 0, 0, 0, 0, 0x33};
static const uint8_t host[6] = {2, 0, 0, 0, 0, 0x66};
static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t multicast[6] = {0x01, 0x00, 0x5e, 0, 0, 1};

static struct classifier classifier;
static struct dispatch d;
static struct dispatch_known known;
static uint64_t generation; // of the views that the tests are
static struct unknown_types unknown[OUT_PORTS];
static struct gate rings[RINGS];
static struct handoff_pending pending;
static struct dispatch_police policed;
static struct handler_counts handler_counts;
static struct iface ifaces[4];
static struct iface_table table = {.n = 4, .iface = ifaces};
static struct iface_index *ifindex;

// What the inline handler was given; it consumes everything.
static struct rte_mbuf *given[RIG_MBUFS];
static unsigned n_given;

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

static int set_up(void **state)
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

/** A frame of 60 octets received on `port`: destination, tags (TPID and TCI, 0 ends), type. */
static struct rte_mbuf *frame(
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

static void burst(uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint64_t now)
{
	struct classified c;

	classify_burst(&classifier, pkts, n, &c);
	dispatch_burst(&d, port, pkts, &c, &rig.out, now);
	out_flush(&rig.out);
}

static struct rte_mbuf *one(const uint8_t *dst, const uint32_t *tags, uint16_t type)
{
	struct rte_mbuf *m = frame(PORT, dst, tags, type, 1);
	struct rte_mbuf *pkts[1] = {m};

	burst(PORT, pkts, 1, 0);
	return m;
}

static uint64_t drops(enum drop_reason reason)
{
	return rig.ledger.port[PORT].drops[reason];
}

static void frames_for_others_are_dropped_by_name_a19(void **state)
{
	one(port_mac, NULL, 0x0806);
	one(broadcast, NULL, 0x0806);
	one(multicast, NULL, 0x0806);
	assert_int_equal(n_given, 3);
	one(host, NULL, 0x0806);
	one(iface_mac, NULL, 0x0806); // another interface's, on another port
	assert_int_equal(n_given, 3);
	assert_int_equal(drops(DROP_NOT_FOR_US), 2);
	rig_balanced();
}

static void an_interface_may_have_a_mac_of_its_own(void **state)
{
	static const uint32_t tag[] = {0x81000064, 0};
	struct rte_mbuf *pkts[2] = {
		frame(OTHER, iface_mac, tag, 0x0806, 1), frame(OTHER, port_mac, tag, 0x0806, 1)};

	burst(OTHER, pkts, 2, 0);
	assert_int_equal(n_given, 1);
	assert_int_equal(frame_meta(given[0]).iface, 3);
	assert_int_equal(rig.ledger.port[OTHER].drops[DROP_NOT_FOR_US], 1);
	rig_balanced();
}

static void the_tags_name_the_interface_a27_a28(void **state)
{
	static const struct {
		uint32_t tags[6];
		uint16_t iface, l2_len;
	} rows[] = {
		{{0}, 0, 14},
		{{0x81000064, 0}, 1, 18},
		{{0x8100f064, 0}, 1, 18}, // PCP and DEI are no part of the VID
		{{0x88a80064, 0}, OUT_IFACE_NONE, 18},
		{{0x81000065, 0}, OUT_IFACE_NONE, 18},
		{{0x81000fff, 0}, OUT_IFACE_NONE, 18},
		{{0x88a800c8, 0x8100012c, 0}, 2, 22},
		{{0x810000c8, 0x8100012c, 0}, OUT_IFACE_NONE, 22},
		{{0x8100012c, 0x88a800c8, 0}, OUT_IFACE_NONE, 22},
		// Priority tags name no VLAN (E21), wherever they stand.
		{{0x81000000, 0}, 0, 18},
		{{0x8100e000, 0}, 0, 18},
		{{0x88a80000, 0x81000064, 0}, 1, 22},
		{{0x81000064, 0x81000000, 0}, 1, 22},
		{{0x88a800c8, 0x81000000, 0x8100012c, 0}, 2, 26},
		{{0x81000000, 0x81000000, 0x81000000, 0}, 0, 26},
		{{0x81000001, 0x81000002, 0x81000003, 0x81000004, 0x81000005, 0}, OUT_IFACE_NONE,
			34},
	};

	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		struct rte_mbuf *m = one(port_mac, rows[i].tags, 0x0806);

		assert_int_equal(n_given, i + 1);
		assert_ptr_equal(given[i], m);
		assert_int_equal(frame_meta(m).iface, rows[i].iface);
		assert_int_equal(frame_meta(m).l2_len, rows[i].l2_len);
	}
	assert_null(iface_find(NULL, PORT, rte_pktmbuf_mtod(given[0], uint8_t *), 14));
	rig_balanced();
}

static void each_frame_of_a_burst_has_the_interface_of_its_tags(void **state)
{
	static const uint32_t tags[][4] = {{0}, {0x81000064, 0}, {0x8100f064, 0}, {0x81000065, 0},
		{0x88a80064, 0}, {0x88a800c8, 0x8100012c, 0}, {0x88a800c8, 0x8100012d, 0},
		{0x81000000, 0x81000064, 0}, {0x88a800c8, 0x81000000, 0x8100012c, 0}};
	static const uint16_t ifaces_of[] = {
		0, 1, 1, OUT_IFACE_NONE, OUT_IFACE_NONE, 2, OUT_IFACE_NONE, 1, 2};
	unsigned kind[CLASSIFY_BURST];
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	unsigned short seed[3] = {1, 2, 3};

	for (unsigned round = 0; round < 64; round++) {
		bool alike = round % 2, ours = round % 8 < 6;

		n_given = 0;
		for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
			// Often the same as before, too, or all of them; or all with one tag, or
			// two.
			kind[i] = i != 0 && (alike || nrand48(seed) % 2) ? kind[i - 1]
			          : round % 16 == 2 ? 5 + (unsigned)(nrand48(seed) % 2)
			          : round % 4 == 2  ? 1 + (unsigned)(nrand48(seed) % 3)
			                            : (unsigned)(nrand48(seed) % RTE_DIM(tags));
			pkts[i] = frame(PORT, ours ? port_mac : host, tags[kind[i]], 0x0806, 1);
		}
		burst(PORT, pkts, CLASSIFY_BURST, 0);
		assert_int_equal(n_given, ours ? CLASSIFY_BURST : 0);
		for (unsigned i = 0; i < n_given; i++)
			assert_int_equal(frame_meta(given[i]).iface, ifaces_of[kind[i]]);
	}
	assert_int_equal(drops(DROP_NOT_FOR_US), 16 * CLASSIFY_BURST);
	rig_balanced();
}

static void a_header_across_segments_is_made_whole(void **state)
{
	static const uint32_t tag[] = {0x81000064, 0};

	for (uint16_t first = 1; first < 30; first++) {
		struct rte_mbuf *m = frame(PORT, port_mac, tag, 0x0806, 1), *tail;
		uint8_t rest[60];

		// Room behind the first segment, the rest in a second one.
		memcpy(rest, rte_pktmbuf_mtod_offset(m, uint8_t *, first), 60u - first);
		memmove(m->buf_addr, rte_pktmbuf_mtod(m, void *), first);
		m->data_off = 0;
		m->data_len = first;
		tail = rig_mbuf(rest, (uint16_t)(60 - first), 0, 0, PORT);
		rte_mbuf_refcnt_set(tail, 2); // it is not the pool's: never given back
		m->next = tail;
		m->nb_segs = 2;
		n_given = 0;
		burst(PORT, &m, 1, 0);
		assert_int_equal(n_given, 1);
		assert_int_equal(frame_meta(m).iface, 1);
		assert_in_range(m->data_len, 18, 60);
		assert_int_equal(m->pkt_len, 60);
	}
	rig_balanced();
}

static void types_without_a_handler_are_counted_bounded_e35(void **state)
{
	const struct unknown_types *u = &unknown[PORT];

	for (unsigned i = 0; i < UNKNOWN_TYPES + 8; i++) {
		for (unsigned k = 0; k <= i; k++)
			one(port_mac, NULL, (uint16_t)(0x7000 + i));
	}
	assert_int_equal(u->n, UNKNOWN_TYPES);
	for (unsigned i = 0; i < UNKNOWN_TYPES; i++) {
		assert_int_equal(u->type[i], 0x7000 + i);
		assert_int_equal(u->frames[i], i + 1);
	}
	// The 33rd type came 33 times ... the 40th 40 times.
	assert_int_equal(u->other, (33 + 40) * 8 / 2);
	assert_int_equal(drops(DROP_UNKNOWN), 40 * 41 / 2);
	assert_int_equal(unknown[OTHER].n, 0);
	rig_balanced();
}

static void length_frames_count_as_one_type(void **state)
{
	one(port_mac, NULL, 0);
	one(port_mac, NULL, 46);
	one(port_mac, NULL, 1500);
	assert_int_equal(unknown[PORT].n, 1);
	assert_int_equal(unknown[PORT].type[0], 0);
	assert_int_equal(unknown[PORT].frames[0], 3);
	one(port_mac, NULL, 1501);
	one(port_mac, NULL, 1535);
	assert_int_equal(drops(DROP_LENGTH_RESERVED), 2);
	assert_int_equal(unknown[PORT].n, 1);
	rig_balanced();
}

static void unknown_may_go_to_a_port(void **state)
{
	static const uint32_t tag[] = {0x81000065, 0};
	struct rte_mbuf *m;

	d.port[PORT].to_port = true;
	d.port[PORT].unknown = OTHER;
	m = one(host, tag, 0xcccc); // not ours, tagged: it goes on as it is
	assert_int_equal(rig.port[rig_number(m)], OTHER);
	m = one(port_mac, NULL, 100);
	assert_int_equal(rig.port[rig_number(m)], OTHER);
	one(port_mac, NULL, 1535);
	assert_int_equal(drops(DROP_LENGTH_RESERVED), 1);
	assert_int_equal(drops(DROP_UNKNOWN), 0);
	assert_int_equal(unknown[PORT].frames[0], 1);
	rig_balanced();
}

static unsigned received(unsigned ring, struct rte_mbuf **pkts, unsigned n)
{
	return rte_ring_sc_dequeue_burst(rings[ring].handoff.ring, (void **)pkts, n, NULL);
}

static void set_ring(uint8_t class, unsigned n_targets)
{
	struct dispatch_action *a = &d.action[class];

	memset(a, 0, sizeof(*a));
	a->kind = DISPATCH_RING;
	a->n_targets = n_targets;
	for (unsigned t = 0; t < n_targets; t++)
		a->target[t] = &rings[t];
}

static void rings_take_what_fits_and_the_rest_is_dropped(void **state)
{
	static struct rte_mbuf *pkts[SLOTS], *got[SLOTS];
	unsigned n = 0;

	set_ring(CLASS_ARP, 1);
	for (unsigned i = 0; i < SLOTS + 64; i += CLASSIFY_BURST) {
		for (unsigned k = 0; k < CLASSIFY_BURST; k++)
			pkts[k] = frame(PORT, broadcast, NULL, 0x0806, 1);
		burst(PORT, pkts, CLASSIFY_BURST, 0);
	}
	// The last eighth is for PCP 6 and 7.
	assert_int_equal(rig.ledger.port[PORT].ring_in, SLOTS - 1 - SLOTS / 8);
	assert_int_equal(drops(DROP_HANDLER_RING), 65 + SLOTS / 8);
	assert_int_equal(atomic_load(&pending.bits), 1);
	n = received(0, got, SLOTS);
	assert_int_equal(n, SLOTS - 1 - SLOTS / 8);
	for (unsigned i = 0; i < n; i++) // drop-tail: the first ones, in order
		assert_int_equal(rig_number(got[i]), i);
	rig_balanced();
}

static void a_flow_stays_with_its_consumer_in_order(void **state)
{
	static struct rte_mbuf *pkts[CLASSIFY_BURST], *got[SLOTS];
	int home[256];
	unsigned used = 0, n_all = 0;
	unsigned short seed[3] = {4, 5, 6};

	set_ring(CLASS_IPV6, 3);
	memset(home, 0xff, sizeof(home));
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned k = 0; k < CLASSIFY_BURST; k++)
			pkts[k] = frame(PORT, port_mac, NULL, 0x86dd, nrand48(seed) % 64);
		burst(PORT, pkts, CLASSIFY_BURST, 0);
	}
	for (unsigned r = 0; r < 3; r++) {
		unsigned n = received(r, got, SLOTS), last[256] = {0};

		used += n != 0;
		n_all += n;
		for (unsigned i = 0; i < n; i++) {
			uint8_t flow = rte_pktmbuf_mtod(got[i], uint8_t *)[11];

			assert_true(home[flow] == -1 || home[flow] == (int)r);
			home[flow] = (int)r;
			assert_true(rig_number(got[i]) >= last[flow]);
			last[flow] = rig_number(got[i]);
		}
	}
	assert_int_equal(n_all, 40 * CLASSIFY_BURST);
	assert_int_equal(used, 3); // 64 flows: all consumers have work
	rig_balanced();
}

static void flows_of_ip_part_by_their_addresses(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST], *got[CLASSIFY_BURST];
	unsigned used = 0;

	set_ring(CLASS_IPV4, 4);
	for (unsigned k = 0; k < CLASSIFY_BURST; k++) {
		pkts[k] = frame(PORT, port_mac, NULL, 0x0800, 1);
		rte_pktmbuf_mtod(pkts[k], uint8_t *)[14 + 15] = (uint8_t)k; // source address
	}
	burst(PORT, pkts, CLASSIFY_BURST, 0);
	for (unsigned r = 0; r < 4; r++)
		used += received(r, got, CLASSIFY_BURST) != 0;
	assert_in_range(used, 3, 4);
}

static void police_stands_before_handler_and_ring(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];

	for (unsigned p = 0; p < OUT_PORTS; p++)
		bucket_init(&policed.port[p], 1000, 10, HZ, 0);
	d.action[CLASS_ARP].police = &policed;
	for (unsigned k = 0; k < CLASSIFY_BURST; k++)
		pkts[k] = frame(PORT, k % 2 ? host : port_mac, NULL, 0x0806, 1);
	burst(PORT, pkts, CLASSIFY_BURST, 0);
	// What was not for us took no token.
	assert_int_equal(drops(DROP_NOT_FOR_US), CLASSIFY_BURST / 2);
	assert_int_equal(n_given, 10);
	assert_int_equal(drops(DROP_POLICED), CLASSIFY_BURST / 2 - 10);
	assert_int_equal(handler_counts.frames, 10);
	assert_int_equal(handler_counts.bursts, 1);
	// Another port has its own bucket.
	pkts[0] = frame(OTHER, broadcast, NULL, 0x0806, 1);
	burst(OTHER, pkts, 1, 0);
	assert_int_equal(n_given, 11);
	// 3 ms later there are 3 tokens, for the ring too.
	set_ring(CLASS_ARP, 1);
	d.action[CLASS_ARP].police = &policed;
	for (unsigned k = 0; k < 8; k++)
		pkts[k] = frame(PORT, port_mac, NULL, 0x0806, 1);
	burst(PORT, pkts, 8, 3 * HZ / 1000);
	assert_int_equal(rte_ring_count(rings[0].handoff.ring), 3);
	assert_int_equal(drops(DROP_POLICED), CLASSIFY_BURST / 2 - 10 + 5);
	rig_balanced();
}

static void a_burst_of_many_classes_calls_each_handler_once(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];

	set_ring(CLASS_IPV4, 1);
	for (unsigned k = 0; k < CLASSIFY_BURST; k++)
		pkts[k] = frame(PORT, port_mac, NULL, k % 2 ? 0x0800 : 0x0806, 1);
	burst(PORT, pkts, CLASSIFY_BURST, 0);
	assert_int_equal(handler_counts.bursts, 1);
	assert_int_equal(handler_counts.frames, CLASSIFY_BURST / 2);
	assert_int_equal(rte_ring_count(rings[0].handoff.ring), CLASSIFY_BURST / 2);
	for (unsigned k = 1; k < n_given; k++)
		assert_true(rig_number(given[k]) > rig_number(given[k - 1]));
}

static void a_second_dispatch_asks_nobody_and_marks_the_frame(void **state)
{
	static const uint32_t tag[] = {0x81000064, 0};
	struct rte_mbuf *pkts[6];
	struct classified c;

	for (unsigned p = 0; p < OUT_PORTS; p++)
		bucket_init(&policed.port[p], 1, 1, HZ, 0);
	d.action[CLASS_ARP].police = &policed;
	pkts[0] = frame(PORT, host, NULL, 0x0806, 1); // not to us
	pkts[1] = frame(PORT, host, tag, 0x0806, 1);
	pkts[2] = frame(OTHER, host, NULL, 0x0806, 1);
	pkts[3] = frame(PORT, host, NULL, 0x0800, 1); // no handler
	pkts[4] = frame(PORT, host, NULL, 0x0806, 1);
	pkts[4]->data_len = (uint16_t)(pkts[4]->pkt_len = 13);
	pkts[5] = frame(PORT, host, NULL, 0x0806, 1);
	for (unsigned i = 0; i < 6; i++)
		frame_meta_set(pkts[i], (uint16_t)i, FRAME_META_AGAIN);
	classify_burst(&classifier, pkts, 6, &c);
	dispatch_again(&d, pkts, &c, &rig.out, 0);
	out_flush(&rig.out);
	assert_int_equal(n_given, 4);
	assert_int_equal(drops(DROP_UNKNOWN), 1);
	assert_int_equal(drops(DROP_SHORT_HEADER), 1);
	for (unsigned i = 0; i < n_given; i++) {
		static const unsigned from[] = {0, 1, 2, 5};

		assert_ptr_equal(given[i], pkts[from[i]]);
		assert_true(frame_meta_is_again(given[i]));
		assert_int_equal(frame_meta(given[i]).iface, from[i]);
		assert_int_equal(frame_meta(given[i]).l2_len, from[i] == 1 ? 18 : 14);
	}
	// To a ring each frame counts for the port it came from.
	set_ring(CLASS_ARP, 1);
	dispatch_again(&d, &pkts[2],
		&(struct classified){.n = 1, .uniform = true, .class = {CLASS_ARP}, .l2_len = {14}},
		&rig.out, 0);
	assert_int_equal(rig.ledger.port[OTHER].ring_in, 1);
	assert_int_equal(rig.ledger.port[PORT].ring_in, 0);
}

/** Frames of one random burst, of every class and kind. */
static uint16_t draw(struct rte_mbuf **pkts, unsigned short seed[3])
{
	static const uint16_t types[] = {0x0800, 0x0806, 0x86dd, 0xcccc, 0x7001, 100, 1501};
	static const uint32_t tags[][3] = {
		{0}, {0}, {0x81000064, 0}, {0x88a800c8, 0x8100012c, 0}, {0x81000000, 0}};
	static const uint8_t *const dst[] = {port_mac, broadcast, host};
	uint16_t n = (uint16_t)(1 + nrand48(seed) % CLASSIFY_BURST);

	for (uint16_t i = 0; i < n; i++) {
		pkts[i] = frame(PORT, dst[nrand48(seed) % 3], tags[nrand48(seed) % 5],
			types[nrand48(seed) % 7], (uint8_t)nrand48(seed));
		if (nrand48(seed) % 8 == 0) // short, or cut inside its tags
			pkts[i]->data_len = (uint16_t)(pkts[i]->pkt_len = nrand48(seed) % 20);
	}
	return n;
}

static void every_frame_goes_one_way_whatever_the_mix(void **state)
{
	static struct rte_mbuf *got[SLOTS];
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	unsigned short seed[3] = {7, 8, 9};

	for (unsigned round = 0; round < 400; round++) {
		unsigned in_rings = 0;

		set_up(state);
		classifier_add(&classifier, 0xcccc);
		set_ring(CLASS_IPV4, 1 + nrand48(seed) % RINGS);
		if (nrand48(seed) % 2)
			set_ring(CLASS_NAMED, 2);
		d.port[PORT].to_port = nrand48(seed) % 2;
		d.port[PORT].unknown = OTHER;
		bucket_init(&policed.port[PORT], 1, 5, HZ, 0);
		d.action[CLASS_IPV4].police = nrand48(seed) % 2 ? &policed : NULL;
		for (unsigned b = 0; b < 20; b++)
			burst(PORT, pkts, draw(pkts, seed), 0);
		for (unsigned r = 0; r < RINGS; r++) {
			unsigned n = received(r, got, SLOTS);

			in_rings += n;
			for (unsigned i = 0; i < n; i++)
				rig.seen[rig_number(got[i])]++;
		}
		for (unsigned i = 0; i < rig.n_made; i++)
			assert_int_equal(rig.seen[i], 1);
		assert_int_equal(rig.n_sent + rig.n_done + in_rings, rig.n_made);
		assert_int_equal(ledger_port_in_flight(&rig.ledger.port[PORT]), in_rings);
		rig_balanced();
	}
}

static int tear_down(void **state)
{
	for (unsigned r = 0; r < RINGS; r++)
		free(rings[r].handoff.ring);
	iface_index_free(ifindex);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frames_for_others_are_dropped_by_name_a19, set_up),
		cmocka_unit_test_setup(an_interface_may_have_a_mac_of_its_own, set_up),
		cmocka_unit_test_setup(the_tags_name_the_interface_a27_a28, set_up),
		cmocka_unit_test_setup(each_frame_of_a_burst_has_the_interface_of_its_tags, set_up),
		cmocka_unit_test_setup(a_header_across_segments_is_made_whole, set_up),
		cmocka_unit_test_setup(types_without_a_handler_are_counted_bounded_e35, set_up),
		cmocka_unit_test_setup(length_frames_count_as_one_type, set_up),
		cmocka_unit_test_setup(unknown_may_go_to_a_port, set_up),
		cmocka_unit_test_setup(rings_take_what_fits_and_the_rest_is_dropped, set_up),
		cmocka_unit_test_setup(a_flow_stays_with_its_consumer_in_order, set_up),
		cmocka_unit_test_setup(flows_of_ip_part_by_their_addresses, set_up),
		cmocka_unit_test_setup(police_stands_before_handler_and_ring, set_up),
		cmocka_unit_test_setup(a_burst_of_many_classes_calls_each_handler_once, set_up),
		cmocka_unit_test_setup(a_second_dispatch_asks_nobody_and_marks_the_frame, set_up),
		cmocka_unit_test_setup(every_frame_goes_one_way_whatever_the_mix, set_up),
	};
	int failed = cmocka_run_group_tests(tests, NULL, tear_down);

	return failed;
}
