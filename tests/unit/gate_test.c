/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/gate: who comes into the ring of a handler that is too slow, what becomes of the
 * others, and how long frames wait. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steer/gate.h"
#include "steer_rig.h"

enum { PORT = 3, OTHER = 7, SLOTS = 64, SIZE = 63, HIGH = 48, LOW = 32, RESERVE = 8, HZ = 1000000 };
enum { UNTAGGED = 0xffff, DEI = 0x1000, PCP_5 = 5 << 13, PCP_6 = 6 << 13, PCP_7 = 7 << 13 };

static struct gate g;
static struct handoff_pending pending;
static struct rte_ring *ring;

static int set_up(void **state)
{
	rig_reset();
	if (ring == NULL)
		ring = aligned_alloc(RTE_CACHE_LINE_SIZE, (size_t)rte_ring_get_memsize(SLOTS));
	assert_int_equal(rte_ring_init(ring, "g", SLOTS, RING_F_SP_ENQ | RING_F_SC_DEQ), 0);
	gate_init(&g, SLOTS, GATE_DROP_TAIL, HZ);
	g.handoff = (struct handoff){ring, &pending, 1};
	g.pass_port = OTHER;
	return 0;
}

static struct rte_mbuf *frame(uint16_t port, uint16_t tci)
{
	uint8_t p[64] = {0};
	struct rte_mbuf *m;

	p[12] = 0x88;
	p[13] = 0xa8;
	p[14] = (uint8_t)(tci >> 8);
	p[15] = (uint8_t)tci;
	// Behind an inner tag of another priority, which nobody asks.
	memcpy(p + 16, "\x81\x00\xf0\x05", 4);
	m = rig_mbuf(p, sizeof(p), 0, 0, port);
	frame_meta_set(m, OUT_IFACE_NONE, tci == UNTAGGED ? 14 : 22);
	rig.ledger.port[port].rx++;
	return m;
}

/** Send n such frames, at most a burst at a time. */
static void send(uint16_t port, uint16_t tci, unsigned n, uint64_t now)
{
	struct rte_mbuf *pkts[OUT_BURST];

	while (n > 0) {
		uint16_t burst = (uint16_t)RTE_MIN(n, (unsigned)OUT_BURST);

		for (uint16_t i = 0; i < burst; i++)
			pkts[i] = frame(port, tci);
		gate_send(&g, pkts, burst, port, &rig.out, now);
		n -= burst;
	}
	out_flush(&rig.out);
	rig_balanced();
}

static uint64_t drops(enum drop_reason reason)
{
	return rig.ledger.port[PORT].drops[reason];
}

static unsigned taken(void)
{
	return rte_ring_count(ring);
}

static void the_last_places_are_for_control_traffic(void **state)
{
	send(PORT, UNTAGGED, 100, 0);
	assert_int_equal(taken(), SIZE - RESERVE);
	assert_int_equal(drops(DROP_HANDLER_RING), 100 - (SIZE - RESERVE));
	send(PORT, PCP_5, 1, 0);
	assert_int_equal(taken(), SIZE - RESERVE);
	send(PORT, PCP_6, 3, 0);
	send(PORT, PCP_7, 20, 0);
	assert_int_equal(taken(), SIZE);
	assert_int_equal(g.drop_tail, 100 - (SIZE - RESERVE) + 1 + 3 + 20 - RESERVE);
	assert_int_equal(drops(DROP_HANDLER_RING), g.drop_tail);
	assert_int_equal(g.entered, SIZE);
	assert_int_equal(g.peak, SIZE);
	assert_int_equal(rig.ledger.port[PORT].ring_in, SIZE);
}

static void drop_eligible_frames_go_first(void **state)
{
	struct rte_mbuf *pkts[20], *sent[20], *got[SIZE];

	send(PORT, DEI, HIGH - 1, 0);
	assert_int_equal(taken(), HIGH - 1);
	assert_int_equal(g.drop_dei, 0);
	// One burst of both kinds over the mark: each DEI frame falls, whatever its priority.
	for (unsigned i = 0; i < 20; i++)
		pkts[i] = sent[i] = frame(PORT, i == 0 ? DEI : i % 2 ? UNTAGGED : DEI | PCP_7);
	gate_send(&g, pkts, 20, PORT, &rig.out, 0);
	out_flush(&rig.out);
	assert_int_equal(g.drop_dei, 9);
	assert_int_equal(drops(DROP_HANDLER_DEI), 9);
	// The one at the mark and normal ones up to the share, in their order.
	assert_int_equal(taken(), SIZE - RESERVE);
	assert_int_equal(drops(DROP_HANDLER_RING), 10 - (SIZE - RESERVE - HIGH));
	rte_ring_sc_dequeue_bulk(ring, (void **)got, SIZE - RESERVE, NULL);
	assert_ptr_equal(got[HIGH - 1], sent[0]);
	for (unsigned i = 0; i < SIZE - RESERVE - HIGH; i++)
		assert_ptr_equal(got[HIGH + i], sent[2 * i + 1]);
	rig_balanced();
}

static void what_does_not_fit_may_go_to_a_port(void **state)
{
	g.overload = GATE_PASS;
	send(PORT, UNTAGGED, SIZE, 0);
	assert_int_equal(taken(), SIZE - RESERVE);
	assert_int_equal(g.passed, RESERVE);
	assert_int_equal(rig.n_sent, RESERVE);
	assert_int_equal(rig.port[SIZE - 1], OTHER);
	assert_int_equal(rig.order[0], SIZE - RESERVE);
	assert_int_equal(ledger_port_dropped(&rig.ledger.port[PORT]), 0);
	// Not back to where it came from.
	send(OTHER, UNTAGGED, 2, 0);
	assert_int_equal(g.passed, RESERVE);
	assert_int_equal(rig.ledger.port[OTHER].drops[DROP_HANDLER_RING], 2);
}

static void the_oldest_make_room(void **state)
{
	struct rte_mbuf *keep[OUT_BURST], *m = NULL;
	uint16_t n;

	g.overload = GATE_DROP_HEAD;
	send(PORT, UNTAGGED, HIGH, 0);
	assert_int_equal(gate_shed(&g, SIZE, keep, &n, &rig.out), 0); // not above the mark
	send(PORT, UNTAGGED, 1, 0);
	assert_int_equal(gate_shed(&g, SIZE, keep, &n, &rig.out), HIGH + 1 - LOW);
	assert_int_equal(n, 0);
	assert_int_equal(taken(), LOW);
	assert_int_equal(g.drop_head, HIGH + 1 - LOW);
	assert_int_equal(drops(DROP_HANDLER_HEAD), HIGH + 1 - LOW);
	assert_int_equal(rte_ring_sc_dequeue(ring, (void **)&m), 0);
	assert_int_equal(rig_number(m), HIGH + 1 - LOW); // the oldest of those that stay
	assert_int_equal(atomic_load(&pending.bits), 1);
}

static void the_oldest_go_in_as_many_calls_as_it_takes(void **state)
{
	struct rte_mbuf *keep[OUT_BURST];
	uint16_t n;

	g.overload = GATE_DROP_HEAD;
	send(PORT, UNTAGGED, HIGH + 1, 0);
	assert_int_equal(gate_shed(&g, 10, keep, &n, &rig.out), 10);
	assert_int_equal(gate_shed(&g, 3, keep, &n, &rig.out), 3); // below the mark by now
	assert_int_equal(gate_shed(&g, 10, keep, &n, &rig.out), HIGH + 1 - LOW - 13);
	assert_int_equal(taken(), LOW);
	send(PORT, UNTAGGED, 1, 0); // it has to be too full again
	assert_int_equal(gate_shed(&g, 10, keep, &n, &rig.out), 0);
	assert_int_equal(g.drop_head, HIGH + 1 - LOW);
}

static void control_traffic_among_the_oldest_is_handled(void **state)
{
	struct rte_mbuf *keep[OUT_BURST];
	uint16_t n;

	g.overload = GATE_DROP_HEAD;
	send(PORT, UNTAGGED, 2, 0);
	send(PORT, PCP_6, 1, 0);
	send(PORT, UNTAGGED, 3, 0);
	send(PORT, PCP_7, 1, 0);
	send(PORT, UNTAGGED, HIGH - 6, 0);
	assert_int_equal(gate_shed(&g, SIZE, keep, &n, &rig.out), HIGH + 1 - LOW);
	assert_int_equal(n, 2);
	assert_int_equal(rig_number(keep[0]), 2);
	assert_int_equal(rig_number(keep[1]), 6);
	assert_int_equal(drops(DROP_HANDLER_HEAD), HIGH + 1 - LOW - 2);
	assert_int_equal(rig.ledger.port[PORT].ring_out, HIGH + 1 - LOW);
}

/** The entry that a wait of so many microseconds is counted in, two frames of one burst. */
static unsigned entry_of(int64_t us, uint64_t hz)
{
	uint64_t came = UINT64_C(1) << 50; // any time; stamps are the low bits of it
	struct rte_mbuf *pkts[OUT_BURST];
	struct gate_arrivals a;
	unsigned entry = GATE_WAITS;

	set_up(NULL);
	gate_init(&g, SLOTS, GATE_DROP_TAIL, hz);
	g.handoff = (struct handoff){ring, &pending, 1};
	send(PORT, UNTAGGED, 2, came);
	assert_int_equal(handoff_recv(&g.handoff, pkts, OUT_BURST), 2);
	gate_arrive(pkts, 2, &a);
	assert_int_equal(a.n, 1);
	gate_leave(&g, &a, came + (uint64_t)(us * (int64_t)hz / 1000000));
	for (unsigned e = 0; e < GATE_WAITS; e++) {
		if (g.waits[e] == 0)
			continue;
		assert_int_equal(g.waits[e], 2);
		assert_int_equal(entry, GATE_WAITS);
		entry = e;
	}
	return entry;
}

static void waits_are_counted_by_powers_of_two(void **state)
{
	static const uint64_t hz[] = {
		UINT64_C(1000000000), UINT64_C(2445000000), UINT64_C(5000000000)};

	for (unsigned i = 0; i < RTE_DIM(hz); i++) {
		assert_int_equal(entry_of(0, hz[i]), 0);
		// A stamp is up to a microsecond coarse.
		assert_int_equal(entry_of(6, hz[i]), 3);
		assert_int_equal(entry_of(48, hz[i]), 6);
		assert_int_equal(entry_of(1500, hz[i]), 11);
		assert_int_equal(entry_of(10500, hz[i]), 14);
		assert_int_equal(entry_of(3000000, hz[i]), 22);
		assert_int_equal(entry_of(60000000, hz[i]), GATE_WAITS - 1);
	}
	// The clock of another CPU may be behind.
	assert_int_equal(entry_of(-3, 1000000000), 0);
}

static void bursts_of_different_times_keep_theirs(void **state)
{
	struct rte_mbuf *pkts[OUT_BURST];
	struct gate_arrivals a;

	gate_init(&g, SLOTS, GATE_DROP_TAIL, 1024000000); // a stamp is a microsecond
	g.handoff = (struct handoff){ring, &pending, 1};
	send(PORT, UNTAGGED, 3, 0);
	send(PORT, UNTAGGED, 1, 9 << GATE_STAMP_SHIFT);
	send(PORT, UNTAGGED, 4, 12 << GATE_STAMP_SHIFT);
	assert_int_equal(handoff_recv(&g.handoff, pkts, OUT_BURST), 8);
	gate_arrive(pkts, 8, &a);
	assert_int_equal(a.n, 3);
	gate_leave(&g, &a, 13 << GATE_STAMP_SHIFT);
	assert_int_equal(g.waits[4], 3); // 13 us: 8 to 15
	assert_int_equal(g.waits[3], 1); // 4 us
	assert_int_equal(g.waits[1], 4); // 1 us
}

static int tear_down(void **state)
{
	free(ring);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_last_places_are_for_control_traffic, set_up),
		cmocka_unit_test_setup(drop_eligible_frames_go_first, set_up),
		cmocka_unit_test_setup(what_does_not_fit_may_go_to_a_port, set_up),
		cmocka_unit_test_setup(the_oldest_make_room, set_up),
		cmocka_unit_test_setup(the_oldest_go_in_as_many_calls_as_it_takes, set_up),
		cmocka_unit_test_setup(control_traffic_among_the_oldest_is_handled, set_up),
		cmocka_unit_test_setup(waits_are_counted_by_powers_of_two, set_up),
		cmocka_unit_test_setup(bursts_of_different_times_keep_theirs, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
