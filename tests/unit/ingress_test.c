/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/ingress: interfaces behind tags (E21, A27, A28), and frames for others (A19). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch_rig.h"

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

// What is found out by looking at the frame itself: others' frames in any place of a burst, of one
// and of several classes, behind up to three tags, of any first segment.
static void others_are_told_behind_any_header_a19(void **state)
{
	static const uint32_t tags[4][4] = {{0}, {0x81000064, 0}, {0x88a800c8, 0x8100012c, 0},
		{0x88a800c8, 0x8100012c, 0x81000001, 0}};
	for (unsigned k = 0; k < 4 * 32 * 3; k++) {
		unsigned n_tags = k % 4, cut = k / 4 % 32, mix = k / 128;
		struct rte_mbuf *pkts[11];
		unsigned expected = 0, others = 0;

		rig_reset();

		for (unsigned i = 0; i < RTE_DIM(pkts); i++) {
			bool ours = i % 3 != 0, has_handler = mix != 2 || i % 2 == 0;

			pkts[i] = frame(PORT, ours ? port_mac : host,
				tags[mix == 0 ? n_tags : (n_tags + i) % 4],
				has_handler ? 0x0806 : 0x88b5, 1);
			if (i == 5 && cut >= 12)
				pkts[i]->data_len = (uint16_t)cut; // the rest is not looked at
			expected += ours && has_handler;
			others += !ours && has_handler;
		}
		if (cut >= 12) {
			struct rte_mbuf *tail = frame(PORT, host, NULL, 0, 1);

			rig.ledger.port[PORT].rx--;
			memcpy(rte_pktmbuf_mtod(tail, uint8_t *),
				rte_pktmbuf_mtod_offset(pkts[5], uint8_t *, cut), 60 - cut);
			tail->data_len = (uint16_t)(60 - cut);
			rte_mbuf_refcnt_set(tail, 2); // it is not the pool's: never given back
			pkts[5]->next = tail;
			pkts[5]->nb_segs = 2;
		}
		n_given = 0;
		burst(PORT, pkts, RTE_DIM(pkts), 0);
		assert_int_equal(n_given, expected);
		assert_int_equal(drops(DROP_NOT_FOR_US), others);
		for (unsigned i = 0; i < n_given; i++)
			assert_memory_equal(rte_pktmbuf_mtod(given[i], void *), port_mac, 6);
		rig_balanced();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			frames_for_others_are_dropped_by_name_a19, dispatch_rig_set_up),
		cmocka_unit_test_setup(an_interface_may_have_a_mac_of_its_own, dispatch_rig_set_up),
		cmocka_unit_test_setup(the_tags_name_the_interface_a27_a28, dispatch_rig_set_up),
		cmocka_unit_test_setup(
			each_frame_of_a_burst_has_the_interface_of_its_tags, dispatch_rig_set_up),
		cmocka_unit_test_setup(a_header_across_segments_is_made_whole, dispatch_rig_set_up),
		cmocka_unit_test_setup(others_are_told_behind_any_header_a19, dispatch_rig_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, dispatch_rig_tear_down);
}
