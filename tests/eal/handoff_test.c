/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/handoff between two threads on two CPUs: nothing lost, order kept, no bit missed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include "handoff/handoff.h"
#include "start.h"

enum { RINGS = 3, SLOTS = 256, FRAMES = 1050000, IDLE_ROUNDS = 100000 };

static struct handoff rings[RINGS];
static struct handoff_pending pending;

static int make_rings(void **state)
{
	memset(&pending, 0, sizeof(pending));
	for (unsigned r = 0; r < RINGS; r++) {
		char name[16];

		snprintf(name, sizeof(name), "ring%u", r);
		rings[r].ring =
			rte_ring_create(name, SLOTS, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		rings[r].pending = &pending;
		rings[r].bit = UINT64_C(1) << r;
		if (rings[r].ring == NULL)
			return -1;
	}
	return 0;
}

static int free_rings(void **state)
{
	for (unsigned r = 0; r < RINGS; r++)
		rte_ring_free(rings[r].ring);
	return 0;
}

// A frame is its number, as a pointer; nothing here looks into mbufs.
static struct rte_mbuf *number(uintptr_t n)
{
	return (struct rte_mbuf *)n;
}

static _Atomic bool give_up;

/** The next look is the one that clears the bits of rings in which nothing is found. */
static void next_look_clears(void)
{
	pending.looks = HANDOFF_LOOKS - 1;
	pending.found = 0;
}

/** Bursts of every size to the rings in turn, with pauses: the consumer runs empty often, which is
 *  when a bit can be missed. Each ring carries 1, 2, 3 ... */
static int produce(void *arg)
{
	uintptr_t next[RINGS] = {0};
	unsigned short seed[3] = {1, 2, 3};
	unsigned done = 0;

	start_on_cpu(1);
	while (done < FRAMES && !atomic_load(&give_up)) {
		unsigned r = (unsigned)nrand48(seed) % RINGS;
		uint16_t n = (uint16_t)(1 + nrand48(seed) % (nrand48(seed) % 4 ? 4 : 32)), sent;
		struct rte_mbuf *pkts[32];

		for (uint16_t i = 0; i < n; i++)
			pkts[i] = number(next[r] + i + 1);
		sent = handoff_send(&rings[r], pkts, n);
		next[r] += sent;
		done += sent;
		// Another send would mend a missed bit: often there is none before the drain.
		while (sent % 8 == 1 && rte_ring_count(rings[r].ring) != 0 &&
			!atomic_load(&give_up) && done < FRAMES)
			rte_pause();
		for (unsigned i = (unsigned)nrand48(seed) % 32; i > 0; i--)
			rte_pause();
	}
	return (int)done;
}

// A ring holds something, and for ten seconds no bit says so: nothing will ever drain it. So long,
// because the producer may have lost its CPU between the ring and the bit.
static bool bit_missed(void)
{
	for (unsigned i = 0; i < 1000; i++) {
		unsigned waiting = 0;

		for (unsigned r = 0; r < RINGS; r++)
			waiting += rte_ring_count(rings[r].ring);
		if (waiting == 0 || atomic_load(&pending.bits) != 0)
			return false;
		rte_delay_us_sleep(10000);
	}
	return true;
}

static void two_threads_lose_nothing_and_miss_no_bit(void **state)
{
	uint64_t bad_order = 0, taken = 0, idle = 0;
	bool missed = false;
	uintptr_t last[RINGS] = {0};
	struct rte_mbuf *pkts[32];
	int sent;

	start_on_cpu(0);
	atomic_store(&give_up, false);
	assert_int_equal(rte_eal_remote_launch(produce, NULL, 1), 0);
	while (taken < FRAMES && !missed) {
		uint64_t bits;

		// Mostly: else bits would seldom be cleared.
		if (taken % 4 != 0)
			next_look_clears();
		bits = handoff_take_pending(&pending);
		idle = bits == 0 ? idle + 1 : 0;
		if (idle % IDLE_ROUNDS == IDLE_ROUNDS - 1)
			missed = bit_missed();
		for (; bits != 0; bits &= bits - 1) {
			unsigned r = (unsigned)__builtin_ctzll(bits);
			uint16_t n = handoff_recv(&rings[r], pkts, (uint16_t)(1 + taken % 32));

			for (uint16_t i = 0; i < n; i++) {
				bad_order += (uintptr_t)pkts[i] != last[r] + 1;
				last[r] = (uintptr_t)pkts[i];
			}
			taken += n;
		}
	}
	atomic_store(&give_up, true);
	sent = rte_eal_wait_lcore(1);
	assert_false(missed);
	assert_int_equal(bad_order, 0);
	assert_true(taken >= FRAMES);
	// The last burst may go past FRAMES by what it holds.
	for (unsigned r = 0; r < RINGS; r++)
		taken += handoff_recv(&rings[r], pkts, 32);
	assert_int_equal(taken, sent);
}

static void a_full_ring_takes_a_prefix_and_never_blocks(void **state)
{
	struct rte_mbuf *pkts[300], *got[300];

	for (unsigned i = 0; i < 300; i++)
		pkts[i] = number(i + 1);
	assert_int_equal(handoff_send(&rings[0], pkts, 200), 200);
	next_look_clears();
	assert_int_equal(handoff_take_pending(&pending), 1);
	assert_false(handoff_is_pending(&pending));
	// What it takes raises the bit, though it does not take all.
	assert_int_equal(handoff_send(&rings[0], pkts + 200, 100), SLOTS - 1 - 200);
	assert_int_equal(handoff_send(&rings[0], pkts + SLOTS - 1, 10), 0);
	next_look_clears();
	assert_int_equal(handoff_take_pending(&pending), 1);
	assert_int_equal(handoff_recv(&rings[0], got, 300), SLOTS - 1);
	for (unsigned i = 0; i < SLOTS - 1; i++)
		assert_ptr_equal(got[i], number(i + 1));
	assert_int_equal(handoff_take_pending(&pending), 0);
	// What a full ring refused raised no bit; a frame that goes in does.
	assert_int_equal(handoff_send(&rings[2], pkts, 1), 1);
	assert_int_equal(handoff_take_pending(&pending), 4);
	assert_int_equal(handoff_recv(&rings[2], got, 300), 1);
}

static void what_is_left_in_a_ring_keeps_its_bit(void **state)
{
	struct rte_mbuf *pkts[64], *got[64];

	for (unsigned i = 0; i < 64; i++)
		pkts[i] = number(i + 1);
	assert_int_equal(handoff_send(&rings[1], pkts, 64), 64);
	next_look_clears();
	assert_int_equal(handoff_take_pending(&pending), 2);
	assert_false(handoff_is_pending(&pending));
	assert_int_equal(handoff_recv(&rings[1], got, 32), 32);
	next_look_clears();
	assert_int_equal(handoff_take_pending(&pending), 2);
	assert_int_equal(handoff_recv(&rings[1], got, 32), 32);
	assert_int_equal(handoff_take_pending(&pending), 0);
	assert_int_equal(handoff_recv(&rings[1], got, 32), 0);
}

static void a_ring_leaves_the_bitmap_when_many_looks_found_it_empty(void **state)
{
	struct rte_mbuf *pkts[1] = {number(1)}, *got[1];
	unsigned looks = 0;
	uint64_t bits;

	assert_int_equal(handoff_send(&rings[1], pkts, 1), 1);
	// Ring 0 always has something, ring 1 only at first.
	do {
		assert_int_equal(handoff_send(&rings[0], pkts, 1), 1);
		bits = handoff_take_pending(&pending);
		assert_int_equal(bits & 1, 1);
		assert_int_equal(handoff_recv(&rings[0], got, 1), 1);
		if ((bits & 2) != 0)
			assert_int_equal(handoff_recv(&rings[1], got, 1), looks == 0 ? 1 : 0);
		looks++;
	} while ((bits & 2) != 0 && looks < 10 * HANDOFF_LOOKS);
	assert_in_range(looks, HANDOFF_LOOKS, 2 * HANDOFF_LOOKS + 1);
	assert_int_equal(atomic_load(&pending.bits), 1);
	// Ring 0 falls silent too.
	for (looks = 0; handoff_take_pending(&pending) != 0 && looks < 10 * HANDOFF_LOOKS; looks++)
		assert_int_equal(handoff_recv(&rings[0], got, 1), 0);
	assert_in_range(looks, HANDOFF_LOOKS, 2 * HANDOFF_LOOKS + 1);
	// Both come back with their next frame.
	assert_int_equal(handoff_send(&rings[1], pkts, 1), 1);
	assert_int_equal(handoff_take_pending(&pending), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			two_threads_lose_nothing_and_miss_no_bit, make_rings, free_rings),
		cmocka_unit_test_setup_teardown(
			a_full_ring_takes_a_prefix_and_never_blocks, make_rings, free_rings),
		cmocka_unit_test_setup_teardown(
			what_is_left_in_a_ring_keeps_its_bit, make_rings, free_rings),
		cmocka_unit_test_setup_teardown(
			a_ring_leaves_the_bitmap_when_many_looks_found_it_empty, make_rings,
			free_rings),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
