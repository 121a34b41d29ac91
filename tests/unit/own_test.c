/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own addresses under a clock of 1000 cycles a second: A22, A24 to A26 (RFC 5227). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "neigh/neigh.h"
#include "neigh/own.h"

enum { HZ = 1000, START = 7, IFACES = 3 };

static const uint8_t other[6] = {2, 0, 0, 0, 0, 0xa};

static uint64_t now;
static struct own_work work;

/** Interface 0: address 1 is probed, address 2 too; interface 1: address 1 is not. */
static struct neigh_table *table(uint64_t seed)
{
	struct neigh_table *t;

	now = START + seed;
	t = neigh_create(8, IFACES, HZ, now);
	assert_int_equal(own_add(t, 0, 1, true), 0);
	assert_int_equal(own_add(t, 1, 1, false), 0);
	return t;
}

/** Turn the clock until something is to be said, at most `cycles`. */
static enum own_todo run(struct neigh_table *t, uint64_t cycles)
{
	for (uint64_t i = 0; i <= cycles; i++) {
		enum own_todo todo = own_poll(t, now, &work);

		if (todo != OWN_IDLE)
			return todo;
		now++;
	}
	return OWN_IDLE;
}

static enum own_state state_of(const struct neigh_table *t, unsigned i)
{
	struct own_info info[4];
	unsigned start = 0;

	assert_true(own_copy(t, &start, info, 4) > i);
	return info[i].state;
}

static void a24_three_probes_then_silence_then_two_announcements(void **state)
{
	uint64_t shortest = UINT64_MAX, longest = 0;

	for (unsigned seed = 0; seed < 200; seed++) {
		struct neigh_table *t = table(seed * 7919);
		uint64_t began = now, last;

		own_start(t, 0, now);
		for (unsigned i = 0; i < OWN_PROBE_NUM; i++) {
			last = i == 0 ? began : now;
			assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
			assert_int_equal(work.ip_be, 1);
			assert_int_equal(work.iface, 0);
			assert_in_range(now - last, i == 0 ? 0 : OWN_PROBE_MIN * HZ,
				(i == 0 ? OWN_PROBE_WAIT : OWN_PROBE_MAX) * HZ);
			assert_false(own_in_use(t, 0, 1));
			if (i == 1) {
				shortest = now - last < shortest ? now - last : shortest;
				longest = now - last > longest ? now - last : longest;
			}
		}
		last = now;
		assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
		assert_int_equal(now - last, OWN_ANNOUNCE_WAIT * HZ);
		assert_true(own_in_use(t, 0, 1));
		assert_false(work.regained);
		last = now;
		assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
		assert_int_equal(now - last, OWN_ANNOUNCE_INTERVAL * HZ);
		assert_int_equal(run(t, 1000 * HZ), OWN_IDLE);
		neigh_destroy(t);
	}
	assert_true(longest - shortest > HZ / 2); // jittered
}

static void a24_an_address_is_not_used_before_it_is_asked_for(void **state)
{
	struct neigh_table *t = table(0);

	assert_int_equal(run(t, 100 * HZ), OWN_IDLE);
	assert_false(own_in_use(t, 0, 1));
	assert_true(own_in_use(t, 1, 1));
	assert_false(own_in_use(t, 1, 2));
	assert_false(own_in_use(t, 2, 1));
	neigh_destroy(t);
}

static void a25_conflict_while_probing_gives_the_address_up(void **state)
{
	for (unsigned after = 0; after <= OWN_PROBE_NUM; after++) {
		struct neigh_table *t = table(after);

		own_start(t, 0, now);
		for (unsigned i = 0; i < after; i++)
			assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
		assert_true(own_is_probed(t, 0, 1));
		assert_int_equal(own_claimed(t, 0, 1, other), OWN_CLAIM_LOST);
		assert_int_equal(state_of(t, 0), OWN_TAKEN);
		assert_false(own_in_use(t, 0, 1));
		assert_int_equal(own_claimed(t, 0, 1, other), OWN_CLAIM_NONE);
		assert_int_equal(run(t, OWN_RETRY * HZ - 1), OWN_IDLE);
		assert_int_equal(run(t, 2 * HZ), OWN_PROBE); // tried again, and free now
		for (unsigned i = 1; i < OWN_PROBE_NUM; i++)
			assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
		assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
		assert_true(work.regained);
		assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
		assert_false(work.regained);
		assert_true(own_in_use(t, 0, 1));
		neigh_destroy(t);
	}
}

/** Probes of interface 0 in a time in which each try is a conflict at once. */
static unsigned tries_in(struct neigh_table *t, uint64_t cycles)
{
	uint64_t end = now + cycles;
	unsigned tries = 0;

	while (now < end && run(t, end - now) == OWN_PROBE) {
		enum own_claim claim = own_claimed(t, work.iface, work.ip_be, other);

		assert_true(claim == OWN_CLAIM_LOST || claim == OWN_CLAIM_LOST_AGAIN);
		tries++;
	}
	return tries;
}

static void a24_tries_are_limited_after_ten_conflicts(void **state)
{
	struct neigh_table *t = table(0);

	own_start(t, 0, now);
	assert_int_equal(tries_in(t, 120 * HZ), OWN_MAX_CONFLICTS);
	assert_in_range(tries_in(t, 3600 * HZ), 55, 60);
	neigh_destroy(t);
}

static void a24_addresses_of_an_interface_share_the_limit(void **state)
{
	struct neigh_table *t = neigh_create(8, 1, HZ, START);

	now = START;
	for (uint32_t ip = 1; ip <= 5; ip++)
		own_add(t, 0, ip, true);
	own_start(t, 0, now);
	tries_in(t, 600 * HZ);
	assert_in_range(tries_in(t, 3600 * HZ), 55, 60);
	neigh_destroy(t);
}

static void a24_a_flapping_link_does_not_raise_the_limit(void **state)
{
	struct neigh_table *t = table(0);
	unsigned tries;

	own_test(t, 0, now);
	tries_in(t, 200 * HZ);
	tries = 0;
	for (unsigned i = 0; i < 600; i++) {
		own_stop(t, 0);
		own_test(t, 0, now);
		tries += tries_in(t, HZ);
	}
	assert_in_range(tries, 8, 10);
	neigh_destroy(t);
}

static void a24_conflicts_are_forgotten(void **state)
{
	struct neigh_table *t = table(0);

	own_start(t, 0, now);
	tries_in(t, 200 * HZ);
	while (run(t, 20 * HZ + OWN_RATE_LIMIT_INTERVAL * HZ) != OWN_IDLE)
		;
	assert_true(own_in_use(t, 0, 1));
	now += OWN_FORGET * HZ;
	own_test(t, 0, now);
	assert_in_range(tries_in(t, 100 * HZ), 9, 10); // ten seconds apart again
	neigh_destroy(t);
}

static void a24_probes_of_a_flapping_link_are_a_second_apart(void **state)
{
	struct neigh_table *t = table(0);
	unsigned probes = 0;

	for (unsigned i = 0; i < 200; i++) { // 20 s at 10 Hz
		uint64_t end = now + HZ / 10;

		own_stop(t, 0);
		own_test(t, 0, now);
		while (now < end)
			probes += run(t, end - now) == OWN_PROBE;
		assert_false(own_in_use(t, 0, 1));
	}
	assert_in_range(probes, 0, 21);
	neigh_destroy(t);
}

static void a25_link_down_ends_the_use_and_up_tests_again(void **state)
{
	struct neigh_table *t = table(0);

	own_start(t, 0, now);
	for (unsigned i = 0; i < OWN_PROBE_NUM; i++)
		assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
	assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
	own_start(t, 0, now); // a further member of its bridge
	assert_true(own_in_use(t, 0, 1));
	own_stop(t, 0);
	own_stop(t, 1);
	assert_false(own_in_use(t, 0, 1));
	assert_true(own_in_use(t, 1, 1));
	assert_int_equal(run(t, 100 * HZ), OWN_IDLE);
	own_start(t, 0, now);
	assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
	neigh_destroy(t);
}

static void a25_a_link_that_comes_up_tests_what_is_in_use(void **state)
{
	struct neigh_table *t = table(0);

	own_start(t, 0, now); // nobody could hear it: the link was down
	while (run(t, 20 * HZ) != OWN_IDLE)
		;
	assert_true(own_in_use(t, 0, 1));
	own_test(t, 0, now);
	assert_false(own_in_use(t, 0, 1));
	assert_int_equal(run(t, 10 * HZ), OWN_PROBE);
	neigh_destroy(t);
}

static void a26_addresses_without_probe_are_announced_twice(void **state)
{
	struct neigh_table *t = table(0);
	uint64_t last;

	own_test(t, 1, now);
	assert_int_equal(run(t, 0), OWN_ANNOUNCE);
	assert_int_equal(work.iface, 1);
	last = now;
	assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE);
	assert_int_equal(now - last, OWN_ANNOUNCE_INTERVAL * HZ);
	assert_int_equal(run(t, 100 * HZ), OWN_IDLE);
	neigh_destroy(t);
}

static void a22_a_conflict_in_use_is_defended_once_in_ten_seconds(void **state)
{
	struct neigh_table *t = table(0);
	struct own_info info[2];
	unsigned start = 0;

	assert_int_equal(own_claimed(t, 1, 1, other), OWN_CLAIM_DEFEND);
	assert_int_equal(own_claimed(t, 1, 1, other), OWN_CLAIM_DEFENDED);
	run(t, OWN_DEFEND_INTERVAL * HZ - 1);
	now--;
	own_poll(t, now, &work);
	assert_int_equal(own_claimed(t, 1, 1, other), OWN_CLAIM_DEFENDED);
	own_poll(t, ++now, &work);
	assert_int_equal(own_claimed(t, 1, 1, other), OWN_CLAIM_DEFEND);
	assert_true(own_in_use(t, 1, 1));
	assert_int_equal(own_copy(t, &start, info, 2), 2);
	assert_int_equal(info[1].conflicts, 4);
	assert_memory_equal(info[1].mac, other, 6);
	assert_int_equal(own_claimed(t, 1, 5, other), OWN_CLAIM_NONE);
	neigh_destroy(t);
}

static void a38_addresses_come_and_go_and_the_others_keep_their_state(void **state)
{
	struct neigh_table *t = table(0);
	const struct own_wish wishes[] = {{3, 0, false}, {1, 1, false}, {1, 2, true}};
	uint64_t conflict;
	struct own_info info[4];
	unsigned start = 0;

	(void)state;
	own_start(t, 1, now);
	assert_int_equal(own_claimed(t, 1, 1, other), OWN_CLAIM_DEFEND);
	free(own_replace(t, wishes, 3, own_room(3)));
	assert_false(own_in_use(t, 0, 1)); // went
	assert_false(own_is_probed(t, 0, 1));
	assert_true(own_in_use(t, 0, 3)); // came
	assert_true(own_in_use(t, 1, 1)); // stayed,
	assert_int_equal(own_copy(t, &start, info, 4), 3);
	conflict = info[1].conflicts;
	assert_int_equal(conflict, 1);     // with what it had seen
	assert_false(own_in_use(t, 2, 1)); // to be tested first
	own_start(t, 2, now);
	assert_true(own_is_probed(t, 2, 1));
	assert_int_equal(run(t, 10 * HZ), OWN_ANNOUNCE); // of interface 1: its timer goes on
	assert_int_equal(work.iface, 1);
	free(own_replace(t, NULL, 0, own_room(0)));
	assert_int_equal(run(t, 10 * HZ), OWN_IDLE);
	neigh_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a38_addresses_come_and_go_and_the_others_keep_their_state),
		cmocka_unit_test(a24_three_probes_then_silence_then_two_announcements),
		cmocka_unit_test(a24_an_address_is_not_used_before_it_is_asked_for),
		cmocka_unit_test(a25_conflict_while_probing_gives_the_address_up),
		cmocka_unit_test(a24_tries_are_limited_after_ten_conflicts),
		cmocka_unit_test(a24_addresses_of_an_interface_share_the_limit),
		cmocka_unit_test(a24_a_flapping_link_does_not_raise_the_limit),
		cmocka_unit_test(a24_conflicts_are_forgotten),
		cmocka_unit_test(a24_probes_of_a_flapping_link_are_a_second_apart),
		cmocka_unit_test(a25_link_down_ends_the_use_and_up_tests_again),
		cmocka_unit_test(a25_a_link_that_comes_up_tests_what_is_in_use),
		cmocka_unit_test(a26_addresses_without_probe_are_announced_twice),
		cmocka_unit_test(a22_a_conflict_in_use_is_defended_once_in_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
