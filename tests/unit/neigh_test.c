/* SPDX-License-Identifier: BSD-3-Clause */
/* The neighbour table under a clock of 1000 cycles a second: A11 to A13, A31 to A37. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "neigh_rig.h"

enum { IFACES = 4 };

static const uint8_t mac_b[6] = {2, 0, 0, 0, 0, 0xb};

static struct neigh_table *table(unsigned capacity)
{
	now = START;
	return neigh_create(capacity, IFACES, HZ, now);
}

static enum neigh_hold resolve(struct neigh_table *t, uint32_t ip, void *f)
{
	uint8_t mac[6];
	void *displaced;

	return neigh_resolve(t, 0, ip, f, mac, &displaced);
}

/** Assert that the next thing to do is `todo`, about `after` cycles from now. */
static void next(struct neigh_table *t, enum neigh_todo todo, uint64_t after)
{
	uint64_t before = now;

	assert_int_equal(run(t, after + 2 * HZ), todo);
	assert_in_range(now - before, after, after + HZ / 50);
}

static void learn_creates_and_update_does_not(void **state)
{
	struct neigh_table *t = table(8);
	struct neigh_info info;

	assert_int_equal(neigh_update(t, 0, 1, mac_a, &held), NEIGH_IGNORED);
	assert_false(neigh_get(t, 0, 1, &info));
	assert_int_equal(neigh_learn(t, 0, 1, mac_a, &held), NEIGH_CREATED);
	assert_int_equal(neigh_learn(t, 0, 1, mac_a, &held), NEIGH_CONFIRMED);
	assert_int_equal(neigh_update(t, 0, 1, mac_b, &held), NEIGH_MOVED);
	assert_true(neigh_get(t, 0, 1, &info));
	assert_memory_equal(info.mac, mac_b, 6);
	assert_int_equal(info.confirmed_tsc, START);
	assert_int_equal(held.n, 0);
	neigh_destroy(t);
}

static void a37_entries_belong_to_an_interface(void **state)
{
	struct neigh_table *t = table(8);
	struct neigh_info info;

	neigh_learn(t, 0, 1, mac_a, &held);
	neigh_learn(t, 1, 1, mac_b, &held);
	assert_true(neigh_get(t, 0, 1, &info));
	assert_memory_equal(info.mac, mac_a, 6);
	assert_true(neigh_get(t, 1, 1, &info));
	assert_memory_equal(info.mac, mac_b, 6);
	assert_false(neigh_get(t, 2, 1, &info));
	neigh_destroy(t);
}

static void a31_unresolved_is_asked_three_times_a_second_apart_then_given_up(void **state)
{
	struct neigh_table *t = table(8);

	assert_int_equal(resolve(t, 1, frame(11)), NEIGH_WAITS);
	assert_int_equal(resolve(t, 1, frame(12)), NEIGH_WAITS);
	next(t, NEIGH_ASK, 1);
	assert_int_equal(work.ip_be, 1);
	assert_int_equal(work.iface, 0);
	resolve(t, 1, frame(13)); // asks for no further request
	next(t, NEIGH_ASK, HZ);
	next(t, NEIGH_ASK, HZ);
	next(t, NEIGH_GIVE_UP, HZ);
	assert_int_equal(work.held.n, 3);
	for (uintptr_t i = 0; i < 3; i++)
		assert_ptr_equal(work.held.frames[i], frame(11 + i));
	assert_int_equal(run(t, 200 * HZ), NEIGH_IDLE);
	neigh_destroy(t);
}

static void a31_frames_for_one_who_failed_are_refused_for_a_while(void **state)
{
	struct neigh_table *t = table(8);

	resolve(t, 1, frame(11));
	for (unsigned i = 0; i < NEIGH_BROADCASTS; i++)
		next(t, NEIGH_ASK, i == 0 ? 1 : HZ);
	next(t, NEIGH_GIVE_UP, HZ);
	assert_int_equal(state_of(t, 1), NEIGH_FAILED);
	assert_int_equal(resolve(t, 1, frame(12)), NEIGH_UNREACHABLE);
	assert_int_equal(run(t, NEIGH_FAILED_S * HZ - 1), NEIGH_IDLE);
	assert_int_equal(resolve(t, 1, frame(12)), NEIGH_UNREACHABLE);
	assert_int_equal(run(t, HZ / 50), NEIGH_IDLE);
	assert_int_equal(state_of(t, 1), NEIGH_FREE);
	assert_int_equal(resolve(t, 1, frame(12)), NEIGH_WAITS);
	next(t, NEIGH_ASK, 1);
	neigh_destroy(t);
}

static void one_who_failed_is_known_again_when_it_speaks(void **state)
{
	struct neigh_table *t = table(8);

	resolve(t, 1, frame(11));
	for (unsigned i = 0; i < NEIGH_BROADCASTS; i++)
		run(t, 2 * HZ);
	next(t, NEIGH_GIVE_UP, HZ);
	assert_int_equal(neigh_update(t, 0, 1, mac_a, &held), NEIGH_COMPLETED);
	assert_int_equal(held.n, 0);
	assert_int_equal(state_of(t, 1), NEIGH_REACHABLE);
	neigh_destroy(t);
}

static void a34_the_latest_frames_are_kept_in_order(void **state)
{
	struct neigh_table *t = table(8);
	uint8_t mac[6];
	void *displaced;

	for (uintptr_t i = 1; i <= NEIGH_HOLD_MAX + 3; i++) {
		assert_int_equal(neigh_resolve(t, 0, 1, frame(i), mac, &displaced), NEIGH_WAITS);
		assert_ptr_equal(displaced, i <= NEIGH_HOLD_MAX ? NULL : frame(i - NEIGH_HOLD_MAX));
	}
	assert_int_equal(neigh_update(t, 0, 1, mac_a, &held), NEIGH_COMPLETED);
	assert_int_equal(held.n, NEIGH_HOLD_MAX);
	for (uintptr_t i = 0; i < NEIGH_HOLD_MAX; i++)
		assert_ptr_equal(held.frames[i], frame(i + 4));
	assert_int_equal(resolve(t, 1, frame(1)), NEIGH_RESOLVED);
	neigh_destroy(t);
}

static enum neigh_hold resolve_at(struct neigh_table *t, uint16_t iface, uint32_t ip, void *f)
{
	uint8_t mac[6];
	void *displaced;

	return neigh_resolve(t, iface, ip, f, mac, &displaced);
}

static void a34_waiting_frames_are_bounded_and_their_places_come_back(void **state)
{
	struct neigh_table *t = table(1000);
	uint8_t mac[6];
	void *displaced;

	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t ip = 1; ip <= NEIGH_HOLD_IFACE; ip++)
			assert_int_equal(resolve_at(t, 0, ip, frame(ip)), NEIGH_WAITS);
		assert_int_equal(resolve_at(t, 0, 5000, frame(1)), NEIGH_QUEUE_FULL);
		for (uint32_t ip = 1; ip <= NEIGH_HOLD_TOTAL - NEIGH_HOLD_IFACE; ip++)
			assert_int_equal(resolve_at(t, 1, ip, frame(ip)), NEIGH_WAITS);
		assert_int_equal(resolve_at(t, 2, 5000, frame(1)), NEIGH_QUEUE_FULL);
		assert_int_equal(state_of(t, 5000), NEIGH_FREE);
		// who waits already may exchange its own frame
		assert_int_equal(neigh_resolve(t, 0, 9, frame(999), mac, &displaced), NEIGH_WAITS);
		assert_ptr_equal(displaced, frame(9));
		for (uint32_t ip = 1; ip <= NEIGH_HOLD_TOTAL; ip++) {
			uint16_t iface = ip <= NEIGH_HOLD_IFACE ? 0 : 1;
			uint32_t of = ip <= NEIGH_HOLD_IFACE ? ip : ip - NEIGH_HOLD_IFACE;

			assert_int_equal(neigh_update(t, iface, of, mac_a, &held), NEIGH_COMPLETED);
			assert_int_equal(held.n, 1);
		}
		for (unsigned cursor = 0; neigh_flush(t, NEIGH_IFACE_ALL, &cursor, &held);)
			assert_int_equal(held.n, 0);
	}
	neigh_destroy(t);
}

static void a33_used_neighbour_is_probed_unicast_then_broadcast_then_removed(void **state)
{
	struct neigh_table *t = table(8);

	neigh_learn(t, 0, 1, mac_a, &held);
	assert_int_equal(resolve(t, 1, frame(1)), NEIGH_RESOLVED);
	next(t, NEIGH_ASK_KNOWN, NEIGH_REACHABLE_S * HZ);
	assert_memory_equal(work.mac, mac_a, 6);
	for (unsigned i = 1; i < NEIGH_UNICAST_PROBES; i++) {
		assert_int_equal(state_of(t, 1), NEIGH_PROBE);
		assert_int_equal(resolve(t, 1, frame(1)), NEIGH_RESOLVED); // works meanwhile
		next(t, NEIGH_ASK_KNOWN, HZ);
	}
	for (unsigned i = 0; i < NEIGH_BROADCASTS; i++)
		next(t, NEIGH_ASK, HZ);
	next(t, NEIGH_GIVE_UP, HZ);
	assert_int_equal(work.held.n, 0);
	assert_int_equal(state_of(t, 1), NEIGH_FAILED);
	neigh_destroy(t);
}

static void a33_an_answer_ends_the_probing(void **state)
{
	struct neigh_table *t = table(8);

	neigh_learn(t, 0, 1, mac_a, &held);
	resolve(t, 1, frame(1));
	next(t, NEIGH_ASK_KNOWN, NEIGH_REACHABLE_S * HZ);
	assert_int_equal(neigh_update(t, 0, 1, mac_a, &held), NEIGH_CONFIRMED);
	assert_int_equal(state_of(t, 1), NEIGH_REACHABLE);
	assert_int_equal(run(t, NEIGH_REACHABLE_S * HZ - 1), NEIGH_IDLE);
	neigh_destroy(t);
}

static void unused_neighbour_goes_stale_and_is_probed_before_it_goes(void **state)
{
	struct neigh_table *t = table(8);

	neigh_learn(t, 0, 1, mac_a, &held);
	assert_int_equal(run(t, (NEIGH_REACHABLE_S + 1) * HZ), NEIGH_IDLE);
	assert_int_equal(state_of(t, 1), NEIGH_STALE);
	next(t, NEIGH_ASK_KNOWN, (NEIGH_STALE_S - 1) * HZ);
	neigh_destroy(t);
}

static void stale_neighbour_is_probed_when_used(void **state)
{
	struct neigh_table *t = table(8);

	neigh_learn(t, 0, 1, mac_a, &held);
	run(t, (NEIGH_REACHABLE_S + 1) * HZ);
	assert_int_equal(resolve(t, 1, frame(1)), NEIGH_RESOLVED);
	next(t, NEIGH_ASK_KNOWN, 1);
	assert_int_equal(state_of(t, 1), NEIGH_PROBE);
	neigh_destroy(t);
}

static void a13_static_entry_neither_moves_nor_ages(void **state)
{
	struct neigh_table *t = table(8);
	struct neigh_info info;

	assert_int_equal(neigh_add_static(t, 0, 1, mac_a), 0);
	assert_int_equal(neigh_learn(t, 0, 1, mac_b, &held), NEIGH_STATIC_KEPT);
	assert_int_equal(neigh_update(t, 0, 1, mac_a, &held), NEIGH_STATIC_SAME);
	assert_int_equal(resolve(t, 1, frame(1)), NEIGH_RESOLVED);
	assert_int_equal(run(t, 1000 * HZ), NEIGH_IDLE);
	for (unsigned cursor = 0; neigh_flush(t, NEIGH_IFACE_ALL, &cursor, &held);)
		;
	assert_true(neigh_get(t, 0, 1, &info));
	assert_int_equal(info.state, NEIGH_STATIC);
	assert_memory_equal(info.mac, mac_a, 6);
	neigh_destroy(t);
}

static void a36_full_table_recycles_neither_static_nor_used_nor_asked(void **state)
{
	struct neigh_table *t = table(4);

	neigh_add_static(t, 0, 1, mac_a);
	neigh_learn(t, 0, 2, mac_a, &held);
	resolve(t, 2, frame(1)); // in use
	resolve(t, 3, frame(1)); // being asked for
	neigh_learn(t, 0, 4, mac_a, &held);
	assert_int_equal(neigh_learn(t, 0, 5, mac_a, &held), NEIGH_CREATED); // in place of 4
	assert_int_equal(state_of(t, 4), NEIGH_FREE);
	resolve(t, 5, frame(1));
	assert_int_equal(neigh_learn(t, 0, 6, mac_a, &held), NEIGH_TABLE_FULL);
	assert_int_equal(neigh_add_static(t, 0, 6, mac_a), -ENOSPC);
	assert_int_equal(resolve(t, 6, frame(1)), NEIGH_NO_ENTRY);
	assert_int_equal(state_of(t, 1), NEIGH_STATIC);
	assert_int_equal(state_of(t, 2), NEIGH_REACHABLE);
	assert_int_equal(state_of(t, 3), NEIGH_INCOMPLETE);
	assert_int_equal(state_of(t, 5), NEIGH_REACHABLE);
	neigh_destroy(t);
}

static void a36_an_interface_that_has_its_number_takes_from_itself(void **state)
{
	struct neigh_table *t = table(100);
	struct neigh_info info;

	neigh_configure(t, 0, 10, NEIGH_REACHABLE_S);
	neigh_learn(t, 1, 1, mac_a, &held);
	for (uint32_t ip = 1; ip <= 50; ip++)
		assert_int_equal(neigh_learn(t, 0, ip, mac_a, &held), NEIGH_CREATED);
	for (uint32_t ip = 1; ip <= 50; ip++) // the ten heard of last
		assert_int_equal(neigh_get(t, 0, ip, &info), ip > 40);
	assert_true(neigh_get(t, 1, 1, &info));
	neigh_add_static(t, 0, 200, mac_a); // does not count
	for (uint32_t ip = 41; ip <= 50; ip++)
		assert_int_equal(resolve(t, ip, frame(1)), NEIGH_RESOLVED);
	assert_int_equal(neigh_learn(t, 0, 51, mac_a, &held), NEIGH_TABLE_FULL);
	assert_int_equal(resolve(t, 51, frame(1)), NEIGH_NO_ENTRY);
	neigh_destroy(t);
}

static void a36_a_full_table_takes_from_the_largest_interface(void **state)
{
	struct neigh_table *t = table(100);
	struct neigh_info info;
	unsigned left = 0;

	for (uint32_t ip = 1; ip <= 10; ip++)
		neigh_learn(t, 1, ip, mac_a, &held);
	for (uint32_t ip = 1; ip <= 1000; ip++) // a flood
		assert_int_equal(neigh_learn(t, 0, ip, mac_a, &held), NEIGH_CREATED);
	for (uint32_t ip = 1; ip <= 10; ip++)
		assert_true(neigh_get(t, 1, ip, &info));
	for (uint32_t ip = 11; ip <= 30; ip++)
		assert_int_equal(neigh_learn(t, 1, ip, mac_a, &held), NEIGH_CREATED);
	for (uint32_t ip = 1; ip <= 1000; ip++)
		left += neigh_get(t, 0, ip, &info);
	assert_int_equal(left, 70);
	neigh_destroy(t);
}

static void a36_what_was_heard_of_longest_ago_goes_first(void **state)
{
	struct neigh_table *t = table(3);

	for (uint32_t ip = 1; ip <= 3; ip++)
		neigh_learn(t, 0, ip, mac_a, &held);
	neigh_update(t, 0, 1, mac_a, &held);
	neigh_learn(t, 0, 4, mac_a, &held);
	assert_int_equal(state_of(t, 2), NEIGH_FREE);
	assert_int_equal(state_of(t, 1), NEIGH_REACHABLE);
	neigh_destroy(t);
}

static void a36_scanning_a_subnet_leaves_half_of_the_table(void **state)
{
	struct neigh_table *t = table(100);
	unsigned waits = 0;

	for (uint32_t ip = 1; ip <= 100; ip++)
		waits += resolve(t, ip, frame(1)) == NEIGH_WAITS;
	assert_int_equal(waits, 50);
	for (uint32_t ip = 1001; ip <= 1050; ip++)
		assert_int_equal(neigh_learn(t, 0, ip, mac_a, &held), NEIGH_CREATED);
	neigh_destroy(t);
}

static void a32_timeout_is_that_of_the_interface(void **state)
{
	struct neigh_table *t = table(8);

	neigh_configure(t, 0, 8, 3);
	neigh_learn(t, 0, 1, mac_a, &held);
	resolve(t, 1, frame(1));
	next(t, NEIGH_ASK_KNOWN, 3 * HZ);
	neigh_destroy(t);
}

static void a32_flush_forgets_one_interface(void **state)
{
	struct neigh_table *t = table(8);
	struct neigh_info info;
	unsigned cursor = 0, n = 0;

	neigh_learn(t, 0, 1, mac_a, &held);
	neigh_learn(t, 1, 1, mac_a, &held);
	resolve(t, 2, frame(7));
	while (neigh_flush(t, 0, &cursor, &held))
		n += held.n;
	assert_int_equal(n, 1);
	assert_int_equal(state_of(t, 1), NEIGH_FREE);
	assert_int_equal(state_of(t, 2), NEIGH_FREE);
	assert_true(neigh_get(t, 1, 1, &info));
	neigh_destroy(t);
}

static void a31_flushing_does_not_raise_the_rate_of_requests(void **state)
{
	struct neigh_table *t = table(8);
	unsigned asked = 0;

	for (unsigned i = 0; i < 10 * HZ; i++) {
		unsigned cursor = 0;

		if (resolve(t, 1, frame(1)) == NEIGH_WAITS && i % 50 == 0)
			while (neigh_flush(t, 0, &cursor, &held))
				;
		asked += run(t, 1) == NEIGH_ASK;
	}
	assert_in_range(asked, 9, 11);
	neigh_destroy(t);
}

// A link that was down for a moment is no reason not to ask.
static void a38_a_flushed_neighbour_has_not_failed_to_answer(void **state)
{
	struct neigh_table *t = table(8);
	unsigned cursor = 0;

	assert_int_equal(resolve(t, 1, frame(1)), NEIGH_WAITS);
	assert_int_equal(run(t, 1), NEIGH_ASK);
	while (neigh_flush(t, 0, &cursor, &held))
		;
	for (unsigned i = 0; i < 2 * HZ; i++)
		assert_int_equal(run(t, 1), NEIGH_IDLE);
	assert_int_equal(state_of(t, 1), NEIGH_FREE);
	assert_int_equal(resolve(t, 1, frame(2)), NEIGH_WAITS);
	assert_int_equal(run(t, 1), NEIGH_ASK);
	neigh_destroy(t);
}

static void many_entries_are_all_found_aged_and_freed(void **state)
{
	enum { N = 4096 };
	struct neigh_table *t = table(N);
	unsigned gone = 0, asked = 0;

	for (uint32_t ip = 1; ip <= N; ip++)
		assert_int_equal(
			neigh_learn(t, (uint16_t)(ip % 3), ip, mac_a, &held), NEIGH_CREATED);
	for (uint32_t ip = 1; ip <= N; ip++) {
		struct neigh_info info;

		assert_true(neigh_get(t, (uint16_t)(ip % 3), ip, &info));
		assert_int_equal(info.ip_be, ip);
	}
	for (unsigned s = 0; s < 110; s++) {
		enum neigh_todo todo;

		now += HZ;
		while ((todo = neigh_poll(t, now, &work)) != NEIGH_IDLE) {
			gone += todo == NEIGH_GIVE_UP;
			asked += todo != NEIGH_GIVE_UP;
		}
	}
	assert_int_equal(gone, N);
	assert_int_equal(asked, N * (NEIGH_UNICAST_PROBES + NEIGH_BROADCASTS));
	for (uint32_t ip = 1; ip <= N; ip++)
		assert_int_equal(neigh_learn(t, 0, ip, mac_b, &held), NEIGH_CREATED);
	neigh_destroy(t);
}

static void copy_goes_on_where_it_stopped(void **state)
{
	struct neigh_table *t = table(10);
	struct neigh_info info[4];
	unsigned start = 0, n, total = 0;

	for (uint32_t ip = 1; ip <= 9; ip++)
		neigh_learn(t, 3, ip, mac_a, &held);
	resolve(t, 100, frame(1));
	while ((n = neigh_copy(t, &start, info, 4)) > 0) {
		for (unsigned i = 0; i < n; i++, total++) {
			bool waits = info[i].ip_be == 100;

			assert_int_equal(info[i].state, waits ? NEIGH_INCOMPLETE : NEIGH_REACHABLE);
			assert_int_equal(info[i].iface, waits ? 0 : 3);
			assert_int_equal(info[i].held, waits ? 1 : 0);
			assert_memory_equal(
				info[i].mac, waits ? "\0\0\0\0\0\0" : (const char *)mac_a, 6);
		}
		assert_true(n == 4 || total == 10);
	}
	assert_int_equal(total, 10);
	neigh_destroy(t);
}

static _Atomic bool stop;
static _Atomic unsigned rounds;

/** Every entry's MAC address repeats the low octet of its IP address, in every octet. */
static void *reader(void *arg)
{
	uintptr_t torn = 0;

	while (!atomic_load(&stop)) {
		struct neigh_info info[8];
		unsigned start = 0, n = neigh_copy(arg, &start, info, 8);

		for (unsigned i = 0; i < n; i++)
			for (unsigned j = 0; j < 6; j++)
				torn += info[i].mac[j] != (uint8_t)info[i].ip_be;
		atomic_fetch_add(&rounds, 1);
	}
	return (void *)torn;
}

static void a_concurrent_reader_sees_whole_entries(void **state)
{
	struct neigh_table *t = table(2);
	pthread_t thread;
	void *torn;

	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, reader, t), 0);
	for (uint32_t ip = 1; atomic_load(&rounds) < 20000; ip++) {
		uint8_t mac[6];

		memset(mac, (uint8_t)ip, sizeof(mac));
		neigh_learn(t, 0, ip, mac, &held); // recycles
	}
	atomic_store(&stop, true);
	pthread_join(thread, &torn);
	assert_null(torn);
	neigh_destroy(t);
}

static void capacity_is_checked(void **state)
{
	assert_null(neigh_create(0, 1, HZ, 0));
	assert_null(neigh_create(65535, 1, HZ, 0));
	neigh_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learn_creates_and_update_does_not),
		cmocka_unit_test(a37_entries_belong_to_an_interface),
		cmocka_unit_test(a31_unresolved_is_asked_three_times_a_second_apart_then_given_up),
		cmocka_unit_test(a31_frames_for_one_who_failed_are_refused_for_a_while),
		cmocka_unit_test(one_who_failed_is_known_again_when_it_speaks),
		cmocka_unit_test(a34_the_latest_frames_are_kept_in_order),
		cmocka_unit_test(a34_waiting_frames_are_bounded_and_their_places_come_back),
		cmocka_unit_test(a33_used_neighbour_is_probed_unicast_then_broadcast_then_removed),
		cmocka_unit_test(a33_an_answer_ends_the_probing),
		cmocka_unit_test(unused_neighbour_goes_stale_and_is_probed_before_it_goes),
		cmocka_unit_test(stale_neighbour_is_probed_when_used),
		cmocka_unit_test(a13_static_entry_neither_moves_nor_ages),
		cmocka_unit_test(a36_full_table_recycles_neither_static_nor_used_nor_asked),
		cmocka_unit_test(a36_an_interface_that_has_its_number_takes_from_itself),
		cmocka_unit_test(a36_a_full_table_takes_from_the_largest_interface),
		cmocka_unit_test(a36_what_was_heard_of_longest_ago_goes_first),
		cmocka_unit_test(a36_scanning_a_subnet_leaves_half_of_the_table),
		cmocka_unit_test(a32_timeout_is_that_of_the_interface),
		cmocka_unit_test(a32_flush_forgets_one_interface),
		cmocka_unit_test(a31_flushing_does_not_raise_the_rate_of_requests),
		cmocka_unit_test(a38_a_flushed_neighbour_has_not_failed_to_answer),
		cmocka_unit_test(many_entries_are_all_found_aged_and_freed),
		cmocka_unit_test(copy_goes_on_where_it_stopped),
		cmocka_unit_test(a_concurrent_reader_sees_whole_entries),
		cmocka_unit_test(capacity_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
