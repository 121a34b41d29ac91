/* SPDX-License-Identifier: BSD-3-Clause */
/* What drivers leave undone, put right before anybody looks: tags that a NIC took off come back as
 * they were on the wire. A wire between two ports shows what the lanes made of a frame. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "lane_rig.h"

enum {
	BURST = 16, // a whole one, of which one frame in BURST / 4 is marked
	TYPE = 0x88b5,
	LONE = 0xa123,           // PCP 5, no DEI, VID 0x123
	OUTER = 0xf0c8,          // PCP 7, DEI, VID 200
	INNER = 0x112c,          // PCP 0, DEI, VID 300
	INNER_TAG = 0x8100 << 16 // with its TCI: in the octets
};

static struct ledger sum;

// How a NIC gives a frame that had tags, and what it was on the wire.
struct stripped {
	uint64_t flags;
	uint32_t left; // tag that is still in the octets, 0: none
	uint8_t tags[8];
	unsigned n;
};

#define TCI(tci) (tci) >> 8, (tci)&0xff

static const struct stripped lone = {
	RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, 0, {0x81, 0, TCI(LONE)}, 4};
static const struct stripped both = {RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED |
					     RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED,
	0, {0x88, 0xa8, TCI(OUTER), 0x81, 0, TCI(INNER)}, 8};
static const struct stripped outer = {
	RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED,
	(uint32_t)INNER_TAG | INNER, {0x88, 0xa8, TCI(OUTER)}, 4};
// A device that tells of tags and leaves them.
static const struct stripped left = {
	RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_QINQ, (uint32_t)INNER_TAG | INNER, {0}, 0};

static struct rte_mbuf *make(struct rig *r, const struct stripped *s, uint32_t number)
{
	struct rte_mbuf *m = rig_make(r, (const uint8_t *)"\2\0\0\0\0\7", s->left, TYPE, 1, number);

	m->ol_flags |= s->flags;
	m->vlan_tci = s == &lone ? LONE : INNER;
	m->vlan_tci_outer = OUTER;
	return m;
}

static uint16_t collect(struct rig *r, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();
	uint16_t got = 0;

	while (got < n && rte_rdtsc() < deadline)
		got += rig_collect(r, 1, 0, pkts + got, n - got);
	return got;
}

// Frame `number` with these tags behind its addresses, and no word of any that is to come back.
static void assert_restored(struct rig *r, struct rte_mbuf *m, const struct stripped *s, uint32_t n)
{
	struct rte_mbuf *bare = make(r, s, n);
	const uint8_t *was = rte_pktmbuf_mtod(bare, const uint8_t *);
	const uint8_t *is = rte_pktmbuf_mtod(m, const uint8_t *);

	assert_int_equal(m->pkt_len, RIG_FRAME + s->n);
	assert_int_equal(m->data_len, RIG_FRAME + s->n);
	assert_memory_equal(is, was, 12);
	assert_memory_equal(is + 12, s->tags, s->n);
	assert_memory_equal(is + 12 + s->n, was + 12, RIG_FRAME - 12);
	assert_int_equal(
		m->ol_flags & (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED), 0);
	rte_pktmbuf_free(bare);
}

// Marked frames among others, at every place of a burst.
static void comes_back(const struct stripped *s)
{
	static const struct stripped none;
	struct rig *r = rig_start(rig_wire_yaml, handler_table);
	struct rte_mbuf *pkts[BURST];
	uint32_t number = 0;

	for (unsigned place = 0; place < BURST; place++) {
		for (unsigned i = 0; i < BURST; i++)
			pkts[i] = make(r, i == place ? s : &none, number + i);
		assert_int_equal(rig_feed(r, 0, 0, pkts, BURST), BURST);
		assert_int_equal(collect(r, pkts, BURST), BURST);
		for (unsigned i = 0; i < BURST; i++)
			assert_restored(r, pkts[i], i == place ? s : &none, number + i);
		rte_pktmbuf_free_bulk(pkts, BURST);
		number += BURST;
	}
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].rx, BURST * BURST);
	assert_int_equal(sum.port[0].rx_bytes, BURST * (BURST * RIG_FRAME + s->n));
	assert_int_equal(sum.port[0].class[CLASS_OTHER], BURST * BURST);
	assert_int_equal(sum.port[0].sent, BURST * BURST);
}

static void a_lone_tag_comes_back(void **state)
{
	comes_back(&lone);
}

static void two_tags_come_back(void **state)
{
	comes_back(&both);
}

static void an_outer_tag_comes_back_alone(void **state)
{
	comes_back(&outer);
}

static void tags_that_were_left_are_not_doubled(void **state)
{
	comes_back(&left);
}

// A NIC that leaves no headroom: the frame cannot be what it was, and is not sent as another.
static void without_room_the_frame_is_dropped_and_counted(void **state)
{
	static const struct stripped none;
	struct rig *r = rig_start(rig_wire_yaml, handler_table);
	struct rte_mbuf *pkts[2] = {make(r, &both, 1), make(r, &none, 2)}, *m = pkts[0];

	memmove((uint8_t *)m->buf_addr + 4, rte_pktmbuf_mtod(m, void *), RIG_FRAME);
	m->data_off = 4;
	assert_int_equal(rig_feed(r, 0, 0, pkts, 2), 2);
	assert_int_equal(collect(r, pkts, 1), 1);
	assert_restored(r, pkts[0], &none, 2);
	rte_pktmbuf_free(pkts[0]);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].rx, 2);
	assert_int_equal(sum.port[0].rx_bytes, 2 * RIG_FRAME);
	assert_int_equal(sum.port[0].class[CLASS_BROKEN], 1);
	assert_int_equal(sum.port[0].drops[DROP_NO_BUFFER], 1);
	assert_int_equal(sum.port[0].sent, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lone_tag_comes_back),
		cmocka_unit_test(two_tags_come_back),
		cmocka_unit_test(an_outer_tag_comes_back_alone),
		cmocka_unit_test(tags_that_were_left_are_not_doubled),
		cmocka_unit_test(without_room_the_frame_is_dropped_and_counted),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
