/* SPDX-License-Identifier: BSD-3-Clause */
/* Control's side of the forwarding database, and tables of full size: B5, B15, B19. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/fdb_place.h"
#include "fdb_rig.h"

enum { MILLION = 1000000 };

static struct bucket no_limit;
static uint8_t was;

static enum fdb_learned learn_at(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	return fdb_learn(fdb, key, port, seconds, &no_limit, 0, &was);
}

static void b5_entries_go_two_units_after_the_ageing_time_wherever_seen_wraps(void **state)
{
	static const struct {
		uint32_t ageing, unit; // seconds
	} rows[] = {{10, 1}, {59, 1}, {60, 2}, {300, 8}, {MILLION, 32768}};

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct fdb *fdb = rig_create((struct fdb_config){.ageing = rows[r].ageing});
		uint32_t ageing = rows[r].ageing, unit = rows[r].unit;

		// From before the wrap of seven bits of units to behind it, and that of 32 of
		// seconds; anywhere in a unit.
		for (uint32_t at = 0; at < 60; at++) {
			uint32_t start = at * (unit / 3 + 1) - 10 * unit;

			if (at % 2 == 0)
				start += unit << 7;
			learn_at(fdb, fdb_key(0, 1), 1, start);
			assert_true(fdb_renew(fdb, fdb_key(0, 1), 1, start));
			rig_age(fdb, start + ageing);
			assert_int_equal(fdb->n_learned, 1);
			rig_age(fdb, start - unit); // a lane's clock may be ahead of control's
			assert_int_equal(fdb->n_learned, 1);
			rig_age(fdb, start + ageing + 2 * unit);
			assert_int_equal(fdb->n_learned, 0);
		}
		rig_free(fdb);
	}
}

static void b5_traffic_renews_and_an_old_entry_stays_old_for_as_long_again(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.ageing = MILLION});
	uint64_t a = fdb_key(0, 0xa), b = fdb_key(0, 0xb);

	learn_at(fdb, a, 1, 0);
	learn_at(fdb, b, 1, 0);
	for (uint32_t s = 0; s <= 2 * MILLION; s += MILLION / 2) {
		if (s / MILLION % 2 != 0)
			assert_true(fdb_renew(fdb, a, 1, s));
		else
			assert_int_equal(learn_at(fdb, a, 1, s), FDB_KNOWN);
	}
	rig_age(fdb, 2 * MILLION); // late: b is twice as old as it may be
	assert_int_equal(fdb_lookup(fdb, a), 1);
	assert_int_equal(fdb_lookup(fdb, b), FDB_NONE);
	rig_free(fdb);
}

static void b5_entries_outlive_another_ageing_time(void **state)
{
	static const uint32_t times[] = {300, 10, MILLION, 59, 60};
	struct fdb *fdb = rig_create((struct fdb_config){.ageing = 10});
	uint64_t a = fdb_key(0, 0xa);
	uint32_t now = 5;

	learn_at(fdb, a, 1, now);
	assert_int_equal(fdb_add_static(fdb, fdb_key(0, 0xb), 2), 0);
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		fdb_set_ageing(fdb, times[i], now);
		rig_age(fdb, now + times[i]);
		assert_int_equal(rig_check(fdb), 2);
		assert_int_equal(learn_at(fdb, a, 1, now += times[i]), FDB_KNOWN);
	}
	// In units of two seconds, as before: nothing is renewed.
	fdb_set_ageing(fdb, 64, now + 50);
	rig_age(fdb, now + 64 + 2 * 2);
	assert_int_equal(fdb_lookup(fdb, a), FDB_NONE);
	assert_int_equal(fdb_lookup(fdb, fdb_key(0, 0xb)), 2);
	rig_free(fdb);
}

static struct fdb *table_of_flushes(void)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 1000});

	for (uint16_t vlan = 1; vlan <= 3; vlan++) {
		for (uint64_t mac = 0; mac < 60; mac++)
			rig_learn(fdb, fdb_key(vlan, mac), (uint8_t)(mac % 4));
		assert_int_equal(fdb_add_static(fdb, fdb_key(vlan, 1000), 3), 0);
	}
	return fdb;
}

static void b19_a_flush_takes_what_it_names_and_nothing_else(void **state)
{
	static const struct {
		struct fdb_match match;
		unsigned left;
	} rows[] = {
		{{0}, 3},
		{{.statics_too = true}, 0},
		{{.by_port = true, .port = 3}, 183 - 45},
		{{.by_port = true, .port = 3, .statics_too = true}, 183 - 48},
		{{.by_vlan = true, .vlan = 2}, 183 - 60},
		{{.by_mac = true, .mac = 7}, 183 - 3},
		{{.by_mac = true, .mac = 1000}, 183},
		{{.by_mac = true, .mac = 1000, .statics_too = true}, 183 - 3},
		{{.by_mac = true, .mac = 7, .by_vlan = true, .vlan = 2}, 183 - 1},
		{{.by_mac = true, .mac = 7, .by_vlan = true, .vlan = 4}, 183},
		{{.by_mac = true, .mac = 7, .by_port = true, .port = 2}, 183},
		{{.by_vlan = true, .vlan = 1, .by_port = true, .port = 0}, 183 - 15},
	};

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct fdb *fdb = table_of_flushes();

		assert_int_equal(rig_check(fdb), 183);
		rig_flush(fdb, &rows[r].match);
		assert_int_equal(rig_check(fdb), rows[r].left);
		rig_free(fdb);
	}
}

// What two workers make that add one key at once, one of them where a slot just came free.
static void put_second(struct fdb *fdb, uint64_t key, uint64_t word)
{
	struct fdb_place place = fdb_place(fdb, key);
	bool learned = (word & FDB_STATIC) == 0;

	assert_true(fdb_is_key(atomic_load(&place.home->entry[0]), place.tag));
	assert_int_equal(atomic_load(&place.home->entry[1]), FDB_EMPTY);
	atomic_store(&place.home->entry[1], place.tag | word);
	fdb->n_static += !learned;
	fdb->n_learned += learned;
	fdb->of_vlan[fdb_vlan(key)] += learned;
	fdb->of_member[word & FDB_PORT] += learned;
}

static void a_second_copy_goes_with_what_it_counted(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){0});
	uint64_t a = fdb_key(7, 0xa);

	learn_at(fdb, a, 1, 0);
	put_second(fdb, a, 2);
	assert_int_equal(fdb_lookup(fdb, a), 1);
	rig_age(fdb, 0);
	assert_int_equal(rig_check(fdb), 1);
	assert_int_equal(fdb_lookup(fdb, a), 1);
	put_second(fdb, a, FDB_STATIC | 2); // it counts, though it is the second
	rig_age(fdb, 0);
	assert_int_equal(rig_check(fdb), 1);
	assert_int_equal(fdb_lookup(fdb, a), 2);
	assert_int_equal(learn_at(fdb, a, 1, 0), FDB_HELD);
	put_second(fdb, a, 3); // and is taken out by a flush, too
	rig_flush(fdb, &(struct fdb_match){.by_port = true, .port = 3});
	assert_int_equal(rig_check(fdb), 1);
	rig_free(fdb);
}

static void the_list_has_every_entry_once_however_it_is_cut(void **state)
{
	struct fdb *fdb = table_of_flushes();

	for (unsigned page = 1; page < 200; page = page * 2 + 1) {
		unsigned n_static = 0, n_seen = 0, got;
		struct fdb_entry entries[200];
		uint8_t seen[4][60] = {0};
		uint32_t cursor = 0;

		do {
			got = fdb_list(fdb, 42, &cursor, entries, page);
			assert_true(got <= page);
			for (unsigned i = 0; i < got; i++) {
				struct fdb_entry *e = &entries[i];

				assert_in_range(e->vlan, 1, 3);
				n_static += e->is_static;
				assert_int_equal(e->age, e->is_static ? 0 : 40); // in units of 8
				assert_int_equal(e->port, e->is_static ? 3 : e->mac[0] % 4);
				if (e->is_static)
					assert_memory_equal(e->mac, "\xe8\x03\0\0\0\0", 6);
				else
					n_seen += seen[e->vlan][e->mac[0]]++ == 0;
			}
		} while (cursor != UINT32_MAX);
		assert_int_equal(n_static, 3);
		assert_int_equal(n_seen, 180);
	}
	rig_free(fdb);
}

static void b15_a_million_random_addresses_are_learned_and_found(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = MILLION});
	uint64_t seed = 1;

	for (unsigned i = 0; i < MILLION; i++)
		assert_true(learn_at(fdb, fdb_key(0, rig_random(&seed)), i % 32, 0) == FDB_NEW);
	assert_int_equal(learn_at(fdb, fdb_key(0, rig_random(&seed)), 1, 0), FDB_FULL);
	seed = 1;
	for (unsigned i = 0; i < MILLION; i++)
		assert_true(fdb_lookup(fdb, fdb_key(0, rig_random(&seed))) == i % 32);
	rig_free(fdb);
}

// Ways to number hosts: octet 0 of the address is in the low bits.
static uint64_t by_order(unsigned way, uint32_t i)
{
	switch (way) {
	case 0:
		return fdb_key(1, __builtin_bswap64(i) >> 16); // the last octets count up
	case 1:
		return fdb_key(1, i); // the first octets
	case 2:
		return fdb_key(1, (uint64_t)i << 16);
	case 3:
		return fdb_key(1, (i & 0xff) | (uint64_t)(i >> 8) << 40); // both ends
	default:
		return fdb_key(i % 4096, (uint64_t)(i / 4096) << 40); // VLANs
	}
}

static void addresses_in_order_fill_a_table_as_random_ones_do(void **state)
{
	for (unsigned way = 0; way < 5; way++) {
		// Of random ones 3.6 % are not in their home bucket, and 0.8 % not in its line.
		for (uint64_t seed = 1; seed < 20; seed++) {
			struct fdb *fdb =
				rig_create((struct fdb_config){.capacity = 65536, .seed = seed});
			unsigned away = 0, far = 0;

			for (uint32_t i = 0; i < 65536; i++)
				assert_true(learn_at(fdb, by_order(way, i), 1, 0) == FDB_NEW);
			for (uint32_t b = 0; b <= fdb->mask; b++) {
				for (unsigned i = 0; i < FDB_SLOTS; i++) {
					uint64_t entry = atomic_load(&fdb->bucket[b].entry[i]);

					away += entry != FDB_EMPTY && fdb_step_of(entry) > 0;
					far += entry != FDB_EMPTY && fdb_step_of(entry) > 1;
				}
			}
			assert_in_range(away, 0, 65536 / 20);
			assert_in_range(far, 0, 65536 / 60);
			rig_free(fdb);
		}
	}
}

static void a_key_is_known_by_its_place_in_tables_of_any_size(void **state)
{
	for (uint32_t capacity = 1; capacity <= 4 * MILLION; capacity *= 4) {
		struct fdb *fdb = rig_create((struct fdb_config){.capacity = capacity});
		uint64_t seed = capacity;

		for (unsigned i = 0; i < 1000; i++) {
			uint64_t key = fdb_key(i % FDB_VLANS, rig_random(&seed));
			struct fdb_place place = fdb_place(fdb, key);

			assert_int_equal(fdb_key_of(fdb, rig_home(fdb, key), place.tag), key);
			for (unsigned step = 0; step < FDB_STEPS; step++) {
				uint32_t b = fdb_nth(fdb, rig_home(fdb, key), step);

				assert_int_equal(
					fdb_key_of(fdb, b, place.tag | step << FDB_STEP | 0x3fff),
					key);
			}
		}
		rig_free(fdb);
	}
}

static void every_vlan_and_the_last_of_all_addresses_have_their_key(void **state)
{
	struct fdb *fdb = rig_create((struct fdb_config){.capacity = 8192});

	for (uint16_t vlan = 0; vlan < FDB_VLANS; vlan++) {
		uint64_t key = fdb_key(vlan, vlan % 2 == 0 ? 0 : UINT64_MAX);

		assert_int_equal(learn_at(fdb, key, vlan % 32, 0), FDB_NEW);
	}
	assert_int_equal(rig_check(fdb), FDB_VLANS);
	rig_free(fdb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b5_entries_go_two_units_after_the_ageing_time_wherever_seen_wraps),
		cmocka_unit_test(b5_traffic_renews_and_an_old_entry_stays_old_for_as_long_again),
		cmocka_unit_test(b5_entries_outlive_another_ageing_time),
		cmocka_unit_test(b19_a_flush_takes_what_it_names_and_nothing_else),
		cmocka_unit_test(a_second_copy_goes_with_what_it_counted),
		cmocka_unit_test(the_list_has_every_entry_once_however_it_is_cut),
		cmocka_unit_test(b15_a_million_random_addresses_are_learned_and_found),
		cmocka_unit_test(addresses_in_order_fill_a_table_as_random_ones_do),
		cmocka_unit_test(a_key_is_known_by_its_place_in_tables_of_any_size),
		cmocka_unit_test(every_vlan_and_the_last_of_all_addresses_have_their_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
