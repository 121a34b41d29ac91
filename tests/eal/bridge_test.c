/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules of a bridge, frame by frame: which members send it and with which octets. Ids are
 * those of the bridge checklist.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge_rig.h"
#include "start.h"
#include "wire/tag.h"

#define A    "02000000000a"
#define B    "02000000000b"
#define C    "02000000000c"
#define US   "020000000001"
#define ALL  "ffffffffffff"
#define MANY "01005e000001"
#define IP   "0800 45*46 "

static const uint8_t us[6] = {2, 0, 0, 0, 0, 1};

static void learn(uint16_t port, const char *frame, uint32_t flooded)
{
	bridge_rig_rx(port, frame);
	for (; flooded != 0; flooded &= flooded - 1)
		bridge_rig_expect((uint16_t)__builtin_ctz(flooded), frame);
	bridge_rig_nothing();
}

static void b1_unknown_and_group_frames_are_flooded(void **state)
{
	static const char *const frames[] = {B A IP, ALL A IP, MANY A IP};

	bridge_rig_make(4, 0);
	for (unsigned i = 0; i < 3; i++)
		learn(1, frames[i], 0xd);
	assert_int_equal(rig.lane.member[1].unknown, 1);
	assert_int_equal(rig.lane.member[1].broadcast, 1);
	assert_int_equal(rig.lane.member[1].multicast, 1);
	assert_int_equal(rig.lane.member[1].references, 6);
	bridge_rig_end();
}

static void b2_b3_b4_learned_moved_filtered(void **state)
{
	bridge_rig_make(4, 0);
	learn(0, ALL A IP, 0xe);
	bridge_rig_rx(1, A B IP); // B2
	bridge_rig_expect(0, A B IP);
	bridge_rig_nothing();
	learn(2, ALL A IP, 0xb); // B3: A moves to 2
	bridge_rig_rx(1, A B IP);
	bridge_rig_expect(2, A B IP);
	assert_int_equal(rig.lane.member[2].moved, 1);
	bridge_rig_rx(2, A C IP); // B4
	bridge_rig_nothing();
	assert_int_equal(bridge_rig_drops(2, DROP_BRIDGE_SAME_PORT), 1);
	bridge_rig_end();
}

static void b3_answer_in_the_same_burst(void **state)
{
	struct rte_mbuf *pkts[2];

	bridge_rig_make(3, 0);
	pkts[0] = bridge_rig_frame(ALL A IP, 1);
	pkts[1] = bridge_rig_frame(A B IP, 1); // the same port has just sent from A
	bridge_rig_burst(0, pkts, 2);
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_SAME_PORT), 1);
	bridge_rig_expect(1, ALL A IP);
	bridge_rig_expect(2, ALL A IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b3_b21_events(void **state)
{
	struct bridge_event e;

	bridge_rig_make(2, 0);
	bridge_rig_iface(0, us);
	learn(0, ALL A IP, 0x2);
	learn(1, ALL A IP, 0x1);
	assert_true(bridge_event_take(&rig.events, &e));
	assert_int_equal(e.kind, BRIDGE_EVENT_MOVED);
	assert_int_equal(e.port, 1);
	assert_int_equal(e.was, 0);
	bridge_rig_rx(1, ALL US IP); // B21: our own frame comes back
	bridge_rig_nothing();
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_OWN), 1);
	assert_true(bridge_event_take(&rig.events, &e));
	assert_int_equal(e.kind, BRIDGE_EVENT_OWN);
	assert_int_equal(e.port, 1);
	assert_false(bridge_event_take(&rig.events, &e));
	bridge_rig_end();
}

static void b21_frames_behind_one_of_ours_keep_their_destinations(void **state)
{
	struct rte_mbuf *pkts[3];

	bridge_rig_make(4, 0);
	bridge_rig_iface(0, us);
	learn(0, ALL A IP, 0xe);
	learn(2, ALL B IP, 0xb);
	pkts[0] = bridge_rig_frame(B US IP, 1);
	pkts[1] = bridge_rig_frame(A C IP, 1);
	pkts[2] = bridge_rig_frame(B C IP, 1);
	bridge_rig_burst(1, pkts, 3);
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_OWN), 1);
	bridge_rig_expect(0, A C IP);
	bridge_rig_expect(2, B C IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b6_group_and_zero_sources(void **state)
{
	bridge_rig_make(2, 0);
	bridge_rig_rx(0, B MANY IP);
	bridge_rig_rx(0, B "000000000000" IP);
	bridge_rig_rx(0, B ALL IP);
	bridge_rig_nothing();
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_SOURCE), 3);
	assert_int_equal(rig.lane.member[0].learned, 0);
	bridge_rig_end();
}

static void b7_b8_reserved_addresses(void **state)
{
	bridge_rig_make(2, 0);
	for (unsigned n = 0; n < 16; n++) {
		char frame[128];

		snprintf(frame, sizeof(frame), "0180c20000%02x " A IP, n);
		bridge_rig_rx(0, frame);
		bridge_rig_nothing();
		assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_RESERVED), n + 1);
	}
	learn(0, "0180c2000010" A IP, 0x2); // B8
	learn(0, "0180c2000021" A IP, 0x2);
	rig.bridge->reserved = 0x47fe; // an S-VLAN bridge
	learn(0, "0180c2000000" A IP, 0x2);
	bridge_rig_rx(0, "0180c2000001" A IP);
	bridge_rig_nothing();
	// One that a handler takes.
	bridge_rig_rx(0, "0180c2000001" A "0806 00*46");
	assert_int_equal(rig.n[BRIDGE_RIG_LOCAL], 1);
	bridge_rig_end();
}

/** Whatever VLAN rules a member has, they do not stop what is not forwarded anyway. */
static void b7_reserved_addresses_end_before_vlan_rules(void **state)
{
	bridge_rig_vlans();
	rig.bridge->member[1].accept = BRIDGE_ACCEPT_TAGGED;
	bridge_rig_rx(1, "0180c200000e" A IP);
	bridge_rig_rx(1, "0180c200000e" A "8100 0ffe" IP); // in no VLAN of the member
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_RESERVED), 2);
	bridge_rig_rx(1, "0180c200000e" A "0806 00*46"); // one that a handler takes
	assert_int_equal(rig.n[BRIDGE_RIG_LOCAL], 1);
	bridge_rig_rx(1, "0180c200000e" MANY IP);
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_SOURCE), 1);
	bridge_rig_end();
}

static void b9_b10_access_port(void **state)
{
	bridge_rig_vlans();
	bridge_rig_rx(0, ALL A "8100 0014" IP); // B9: of VLAN 20
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_VLAN), 1);
	bridge_rig_nothing();
	bridge_rig_rx(0, ALL A IP); // B10: untagged
	bridge_rig_expect(1, ALL A "8100 000a" IP);
	bridge_rig_expect(3, ALL A "8100 000a" IP);
	bridge_rig_rx(0, ALL A "8100 b000" IP); // VID 0, PCP 5, DEI
	bridge_rig_expect(1, ALL A "8100 b00a" IP);
	bridge_rig_expect(3, ALL A "8100 b00a" IP);
	bridge_rig_rx(0, ALL A "8100 200a" IP); // its own VLAN
	bridge_rig_expect(1, ALL A "8100 200a" IP);
	bridge_rig_expect(3, ALL A "8100 200a" IP);
	bridge_rig_rx(1, A B "8100 600a" IP); // egress untagged
	bridge_rig_expect(0, A B IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b11_native_vlan(void **state)
{
	bridge_rig_vlans();
	bridge_rig_vlan(30, 0xa, 0x8);
	bridge_rig_rx(1, ALL A IP);
	bridge_rig_expect(3, ALL A "8100 001e" IP);
	bridge_rig_rx(3, ALL B "8100 001e" IP);
	bridge_rig_expect(1, ALL B IP);
	bridge_rig_rx(1, ALL A "8100 001e" IP); // tagged with the native VID
	bridge_rig_expect(3, ALL A "8100 001e" IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b12_acceptable_frame_types(void **state)
{
	bridge_rig_vlans();
	rig.bridge->member[1].accept = BRIDGE_ACCEPT_TAGGED;
	bridge_rig_rx(1, ALL A IP);
	bridge_rig_rx(1, ALL A "8100 6000" IP); // a priority tag is no VLAN tag
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_TYPE), 2);
	bridge_rig_nothing();
	bridge_rig_rx(1, ALL A "8100 0014" IP);
	bridge_rig_expect(2, ALL A IP);
	rig.bridge->member[0].accept = BRIDGE_ACCEPT_UNTAGGED;
	bridge_rig_rx(0, ALL B "8100 000a" IP);
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_TYPE), 1);
	rig.bridge->member[3].pvid = 0; // a trunk without native
	bridge_rig_rx(3, ALL B IP);
	assert_int_equal(bridge_rig_drops(3, DROP_BRIDGE_TYPE), 1);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b13_vlan_4095_and_unknown(void **state)
{
	bridge_rig_vlans();
	bridge_rig_rx(1, ALL A "8100 0fff" IP);
	bridge_rig_rx(1, ALL A "8100 0063" IP);
	rig.bridge->member[1].filter = false;
	bridge_rig_rx(1, ALL A "8100 0fff" IP);
	bridge_rig_rx(1, ALL A "8100 0063" IP);
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_VLAN), 4);
	bridge_rig_nothing();
	rig.bridge->member[2].filter = false; // without ingress filtering VLAN 10 is let in
	bridge_rig_rx(2, ALL A "8100 000a" IP);
	bridge_rig_expect(0, ALL A IP);
	bridge_rig_expect(1, ALL A "8100 000a" IP);
	bridge_rig_expect(3, ALL A "8100 000a" IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b14_one_address_in_two_vlans(void **state)
{
	bridge_rig_vlans();
	bridge_rig_rx(0, ALL A IP);
	bridge_rig_rx(2, ALL A IP);
	bridge_rig_expect(1, ALL A "8100 000a" IP);
	bridge_rig_expect(1, ALL A "8100 0014" IP);
	bridge_rig_expect(3, ALL A "8100 000a" IP);
	bridge_rig_rx(1, A B "8100 000a" IP);
	bridge_rig_expect(0, A B IP);
	bridge_rig_rx(1, A B "8100 0014" IP);
	bridge_rig_expect(2, A B IP);
	bridge_rig_nothing();
	assert_int_equal(rig.lane.member[2].moved, 0);
	bridge_rig_end();
}

static void b17_static_entries_stay(void **state)
{
	struct bridge_event e;

	bridge_rig_make(3, 0);
	assert_int_equal(fdb_add_static(rig.fdb, fdb_key(0, UINT64_C(0x0a0000000002)), 2), 0);
	learn(0, ALL A IP, 0x6); // A is seen at 0, and stays at 2
	assert_int_equal(rig.lane.member[0].held, 1);
	assert_true(bridge_event_take(&rig.events, &e));
	assert_int_equal(e.kind, BRIDGE_EVENT_HELD);
	bridge_rig_rx(1, A B IP);
	bridge_rig_expect(2, A B IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b18_isolation_and_members_that_are_down(void **state)
{
	bridge_rig_make(4, 0);
	rig.bridge->isolated = 0x3;
	learn(0, ALL A IP, 0xc);
	bridge_rig_rx(1, A B IP); // from one isolated member to the other
	bridge_rig_nothing();
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_NOBODY), 1);
	bridge_rig_rx(2, A C IP);
	bridge_rig_expect(0, A C IP);
	rig.bridge->vlan[0].members = 0x4; // all others are down
	bridge_rig_rx(2, ALL C IP);
	bridge_rig_rx(2, A C IP);
	assert_int_equal(bridge_rig_drops(2, DROP_BRIDGE_NOBODY), 2);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void b21_storm_control(void **state)
{
	bridge_rig_make(2, 0);
	bucket_init(&rig.lane.storm[0][BRIDGE_STORM_BROADCAST], 1, 3, 1000000000, rig.call.now);
	for (unsigned i = 0; i < 10; i++)
		bridge_rig_rx(0, ALL A IP);
	assert_int_equal(rig.n[1], 3);
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_STORM), 7);
	assert_int_equal(rig.lane.vlan[0].storm, 7);
	bridge_rig_rx(0, MANY A IP); // has its own
	bridge_rig_rx(0, B A IP);
	assert_int_equal(rig.n[1], 5);
	bridge_rig_end();
}

static void b24_flood_of_segments(void **state)
{
	struct rte_mbuf *m;

	bridge_rig_vlans();
	bridge_rig_vlan(10, 0xf, 0xa);
	for (unsigned segs = 1; segs <= 7; segs++) {
		m = bridge_rig_frame(ALL A "8100 600a" IP "77*900", segs);
		bridge_rig_burst(1, &m, 1);
		bridge_rig_expect(0, ALL A IP "77*900");
		bridge_rig_expect(2, ALL A IP "77*900");
		bridge_rig_expect(3, ALL A "8100 600a" IP "77*900");
		bridge_rig_nothing();
	}
	assert_int_equal(rig.lane.member[1].headers, 14);
	assert_int_equal(rig.lane.member[1].copies, 0);
	bridge_rig_end();
}

static void b24_shared_octets_are_not_written(void **state)
{
	struct rte_mbuf *m, *other;

	bridge_rig_vlans();
	bridge_rig_rx(0, ALL A IP);
	bridge_rig_expect(1, ALL A "8100 000a" IP);
	bridge_rig_expect(3, ALL A "8100 000a" IP);
	m = bridge_rig_frame(A B "8100 000a" IP, 1);
	other = m;
	rte_mbuf_refcnt_update(m, 1); // somebody else has it too
	bridge_rig_burst(1, &m, 1);
	bridge_rig_expect(0, A B IP);
	assert_int_equal(other->pkt_len, 64);
	assert_int_equal(rte_pktmbuf_mtod(other, uint8_t *)[12], 0x81);
	rte_pktmbuf_free(other);
	assert_int_equal(rig.lane.member[1].copies, 1);
	bridge_rig_end();
}

static void b24_members_that_take_copies(void **state)
{
	bridge_rig_make(4, 0);
	rig.bridge->linear = 0x6;
	bridge_rig_rx(0, ALL A IP);
	assert_int_equal(rig.lane.member[0].copies, 2);
	assert_ptr_not_equal(rig.got[1][0], rig.got[3][0]);
	assert_ptr_not_equal(rig.got[1][0], rig.got[2][0]);
	for (uint16_t p = 1; p < 4; p++)
		bridge_rig_expect(p, ALL A IP);
	assert_int_equal(rig.ledger.port[0].copies, 2);
	bridge_rig_end();
}

static void b25_tunnel(void **state)
{
	bridge_rig_make(3, TAG_TPID_S);
	bridge_rig_vlan(100, 0x7, 0x4);
	for (uint16_t p = 0; p < 2; p++) {
		rig.bridge->member[p].mode = BRIDGE_QINQ;
		rig.bridge->member[p].pvid = 100;
		rig.bridge->member[p].pcp = 1;
	}
	bridge_rig_rx(0, ALL A "8100 7005" IP); // PCP 3 and DEI are the customer's
	bridge_rig_expect(1, ALL A "8100 7005" IP);
	bridge_rig_expect(2, ALL A "88a8 7064 8100 7005" IP);
	bridge_rig_rx(0, ALL A IP);
	bridge_rig_expect(1, ALL A IP);
	bridge_rig_expect(2, ALL A "88a8 2064" IP);
	bridge_rig_rx(2, A B "88a8 e064 8100 6007" IP);
	bridge_rig_expect(0, A B "8100 6007" IP);
	bridge_rig_rx(1, A B "88a8 0064 88a8 0001 8100 0002" IP); // whatever it is, it is theirs
	bridge_rig_expect(0, A B "88a8 0064 88a8 0001 8100 0002" IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void three_tags_go_by_the_outer(void **state)
{
	bridge_rig_vlans();
	bridge_rig_rx(1, ALL A "8100 200a 8100 0001 88a8 0002 8100 0003" IP);
	bridge_rig_expect(0, ALL A "8100 0001 88a8 0002 8100 0003" IP);
	bridge_rig_expect(3, ALL A "8100 200a 8100 0001 88a8 0002 8100 0003" IP);
	bridge_rig_rx(
		0, A B "88a8 000a 8100 0001 8100 0002 8100 0003" IP); // another TPID: untagged
	bridge_rig_expect(1, A B "8100 000a 88a8 000a 8100 0001 8100 0002 8100 0003" IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void pcp_is_mapped(void **state)
{
	static const uint8_t map[8] = {1, 0, 2, 3, 4, 5, 5, 5};

	bridge_rig_vlans();
	memcpy(rig.bridge->member[1].pcp_map, map, 8);
	rig.bridge->member[1].maps_pcp = true;
	bridge_rig_rx(1, ALL A "8100 f00a" IP);
	bridge_rig_expect(0, ALL A IP);
	bridge_rig_expect(3, ALL A "8100 b00a" IP);
	rig.bridge->member[0].pcp = 6;
	bridge_rig_rx(0, A B IP);
	bridge_rig_expect(1, A B "8100 c00a" IP);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void translations(void **state)
{
	static const struct bridge_translation t[] = {
		{1, 1, {{0x8100, 100}}, {{0x8100, 10}}},
		{1, 2, {{0x8100, 200}}, {{0x8100, 20}, {0x8100, 7}}},
		{2, 1, {{0x88a8, 300}, {0x8100, 3}}, {{0x8100, 30}}},
	};

	bridge_rig_make(2, TAG_TPID_C);
	for (uint16_t vlan = 10; vlan <= 30; vlan += 10) {
		bridge_rig_vlan(vlan, 0x3, 0x2);
		rig.bridge->vlan[vlan].translated = 0x1;
	}
	memcpy(rig.bridge->member[0].translation, t, sizeof(t));
	rig.bridge->member[0].n_translations = 3;
	bridge_rig_rx(0, B A "8100 7064" IP); // 1-1, PCP and DEI stay
	bridge_rig_expect(1, B A "8100 700a" IP);
	bridge_rig_rx(1, A B "8100 700a" IP);
	bridge_rig_expect(0, A B "8100 7064" IP);
	bridge_rig_rx(0, B A "8100 e0c8" IP); // 1-2
	bridge_rig_expect(1, B A "8100 e014 8100 e007" IP);
	bridge_rig_rx(1, A B "8100 e014 8100 2007" IP);
	bridge_rig_expect(0, A B "8100 e0c8" IP);
	bridge_rig_rx(1, A B "8100 e014 8100 2008" IP); // not what the translation made
	assert_int_equal(bridge_rig_drops(1, DROP_BRIDGE_TRANSLATE), 1);
	bridge_rig_rx(0, B A "88a8 612c 8100 2003 8100 0009" IP); // 2-1
	bridge_rig_expect(1, B A "8100 601e 8100 0009" IP);
	bridge_rig_rx(1, A B "8100 601e" IP);
	bridge_rig_expect(0, A B "88a8 612c 8100 6003" IP);
	bridge_rig_rx(0, B A "8100 000a" IP); // VLAN 10 comes in as 100 only
	assert_int_equal(bridge_rig_drops(0, DROP_BRIDGE_VLAN), 1);
	bridge_rig_nothing();
	bridge_rig_end();
}

static void frames_for_us(void **state)
{
	bridge_rig_vlans();
	bridge_rig_iface(10, us);
	bridge_rig_rx(1, ALL A "8100 000a 0806 00*46"); // ARP: flooded, and a private copy
	bridge_rig_expect(BRIDGE_RIG_LOCAL, ALL A "8100 000a 0806 00*46");
	bridge_rig_expect(0, ALL A "0806 00*46");
	bridge_rig_expect(3, ALL A "8100 000a 0806 00*46");
	bridge_rig_rx(1, US A "8100 000a 0806 00*46");
	assert_int_equal(frame_meta(rig.got[BRIDGE_RIG_LOCAL][0]).l2_len, 18);
	assert_int_equal(frame_meta(rig.got[BRIDGE_RIG_LOCAL][0]).iface, 0);
	bridge_rig_expect(BRIDGE_RIG_LOCAL, US A "8100 000a 0806 00*46");
	bridge_rig_rx(1, US A "8100 000a 8100 0001 0806 00*46"); // a tag that we have not
	assert_int_equal(bridge_rig_drops(1, DROP_NO_INTERFACE), 1);
	bridge_rig_rx(1, US A "8100 000a 88b5 00*46"); // nobody takes this type
	assert_int_equal(bridge_rig_drops(1, DROP_UNKNOWN), 1);
	bridge_rig_rx(1, US A "8100 000a 8100"); // nor this
	assert_int_equal(bridge_rig_drops(1, DROP_SHORT_VLAN), 1);
	bridge_rig_rx(2, ALL B "0806 00*46"); // not our VLAN
	bridge_rig_expect(1, ALL B "8100 0014 0806 00*46");
	bridge_rig_nothing();
	rig.bridge->vlan[10].members = 0x1; // nobody but us
	bridge_rig_rx(0, ALL B "0806 00*46");
	bridge_rig_expect(BRIDGE_RIG_LOCAL, ALL B "0806 00*46");
	bridge_rig_nothing();
	bridge_rig_end();
}

static void frames_from_us(void **state)
{
	struct rte_mbuf *m;

	bridge_rig_vlans();
	bridge_rig_iface(10, us);
	m = bridge_rig_frame(ALL US "0806 00*46", 1);
	m->port = RTE_MBUF_PORT_INVALID;
	rig.ledger.port[LEDGER_SELF].originated++;
	bridge_send(&rig.call, m, 10);
	out_flush(&rig.out);
	bridge_rig_expect(0, ALL US "0806 00*46");
	bridge_rig_expect(1, ALL US "8100 000a 0806 00*46");
	bridge_rig_expect(3, ALL US "8100 000a 0806 00*46");
	bridge_rig_rx(0, US A "0806 00*46");
	bridge_rig_expect(BRIDGE_RIG_LOCAL, US A "0806 00*46");
	m = bridge_rig_frame(A US "0806 00*46", 1);
	m->port = RTE_MBUF_PORT_INVALID;
	rig.ledger.port[LEDGER_SELF].originated++;
	bridge_send(&rig.call, m, 10);
	out_flush(&rig.out);
	bridge_rig_expect(0, A US "0806 00*46");
	bridge_rig_nothing();
	bridge_rig_end();
}

static void runts_pass_short_headers_do_not(void **state)
{
	bridge_rig_make(2, 0);
	bridge_rig_rx(0, B A "08");
	assert_int_equal(bridge_rig_drops(0, DROP_SHORT_HEADER), 1);
	learn(0, B A "0800", 0x2);
	learn(0, B A "0001 00", 0x2);
	learn(0, B A "8100 00", 0x2); // a bridge without VLANs reads no tag
	learn(0, B A "05dd 00*46", 0x2);
	bridge_rig_end();
	bridge_rig_vlans();
	bridge_rig_rx(1, B A "8100 000a");
	bridge_rig_rx(1, B A "8100 000a 08");
	assert_int_equal(bridge_rig_drops(1, DROP_SHORT_VLAN), 2);
	bridge_rig_nothing();
	bridge_rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b1_unknown_and_group_frames_are_flooded),
		cmocka_unit_test(b2_b3_b4_learned_moved_filtered),
		cmocka_unit_test(b3_answer_in_the_same_burst),
		cmocka_unit_test(b3_b21_events),
		cmocka_unit_test(b21_frames_behind_one_of_ours_keep_their_destinations),
		cmocka_unit_test(b6_group_and_zero_sources),
		cmocka_unit_test(b7_b8_reserved_addresses),
		cmocka_unit_test(b7_reserved_addresses_end_before_vlan_rules),
		cmocka_unit_test(b9_b10_access_port),
		cmocka_unit_test(b11_native_vlan),
		cmocka_unit_test(b12_acceptable_frame_types),
		cmocka_unit_test(b13_vlan_4095_and_unknown),
		cmocka_unit_test(b14_one_address_in_two_vlans),
		cmocka_unit_test(b17_static_entries_stay),
		cmocka_unit_test(b18_isolation_and_members_that_are_down),
		cmocka_unit_test(b21_storm_control),
		cmocka_unit_test(b24_flood_of_segments),
		cmocka_unit_test(b24_shared_octets_are_not_written),
		cmocka_unit_test(b24_members_that_take_copies),
		cmocka_unit_test(b25_tunnel),
		cmocka_unit_test(three_tags_go_by_the_outer),
		cmocka_unit_test(pcp_is_mapped),
		cmocka_unit_test(translations),
		cmocka_unit_test(frames_for_us),
		cmocka_unit_test(frames_from_us),
		cmocka_unit_test(runts_pass_short_headers_do_not),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
