/* SPDX-License-Identifier: BSD-3-Clause */
/* Ageing and flushes as the control lane does them: B5, B18, B19. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ageing.h"
#include "fdb_rig.h"

enum { HZ = 1000, ENTRIES = 3000 };

static struct fdb *fdb;
static struct ageing *ageing;

static int start(void **state)
{
	fdb = rig_create((struct fdb_config){.capacity = 100000, .ageing = 160});
	ageing = ageing_create(fdb);
	for (uint64_t i = 0; i < ENTRIES; i++)
		rig_learn(fdb, fdb_key(i % 2 == 0 ? 10 : 20, i), (uint8_t)(i % 3));
	return ageing == NULL ? -1 : 0;
}

static int stop(void **state)
{
	ageing_free(ageing);
	rig_free(fdb);
	return 0;
}

// Rounds of the control lane at that second.
static unsigned rounds(uint32_t seconds, unsigned n)
{
	unsigned work = 0;

	for (unsigned i = 0; i < n; i++)
		work += ageing_poll(ageing, seconds, (uint64_t)seconds * HZ, HZ);
	return work;
}

static unsigned whole_sweep(void)
{
	return (fdb->mask + 1) / AGEING_BUCKETS;
}

static void b5_entries_go_after_their_time_and_not_before(void **state)
{
	rounds(0, whole_sweep());
	rounds(160, whole_sweep());
	assert_int_equal(rig_check(fdb), ENTRIES);
	assert_int_equal(rounds(171, whole_sweep()), 0); // nothing that keeps the lane awake
	assert_int_equal(rig_check(fdb), 0);
}

static void sweeps_begin_once_in_a_sixteenth_of_the_ageing_time(void **state)
{
	rounds(155, whole_sweep());
	rounds(164, whole_sweep()); // 9 s later: too old, but no sweep yet
	assert_int_equal(fdb->n_learned, ENTRIES);
	rounds(165, whole_sweep());
	assert_int_equal(fdb->n_learned, 0);
}

static void b18_b19_a_flush_takes_what_it_names_soon(void **state)
{
	rounds(0, 2); // a sweep is on its way
	assert_true(ageing_request(ageing, &(struct fdb_match){.by_port = true, .port = 1}));
	assert_true(ageing_request(ageing, &(struct fdb_match){.by_vlan = true, .vlan = 20}));
	assert_true(rounds(0, 2 * ((fdb->mask + 1) / AGEING_FLUSH_BUCKETS + ENTRIES / 1000 * 3)) >
		    fdb->mask);
	for (uint64_t i = 0; i < ENTRIES; i++)
		assert_int_equal(fdb_lookup(fdb, fdb_key(i % 2 == 0 ? 10 : 20, i)),
			i % 3 == 1 || i % 2 == 1 ? FDB_NONE : i % 3);
	assert_int_equal(rounds(0, 10), 0);
	rig_check(fdb);
}

static void requests_are_bounded_and_all_are_done(void **state)
{
	unsigned n = 0;

	while (ageing_request(ageing, &(struct fdb_match){.by_mac = true, .mac = n}))
		n++;
	assert_int_equal(n, AGEING_REQUESTS);
	rounds(0, AGEING_REQUESTS * ((fdb->mask + 1) / AGEING_FLUSH_BUCKETS + 2));
	assert_int_equal(rig_check(fdb), ENTRIES - AGEING_REQUESTS);
	assert_true(ageing_request(ageing, &(struct fdb_match){.by_mac = true, .mac = n}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			b5_entries_go_after_their_time_and_not_before, start, stop),
		cmocka_unit_test_setup_teardown(
			sweeps_begin_once_in_a_sixteenth_of_the_ageing_time, start, stop),
		cmocka_unit_test_setup_teardown(
			b18_b19_a_flush_takes_what_it_names_soon, start, stop),
		cmocka_unit_test_setup_teardown(requests_are_bounded_and_all_are_done, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
