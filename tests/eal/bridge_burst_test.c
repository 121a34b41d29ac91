/* SPDX-License-Identifier: BSD-3-Clause */
/* However a bridge decides a burst, its frames go where each would have gone alone, in order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bridge_rig.h"
#include "start.h"

#define A   "02000000000a"
#define B   "02000000000b"
#define ALL "ffffffffffff"
#define IP  "0800 45*46 "

// A burst of one flow is decided once: the same octets as frame by frame.
static void b26_one_flow_is_like_single_frames(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];

	bridge_rig_vlans();
	bridge_rig_rx(0, ALL A IP);
	bridge_rig_expect(1, ALL A "8100 000a" IP);
	bridge_rig_expect(3, ALL A "8100 000a" IP);
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		char frame[128];

		snprintf(frame, sizeof(frame), A B "8100 400a 0800 45 %02x 00*44", i);
		pkts[i] = bridge_rig_frame(frame, 1);
	}
	bridge_rig_burst(1, pkts, CLASSIFY_BURST);
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		char frame[128];

		snprintf(frame, sizeof(frame), A B "0800 45 %02x 00*44", i);
		bridge_rig_expect(0, frame);
	}
	for (unsigned i = 0; i < CLASSIFY_BURST; i++)
		pkts[i] = bridge_rig_frame(B A IP "33*400", i % 3 + 1);
	bridge_rig_burst(0, pkts, CLASSIFY_BURST);
	for (unsigned i = 0; i < CLASSIFY_BURST; i++)
		bridge_rig_expect(1, B A "8100 000a" IP "33*400");
	bridge_rig_nothing();
	assert_int_equal(rig.lane.vlan[10].frames, 1 + 2 * CLASSIFY_BURST);
	bridge_rig_end();
}

// What all members sent, in order, as one string of octets; the rig is left empty.
static uint64_t digest(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (uint16_t p = 0; p < BRIDGE_RIG_PORTS; p++) {
		for (unsigned i = 0; i < rig.n[p]; i++) {
			uint8_t room[256];
			const uint8_t *octets =
				rte_pktmbuf_read(rig.got[p][i], 0, rig.got[p][i]->pkt_len, room);

			for (uint32_t o = 0; o < rig.got[p][i]->pkt_len; o++)
				hash = (hash ^ octets[o]) * UINT64_C(0x100000001b3);
			hash = (hash ^ p) * UINT64_C(0x100000001b3);
			rte_pktmbuf_free(rig.got[p][i]);
		}
		rig.n[p] = 0;
	}
	return hash;
}

static void make_random_frame(
	uint64_t *seed, unsigned kind, unsigned to, uint16_t port, char hex[160])
{
	static const char *const tags[] = {"", "8100 200a ", "8100 400a ", "8100 200b ",
		"8100 000c ", "8100 0014 ", "8100 000a 8100 0007 ", "88a8 000a ", "8100 6000 ",
		"8100 0fff "};
	unsigned tag, dst, src;

	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	// One tag for the whole burst; one VLAN; VLANs of a trunk, all of port 1's; anything.
	tag = kind < 10    ? kind
	      : kind == 10 ? 1 + (unsigned)(*seed >> 33) % 2
	      : kind == 11 ? 1 + (unsigned)(*seed >> 33) % 5
	                   : (unsigned)(*seed >> 33) % 10;
	// To anybody; to hosts; to those of other members; of the next one, of the second, of the
	// third; of the port itself and the next.
	dst = (unsigned)(*seed >> 40) % (to == 0          ? 14
						: to == 1 ? 12
						: to == 2 ? 9
						: to < 6  ? 3
							  : 6);
	if (to >= 2)
		dst = (dst + 3u * (port + (to == 2 ? 1 : to == 6 ? 0 : to - 2))) % 12;
	src = (*seed >> 50) % 3 + port * 3u;
	if (dst < 12)
		snprintf(hex, 160, "02000000aa%02x 02000000aa%02x %s" IP, dst, src, tags[tag]);
	else
		snprintf(hex, 160, "%s 02000000aa%02x %s" IP, dst == 12 ? ALL : "02000000bbbb", src,
			tags[tag]);
}

// Four members of all sorts that know twelve hosts in all their VLANs.
static void make_known(bool tunnel)
{
	bridge_rig_vlans();
	bridge_rig_vlan(10, 0xf, 0xe);
	bridge_rig_vlan(11, 0xa, 0xa);
	bridge_rig_vlan(12, 0xe, 0xa);
	bridge_rig_vlan(30, 0xe, 0xc);
	if (tunnel)
		rig.bridge->member[0].mode = BRIDGE_QINQ;
	for (unsigned host = 0; host < 12; host++) {
		static const uint16_t vlans[] = {10, 11, 12, 20, 30};
		struct bucket open = {0};
		uint8_t was;

		for (unsigned v = 0; v < 5; v++)
			fdb_learn(rig.fdb,
				fdb_key(vlans[v], UINT64_C(0xaa00000002) | (uint64_t)host << 40),
				(uint8_t)(host / 3), 0, &open, 0, &was);
	}
}

// However a burst is decided, its frames go where each would have gone alone, in order.
static void b26_bursts_are_like_single_frames(void **state)
{
	for (unsigned round = 0; round < 1456; round++) {
		uint64_t digests[2], unicast[2];

		for (unsigned way = 0; way < 2; way++) {
			uint16_t port = (uint16_t)(round / 13 % 4);
			struct rte_mbuf *pkts[CLASSIFY_BURST];
			uint64_t seed = round;

			make_known(round % 3 == 0);
			for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
				char hex[160];

				make_random_frame(&seed, round % 13, round / 52 % 7, port, hex);
				pkts[i] = bridge_rig_frame(hex, 1);
			}
			if (way == 0)
				bridge_rig_burst(port, pkts, CLASSIFY_BURST);
			for (unsigned i = 0; way == 1 && i < CLASSIFY_BURST; i++)
				bridge_rig_burst(port, &pkts[i], 1);
			digests[way] = digest();
			unicast[way] = rig.lane.member[port].unicast;
			bridge_rig_end();
		}
		assert_int_equal(digests[0], digests[1]);
		assert_int_equal(unicast[0], unicast[1]);
	}
}

// One frame of a burst is somebody else's too: it cannot be rewritten in place.
static void b26_order_around_a_shared_frame(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST], *shared;

	make_known(false);
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		char hex[160];

		snprintf(hex, sizeof(hex), "02000000aa03 02000000aa00 0800 45 %02x 00*44", i);
		pkts[i] = bridge_rig_frame(hex, 1);
	}
	shared = pkts[7];
	rte_mbuf_refcnt_update(shared, 1);
	bridge_rig_burst(0, pkts, CLASSIFY_BURST);
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		char hex[160];

		snprintf(hex, sizeof(hex), "02000000aa03 02000000aa00 8100 000a 0800 45 %02x 00*44",
			i);
		bridge_rig_expect(1, hex);
	}
	bridge_rig_nothing();
	rte_pktmbuf_free(shared);
	bridge_rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b26_one_flow_is_like_single_frames),
		cmocka_unit_test(b26_bursts_are_like_single_frames),
		cmocka_unit_test(b26_order_around_a_shared_frame),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
