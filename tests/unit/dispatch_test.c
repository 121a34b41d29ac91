/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/dispatch: where each class of a burst goes, and that nothing is lost or doubled on the
 * way. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch_rig.h"

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

static void a_flow_of_llc_stays_with_its_consumer_whatever_its_lengths(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST], *got[CLASSIFY_BURST];
	int class = classifier_add_sap(&classifier, 0xfe);
	unsigned used = 0;

	set_ring((uint8_t) class, RINGS);
	for (unsigned k = 0; k < CLASSIFY_BURST; k++) {
		pkts[k] = frame(PORT, port_mac, NULL, (uint16_t)(3 + k), 1);
		rte_pktmbuf_mtod(pkts[k], uint8_t *)[14] = 0xfe; // IS-IS
	}
	burst(PORT, pkts, CLASSIFY_BURST, 0);
	for (unsigned r = 0; r < RINGS; r++)
		used += received(r, got, CLASSIFY_BURST) == CLASSIFY_BURST;
	assert_int_equal(used, 1);
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
	classify_burst(&classifier, pkts, 6, false, &c);
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

		dispatch_rig_set_up(state);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			types_without_a_handler_are_counted_bounded_e35, dispatch_rig_set_up),
		cmocka_unit_test_setup(length_frames_count_as_one_type, dispatch_rig_set_up),
		cmocka_unit_test_setup(unknown_may_go_to_a_port, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			rings_take_what_fits_and_the_rest_is_dropped, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			a_flow_stays_with_its_consumer_in_order, dispatch_rig_set_up),
		cmocka_unit_test_setup(a_flow_of_llc_stays_with_its_consumer_whatever_its_lengths,
			dispatch_rig_set_up),
		cmocka_unit_test_setup(flows_of_ip_part_by_their_addresses, dispatch_rig_set_up),
		cmocka_unit_test_setup(police_stands_before_handler_and_ring, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			a_burst_of_many_classes_calls_each_handler_once, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			a_second_dispatch_asks_nobody_and_marks_the_frame, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			every_frame_goes_one_way_whatever_the_mix, dispatch_rig_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, dispatch_rig_tear_down);
}
