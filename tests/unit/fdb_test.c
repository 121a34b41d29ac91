/* SPDX-License-Identifier: BSD-3-Clause */
/* The forwarding database, one thread: B2 to B5, B14 to B17, B19. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/fdb_place.h"
#include "fdb_rig.h"

static struct bucket no_limit;
static uint8_t was;

static enum fdb_learned learn_at(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	was = 0;
	return fdb_learn(fdb, key, port, seconds, &no_limit, 0, &was);
}

static enum fdb_learned learn(struct fdb *fdb, uint64_t key, uint8_t port)
{
	return learn_at(fdb, key, port, 0);
}

static uint64_t random_key(uint64_t *state, uint16_t vlan)
{
	return fdb_key(vlan, rig_random(state));
}

// What control does to a table with n entries.
static void close_with(struct fdb *fdb, unsigned n)
{
	assert_int_equal(rig_check(fdb), n);
	rig_flush(fdb, &(struct fdb_match){.statics_too = true});
	assert_int_equal(rig_check(fdb), 0);
	rig_free(fdb);
}

static void b2_b3_an_address_is_known_from_the_next_frame_and_moves_at_once(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});
	uint64_t a = fdb_key(0, 0xa);

	assert_int_equal(fdb_lookup(fdb, a), FDB_NONE);
	assert_false(fdb_renew(fdb, a, 3, 0));
	assert_int_equal(learn(fdb, a, 3), FDB_NEW);
	assert_int_equal(fdb_lookup(fdb, a), 3);
	assert_true(fdb_renew(fdb, a, 3, 0));
	assert_false(fdb_renew(fdb, a, 4, 0));
	assert_int_equal(learn(fdb, a, 3), FDB_KNOWN);
	assert_int_equal(learn(fdb, a, 4), FDB_MOVED);
	assert_int_equal(was, 3);
	assert_int_equal(fdb_lookup(fdb, a), 4);
	assert_true(fdb_renew(fdb, a, 4, 0));
	assert_int_equal(learn_at(fdb, a, 3, 9), FDB_MOVED);
	assert_true(fdb_renew(fdb, a, 3, 9)); // a move renews, too
	close_with(fdb, 1);
}

static void b14_one_mac_in_two_vlans_is_two_entries(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});

	assert_int_equal(learn(fdb, fdb_key(1, 0xa), 1), FDB_NEW);
	assert_int_equal(learn(fdb, fdb_key(4094, 0xa), 2), FDB_NEW);
	assert_int_equal(fdb_lookup(fdb, fdb_key(1, 0xa)), 1);
	assert_int_equal(fdb_lookup(fdb, fdb_key(4094, 0xa)), 2);
	assert_int_equal(fdb_lookup(fdb, fdb_key(2, 0xa)), FDB_NONE);
	close_with(fdb, 2);
}

static void b15_a_full_table_keeps_renews_and_moves_what_it_has(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 100});

	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(learn(fdb, fdb_key(0, i), 1), FDB_NEW);
	assert_int_equal(learn(fdb, fdb_key(0, 100), 1), FDB_FULL);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 100)), FDB_NONE);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(fdb_lookup(fdb, fdb_key(0, i)), 1);
	assert_int_equal(learn_at(fdb, fdb_key(0, 7), 1, 5), FDB_KNOWN);
	assert_true(fdb_renew(fdb, fdb_key(0, 7), 1, 5));
	assert_int_equal(learn(fdb, fdb_key(0, 8), 2), FDB_MOVED);
	assert_int_equal(fdb_add_static(fdb, fdb_key(0, 200), 2), 0);
	rig_flush(fdb, &(struct fdb_match){.by_mac = true, .mac = 9});
	assert_int_equal(learn(fdb, fdb_key(0, 100), 1), FDB_NEW);
	close_with(fdb, 101);
}

enum { ROOM = FDB_SLOTS * FDB_STEPS }; // for keys of one home

// Keys of the table's last bucket: they go round its end.
static void find_rivals(const struct fdb *fdb, uint64_t *keys, unsigned n)
{
	uint64_t seed = 1;

	while (n > 0) {
		keys[n - 1] = random_key(&seed, 0);
		n -= rig_home(fdb, keys[n - 1]) == fdb->mask;
	}
}

static void keys_of_one_home_bucket_take_the_next_ones_until_there_is_no_room(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 4000});
	uint64_t keys[ROOM + 2];

	find_rivals(fdb, keys, ROOM + 2);
	for (unsigned i = 0; i < ROOM; i++) {
		assert_int_equal(fdb_lookup(fdb, keys[i]), FDB_NONE);
		assert_int_equal(learn(fdb, keys[i], (uint8_t)(i % 32)), FDB_NEW);
		assert_int_equal(learn(fdb, keys[i], (uint8_t)(i % 32)), FDB_KNOWN);
		// The other half of the line comes before the next line.
		assert_int_equal(fdb->passed[fdb->mask], i < FDB_SLOTS ? 0 : i + 1 - FDB_SLOTS);
		assert_int_equal(
			fdb->passed[fdb->mask - 1], i < 2 * FDB_SLOTS ? 0 : i + 1 - 2 * FDB_SLOTS);
	}
	assert_int_equal(learn(fdb, keys[ROOM], 1), FDB_FULL);
	assert_int_equal(fdb_add_static(fdb, keys[ROOM], 1), -ENOSPC);
	assert_int_equal(fdb_lookup(fdb, keys[ROOM]), FDB_NONE);
	assert_int_equal(rig_check(fdb), ROOM);
	// One that is far away stays found when those before it go, and is not added again.
	for (unsigned i = 0; i + 1 < ROOM; i++) {
		rig_flush(fdb, &(struct fdb_match){.by_mac = true, .mac = keys[i]});
		assert_int_equal(learn(fdb, keys[ROOM - 1], (ROOM - 1) % 32), FDB_KNOWN);
		assert_int_equal(rig_check(fdb), ROOM - 1 - i);
	}
	assert_int_equal(fdb_add_static(fdb, keys[ROOM - 1], 7), 0);
	assert_int_equal(rig_check(fdb), 1);
	assert_int_equal(learn(fdb, keys[ROOM], 1), FDB_NEW);
	assert_int_equal(learn(fdb, keys[ROOM - 1], 1), FDB_HELD);
	close_with(fdb, 2);
}

// As when another worker was faster.
static void a_key_that_is_there_already_is_not_claimed_again(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 4000});
	uint64_t keys[2 * FDB_SLOTS];
	struct fdb_place place;

	find_rivals(fdb, keys, 2 * FDB_SLOTS);
	for (unsigned i = 0; i < 2 * FDB_SLOTS; i++)
		assert_int_equal(learn(fdb, keys[i], 1), FDB_NEW);
	for (unsigned i = 0; i < 2 * FDB_SLOTS; i++) {
		place = fdb_place(fdb, keys[i]);
		assert_int_equal(fdb_claim(fdb, place.home, place.tag | 2), FDB_TAKEN);
		assert_int_equal(rig_check(fdb), 2 * FDB_SLOTS);
	}
	close_with(fdb, 2 * FDB_SLOTS);
}

// Far from home, and back home when there is room.
static void b5_entries_far_from_home_are_renewed_moved_and_forgotten(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 4000, .ageing = 10});
	uint64_t keys[ROOM];

	find_rivals(fdb, keys, ROOM);
	for (unsigned i = 0; i < ROOM; i++)
		assert_int_equal(learn(fdb, keys[i], 1), FDB_NEW);
	for (unsigned i = 0; i < ROOM; i += 2)
		assert_true(fdb_renew(fdb, keys[i], 1, 5));
	assert_int_equal(learn_at(fdb, keys[ROOM - 2], 2, 6), FDB_MOVED);
	rig_age(fdb, 11);
	assert_int_equal(rig_check(fdb), ROOM / 2);
	for (unsigned i = 0; i < ROOM; i++)
		assert_int_equal(fdb_lookup(fdb, keys[i]), i == ROOM - 2 ? 2
							   : i % 2 == 0  ? 1
									 : FDB_NONE);
	rig_age(fdb, 16);
	assert_int_equal(fdb_lookup(fdb, keys[ROOM - 2]), 2);
	close_with(fdb, 1);
}

static void b16_the_limit_of_a_member_holds_for_additions_and_moves(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.member_limit = {[1] = 2}});

	assert_int_equal(fdb_add_static(fdb, fdb_key(0, 100), 1), 0);
	assert_int_equal(learn(fdb, fdb_key(0, 0), 1), FDB_NEW);
	assert_int_equal(learn(fdb, fdb_key(0, 1), 1), FDB_NEW);
	assert_int_equal(learn(fdb, fdb_key(0, 2), 1), FDB_LIMIT_MEMBER);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 2)), FDB_NONE);
	assert_int_equal(learn(fdb, fdb_key(0, 2), 2), FDB_NEW);
	assert_int_equal(learn(fdb, fdb_key(0, 2), 1), FDB_LIMIT_MEMBER);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 2)), 2);
	assert_int_equal(learn(fdb, fdb_key(0, 1), 2), FDB_MOVED); // makes room
	assert_int_equal(learn(fdb, fdb_key(0, 2), 1), FDB_MOVED);
	assert_int_equal(learn(fdb, fdb_key(0, 3), 1), FDB_LIMIT_MEMBER);
	close_with(fdb, 4);
}

static void b16_the_limit_of_a_vlan_holds_for_each_and_not_for_moves(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.vlan_limit = 2});

	assert_int_equal(fdb_add_static(fdb, fdb_key(10, 100), 1), 0);
	for (uint16_t vlan = 10; vlan < 12; vlan++) {
		assert_int_equal(learn(fdb, fdb_key(vlan, 0), 1), FDB_NEW);
		assert_int_equal(learn(fdb, fdb_key(vlan, 1), 2), FDB_NEW);
		assert_int_equal(learn(fdb, fdb_key(vlan, 2), 2), FDB_LIMIT_VLAN);
	}
	assert_int_equal(learn(fdb, fdb_key(10, 0), 2), FDB_MOVED);
	rig_flush(fdb, &(struct fdb_match){.by_vlan = true, .vlan = 10});
	assert_int_equal(learn(fdb, fdb_key(10, 2), 2), FDB_NEW);
	close_with(fdb, 4);
}

static void additions_and_moves_take_tokens_and_nothing_else_does(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.member_limit = {[9] = 1}});
	struct bucket rate;

	bucket_init(&rate, 1, 3, 1000, 0);
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 1), 1, 0, &rate, 0, &was), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 9), 9, 0, &rate, 0, &was), FDB_NEW);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(fdb_learn(fdb, fdb_key(0, 1), 1, i, &rate, 0, &was), FDB_KNOWN);
		assert_int_equal(
			fdb_learn(fdb, fdb_key(0, 2), 9, i, &rate, 0, &was), FDB_LIMIT_MEMBER);
		assert_int_equal(
			fdb_learn(fdb, fdb_key(0, 1), 9, i, &rate, 0, &was), FDB_LIMIT_MEMBER);
	}
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 1), 2, 0, &rate, 0, &was), FDB_MOVED);
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 2), 1, 0, &rate, 0, &was), FDB_LIMIT_RATE);
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 1), 1, 0, &rate, 0, &was), FDB_LIMIT_RATE);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 1)), 2);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 2)), FDB_NONE);
	assert_int_equal(fdb_learn(fdb, fdb_key(0, 2), 1, 0, &rate, 1000, &was), FDB_NEW);
	close_with(fdb, 3);
}

static void b17_static_entries_do_not_move_age_or_count(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});
	uint64_t a = fdb_key(0, 0xa);

	assert_int_equal(fdb_add_static(fdb, a, 1), 0);
	assert_int_equal(learn(fdb, a, 2), FDB_HELD);
	assert_int_equal(was, 1);
	assert_int_equal(fdb_lookup(fdb, a), 1);
	assert_int_equal(learn_at(fdb, a, 1, 7), FDB_KNOWN);
	assert_true(fdb_renew(fdb, a, 1, 7)); // and is not looked into again this second
	assert_int_equal(fdb->n_learned, 0);
	assert_int_equal(fdb->of_member[1], 0);
	rig_age(fdb, 20000);
	rig_flush(fdb, &(struct fdb_match){.by_port = true, .port = 1});
	assert_int_equal(fdb_lookup(fdb, a), 1);
	assert_int_equal(fdb_add_static(fdb, a, 5), 0);
	assert_int_equal(fdb_lookup(fdb, a), 5);
	assert_int_equal(fdb->n_static, 1);
	close_with(fdb, 1);
}

static void b17_a_static_entry_takes_the_place_of_a_learned_one(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.member_limit = {[2] = 1}});
	uint64_t a = fdb_key(0, 0xa);

	assert_int_equal(learn(fdb, a, 2), FDB_NEW);
	assert_int_equal(fdb_add_static(fdb, a, 2), 0);
	assert_int_equal(fdb->n_learned, 0);
	assert_int_equal(fdb->n_static, 1);
	assert_int_equal(
		learn(fdb, fdb_key(0, 0xb), 2), FDB_NEW); // the port's number is free again
	assert_int_equal(learn(fdb, a, 3), FDB_HELD);
	close_with(fdb, 2);
}

static void b17_what_a_sticky_port_learned_stays_there(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.sticky = 1u << 31, .ageing = 10});
	uint64_t a = fdb_key(0, 0xa);

	assert_int_equal(learn(fdb, a, 31), FDB_NEW);
	assert_int_equal(learn_at(fdb, a, 1, 9), FDB_HELD);
	assert_int_equal(was, 31);
	assert_int_equal(fdb_lookup(fdb, a), 31);
	rig_age(fdb, 11); // the stranger's frame did not renew it
	assert_int_equal(fdb_lookup(fdb, a), FDB_NONE);
	assert_int_equal(learn(fdb, a, 1), FDB_NEW);
	assert_int_equal(learn(fdb, a, 31), FDB_MOVED); // to a sticky port, from one that is not
	close_with(fdb, 1);
}

static void b21_our_own_addresses_are_told(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});
	uint64_t ours = fdb_key(5, 0xa);

	assert_int_equal(fdb_add_static(fdb, ours, FDB_LOCAL), 0);
	assert_int_equal(fdb_lookup(fdb, ours), FDB_LOCAL);
	assert_int_equal(learn(fdb, ours, 3), FDB_OWN);
	assert_int_equal(fdb_lookup(fdb, ours), FDB_LOCAL);
	close_with(fdb, 1);
}

enum { BURST = 8 };

// What a burst from port 1 comes to, and one at a time, in a table of its own each.
static void expect_burst(struct fdb_config config, uint32_t tokens, const uint64_t keys[BURST],
	const enum fdb_learned expected[BURST])
{
	for (unsigned way = 0; way < 2; way++) {
		struct fdb *fdb = rig_create(config);
		struct fdb_source sources[BURST];
		struct bucket rate = {0};
		struct fdb_learning l;

		if (tokens != 0)
			bucket_init(&rate, 1, tokens, 1000, 0);
		assert_int_equal(learn(fdb, fdb_key(0, 100), 2), FDB_NEW);
		assert_int_equal(fdb_add_static(fdb, fdb_key(0, 101), 2), 0);
		l = fdb_learning_begin(fdb, 1, 0, &rate, 0);
		for (unsigned i = 0; i < BURST; i++) {
			sources[i] = (struct fdb_source){.key = keys[i]};
			if (way == 1) {
				fdb_learn_burst(&l, &sources[i], 1);
				fdb_learning_end(&l);
			}
		}
		if (way == 0)
			fdb_learn_burst(&l, sources, BURST);
		fdb_learning_end(&l);
		for (unsigned i = 0; i < BURST; i++) {
			assert_int_equal(sources[i].learned, expected[i]);
			if (expected[i] == FDB_HELD || expected[i] == FDB_MOVED)
				assert_int_equal(sources[i].was, 2);
		}
		rig_check(fdb);
		rig_free(fdb);
	}
}

static void b16_a_burst_comes_to_what_its_sources_come_to_one_by_one(void **state)
{
	const uint64_t a = fdb_key(0, 1), b = fdb_key(0, 2), c = fdb_key(0, 3), d = fdb_key(0, 4),
		       other = fdb_key(1, 1), moves = fdb_key(0, 100), held = fdb_key(0, 101);
	const uint64_t keys[BURST] = {a, held, a, other, b, moves, c, d};

	expect_burst((struct fdb_config){0}, 0, keys,
		(enum fdb_learned[]){FDB_NEW, FDB_HELD, FDB_KNOWN, FDB_NEW, FDB_NEW, FDB_MOVED,
			FDB_NEW, FDB_NEW});
	// What is counted in advance is no entry yet: the move finds room.
	expect_burst((struct fdb_config){.member_limit = {[1] = 4}}, 0, keys,
		(enum fdb_learned[]){FDB_NEW, FDB_HELD, FDB_KNOWN, FDB_NEW, FDB_NEW, FDB_MOVED,
			FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER});
	expect_burst((struct fdb_config){.member_limit = {[1] = 1}}, 0,
		(const uint64_t[]){moves, moves, a, a, a, a, a, a},
		(enum fdb_learned[]){FDB_MOVED, FDB_KNOWN, FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER,
			FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER});
	expect_burst((struct fdb_config){.vlan_limit = 3}, 0, keys,
		(enum fdb_learned[]){FDB_NEW, FDB_HELD, FDB_KNOWN, FDB_NEW, FDB_NEW, FDB_MOVED,
			FDB_LIMIT_VLAN, FDB_LIMIT_VLAN});
	expect_burst((struct fdb_config){.capacity = 4}, 0, keys,
		(enum fdb_learned[]){FDB_NEW, FDB_HELD, FDB_KNOWN, FDB_NEW, FDB_NEW, FDB_MOVED,
			FDB_FULL, FDB_FULL});
	expect_burst((struct fdb_config){0}, 4, keys,
		(enum fdb_learned[]){FDB_NEW, FDB_HELD, FDB_KNOWN, FDB_NEW, FDB_NEW, FDB_MOVED,
			FDB_LIMIT_RATE, FDB_LIMIT_RATE});
	expect_burst((struct fdb_config){.member_limit = {[1] = 2}}, 0,
		(const uint64_t[]){a, a, a, moves, b, b, c, a},
		(enum fdb_learned[]){FDB_NEW, FDB_KNOWN, FDB_KNOWN, FDB_MOVED, FDB_LIMIT_MEMBER,
			FDB_LIMIT_MEMBER, FDB_LIMIT_MEMBER, FDB_KNOWN});
}

static bool see_keys(struct fdb_learning *l, uint64_t *keys, uint16_t n, uint16_t *n_left)
{
	struct fdb_bucket *homes[8 * BURST];
	uint64_t wanted[8 * BURST];

	for (uint16_t i = 0; i < n; i++) {
		struct fdb_place place = fdb_place(l->fdb, keys[i]);

		homes[i] = place.home;
		wanted[i] = place.tag | l->word;
	}
	return fdb_see_burst(l, keys, homes, wanted, n, n_left);
}

// As the burst path sees sources; those left are learned, too. Returns how many were.
static uint16_t see(struct fdb_learning *l, uint64_t *keys, uint16_t n, enum fdb_learned expected)
{
	uint16_t n_left;

	assert_true(see_keys(l, keys, n, &n_left));
	for (uint16_t i = 0; i < n_left; i++) {
		struct fdb_source source = {.key = keys[i]};

		fdb_learn_burst(l, &source, 1);
		assert_int_equal(source.learned, expected);
	}
	return n_left;
}

static bool is_seen(struct fdb *fdb, uint64_t key, uint8_t port)
{
	struct fdb_learning l = fdb_learning_begin(fdb, port, 0, &no_limit, 0);
	uint16_t n_left;
	bool seen = see_keys(&l, &key, 1, &n_left);

	fdb_learning_end(&l);
	return seen;
}

static void b2_an_absent_source_that_comes_twice_in_a_burst_is_added_once(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 4000});
	struct fdb_learning l = fdb_learning_begin(fdb, 1, 0, &no_limit, 0);
	uint64_t keys[3 * BURST];

	for (unsigned i = 0; i < 3 * BURST; i++)
		keys[i] = fdb_key(0, 1 + i % BURST);
	assert_int_equal(see(&l, keys, 3 * BURST, FDB_NEW), 0);
	assert_int_equal(l.added, BURST);
	fdb_learning_end(&l);
	for (unsigned i = 1; i <= BURST; i++)
		assert_int_equal(fdb_lookup(fdb, fdb_key(0, i)), 1);
	assert_int_equal(learn(fdb, fdb_key(0, 1), 2), FDB_MOVED);
	close_with(fdb, BURST);
}

// Bursts of the usual path fill a table to its capacity: buckets become full.
static void b15_bursts_of_new_sources_find_room_beyond_full_buckets(void **state)
{
	enum { HOSTS = 32768 };
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = HOSTS, .learners = 1});
	struct fdb_learning l = fdb_learning_begin(fdb, 1, 0, &no_limit, 0);
	uint64_t keys[BURST], seed = 3;
	unsigned left = 0, far = 0;

	assert_int_equal((fdb->mask + 1) * FDB_SLOTS, 2 * HOSTS);
	for (unsigned n = 0; n < HOSTS; n += BURST) {
		for (unsigned i = 0; i < BURST; i++)
			keys[i] = random_key(&seed, 1);
		left += see(&l, keys, BURST, FDB_NEW);
	}
	fdb_learning_end(&l);
	assert_int_equal(left, 0);
	assert_int_equal(l.added, HOSTS);
	for (unsigned i = 0; i < BURST; i++)
		keys[i] = random_key(&seed, 1);
	assert_int_equal(see(&l, keys, BURST, FDB_FULL), BURST);
	seed = 3;
	for (unsigned i = 0; i < HOSTS; i++)
		assert_int_equal(fdb_lookup(fdb, random_key(&seed, 1)), 1);
	for (uint32_t b = 0; b <= fdb->mask; b++)
		far += fdb->passed[b];
	assert_in_range(far, HOSTS / 50, HOSTS / 10);
	close_with(fdb, HOSTS);
}

// Only what is known or simply new is seen: the rest of the rules decides about others.
static void b3_b14_b17_a_burst_with_another_source_is_not_seen(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});

	assert_true(is_seen(fdb, fdb_key(0, 0xa), 1));
	assert_true(is_seen(fdb, fdb_key(0, 0xa), 1));
	assert_false(is_seen(fdb, fdb_key(0, 0xa), 2));
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 0xa)), 1);
	assert_int_equal(fdb_add_static(fdb, fdb_key(0, 0xb), FDB_LOCAL), 0);
	assert_false(is_seen(fdb, fdb_key(0, 0xb), 1));
	assert_false(is_seen(fdb, fdb_key(0, 0), 1)); // no host's address
	assert_false(is_seen(fdb, fdb_key(9, 0), 1));
	close_with(fdb, 2);
}

// Entries admitted for one VLAN are not another's, and are given back.
static void b16_what_is_admitted_in_advance_is_of_one_vlan(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 8000});
	struct fdb_learning l = fdb_learning_begin(fdb, 1, 0, &no_limit, 0);
	uint64_t keys[] = {fdb_key(1, 1), fdb_key(2, 1), fdb_key(2, 1), fdb_key(2, 1)};
	uint64_t turns[] = {fdb_key(0, 1), fdb_key(2, 3), fdb_key(0, 2)};

	assert_int_equal(see(&l, keys, 4, FDB_NEW), 0);
	assert_int_equal(l.admitted, 2); // for two that were known then
	assert_int_equal(fdb->of_vlan[1], 1);
	assert_int_equal(fdb->of_vlan[2], 3);
	keys[0] = fdb_key(2, 2); // with what is left from the burst before
	assert_int_equal(see(&l, keys, 1, FDB_NEW), 0);
	assert_int_equal(l.admitted, 1);
	assert_int_equal(see(&l, turns, 3, FDB_NEW), 0);
	fdb_learning_end(&l);
	assert_int_equal(fdb->of_vlan[0], 2);
	assert_int_equal(fdb->of_vlan[2], 3);
	close_with(fdb, 6);
}

// Where a limit is near, one burst does not keep another worker's source from being learned.
static void b16_nothing_is_admitted_in_advance_near_a_limit(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 8000, .vlan_limit = 2});
	struct fdb_learning l = fdb_learning_begin(fdb, 1, 0, &no_limit, 0);
	uint64_t keys[] = {fdb_key(1, 1), fdb_key(1, 1)};
	uint64_t others[] = {fdb_key(1, 3), fdb_key(1, 3), fdb_key(1, 4), fdb_key(1, 3)};

	assert_int_equal(see(&l, keys, 2, FDB_NEW), 0);
	assert_int_equal(l.admitted, 0);
	assert_int_equal(learn(fdb, fdb_key(1, 2), 2), FDB_NEW);
	assert_int_equal(see(&l, others, 4, FDB_LIMIT_VLAN), 3); // one after the other: once
	fdb_learning_end(&l);
	close_with(fdb, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b2_b3_an_address_is_known_from_the_next_frame_and_moves_at_once),
		cmocka_unit_test(b14_one_mac_in_two_vlans_is_two_entries),
		cmocka_unit_test(b15_a_full_table_keeps_renews_and_moves_what_it_has),
		cmocka_unit_test(keys_of_one_home_bucket_take_the_next_ones_until_there_is_no_room),
		cmocka_unit_test(b16_the_limit_of_a_member_holds_for_additions_and_moves),
		cmocka_unit_test(b16_the_limit_of_a_vlan_holds_for_each_and_not_for_moves),
		cmocka_unit_test(additions_and_moves_take_tokens_and_nothing_else_does),
		cmocka_unit_test(b17_static_entries_do_not_move_age_or_count),
		cmocka_unit_test(b17_a_static_entry_takes_the_place_of_a_learned_one),
		cmocka_unit_test(b17_what_a_sticky_port_learned_stays_there),
		cmocka_unit_test(b21_our_own_addresses_are_told),
		cmocka_unit_test(a_key_that_is_there_already_is_not_claimed_again),
		cmocka_unit_test(b5_entries_far_from_home_are_renewed_moved_and_forgotten),
		cmocka_unit_test(b16_a_burst_comes_to_what_its_sources_come_to_one_by_one),
		cmocka_unit_test(b2_an_absent_source_that_comes_twice_in_a_burst_is_added_once),
		cmocka_unit_test(b15_bursts_of_new_sources_find_room_beyond_full_buckets),
		cmocka_unit_test(b3_b14_b17_a_burst_with_another_source_is_not_seen),
		cmocka_unit_test(b16_what_is_admitted_in_advance_is_of_one_vlan),
		cmocka_unit_test(b16_nothing_is_admitted_in_advance_near_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
