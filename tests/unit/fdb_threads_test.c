/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers that look up, learn and move the same few addresses while control ages, flushes and
 * binds them. A key is only ever learned on ports of its own group of four, so that a look-up
 * which got the port of another key is seen at once; at the end everything is counted again.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ageing.h"
#include "fdb_rig.h"

enum {
	WORKERS = 4,
	BURSTS = 20000,
	BURST = 32,
	HOT = 48,    // keys that everybody fights for
	KEYS = 3000, // more than the table takes
	CAPACITY = 2000,
	LIMIT = 100, // of port 5
	AGEING = 16,
	HZ = 1000
};

static struct fdb *fdb;
static struct ageing *ageing;
static uint64_t keys[KEYS];
static _Atomic uint32_t seconds;
static _Atomic unsigned running;
static _Atomic unsigned wrong;
static _Atomic unsigned results[FDB_FULL + 1];

static bool belongs(unsigned k, uint8_t port)
{
	return port == FDB_NONE || port / 4 == k % 8;
}

// As the burst path sees a source. False: it is to be learned by the rules.
static bool see(struct fdb_learning *l, uint64_t key)
{
	struct fdb_place place = fdb_place(l->fdb, key);
	uint64_t wanted = place.tag | l->word;
	uint16_t n_left;

	return fdb_see_burst(l, &key, &place.home, &wanted, 1, &n_left) && n_left == 0;
}

// The sources of a burst come from one port; only keys of its group are learned there.
static void burst(unsigned id, uint64_t *seed)
{
	unsigned group = (unsigned)(rig_random(seed) >> 8) % 8;
	uint8_t port = (uint8_t)(group * 4 + id);
	uint32_t now = atomic_load(&seconds);
	struct fdb_source sources[BURST];
	struct bucket open = {0};
	struct fdb_learning l = fdb_learning_begin(fdb, port, now, &open, 0);
	uint16_t n = 0;

	for (unsigned i = 0; i < BURST; i++) {
		uint64_t random = rig_random(seed);
		unsigned k =
			(unsigned)(random >> 8) % (random % 4 != 0 ? HOT : KEYS) / 8 * 8 + group;

		if (!belongs(k, fdb_lookup(fdb, keys[k])))
			atomic_fetch_add(&wrong, 1);
		// Looked up only; learned without asking first, as two workers at once may.
		if ((random >> 40 & 1) != 0 ||
			((random >> 41 & 7) != 0 && fdb_renew(fdb, keys[k], port, now)))
			continue;
		// As the burst path does, or in the order of all sources.
		if ((random >> 44 & 1) != 0 && see(&l, keys[k]))
			continue;
		sources[n++] = (struct fdb_source){.key = keys[k], .was = FDB_NONE};
	}
	fdb_learn_burst(&l, sources, n);
	fdb_learning_end(&l);
	for (uint16_t i = 0; i < n; i++) {
		atomic_fetch_add_explicit(&results[sources[i].learned], 1, memory_order_relaxed);
		if (!belongs(group, sources[i].was))
			atomic_fetch_add(&wrong, 1);
	}
}

static void *worker(void *arg)
{
	unsigned id = (unsigned)(uintptr_t)arg;
	uint64_t seed = id + 1;

	for (unsigned i = 0; i < BURSTS; i++)
		burst(id, &seed);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

// What control does in a round, at random. Static entries stay on the key's own ports.
static void change(uint64_t *seed)
{
	uint64_t random = rig_random(seed);
	unsigned k = (unsigned)(random >> 8) % HOT;

	switch (random % 16) {
	case 0:
		ageing_request(ageing, &(struct fdb_match){.statics_too = true});
		break;
	case 1:
		ageing_request(ageing, &(struct fdb_match){.by_port = true, .port = k % 32});
		break;
	case 2:
		ageing_request(ageing, &(struct fdb_match){.by_vlan = true, .vlan = k % 2});
		break;
	case 3:
	case 4:
		if (fdb_add_static(fdb, keys[k], (uint8_t)(k % 8 * 4 + random % 32 / 16)) != 0)
			atomic_fetch_add(&wrong, 1);
		break;
	case 5:
		atomic_fetch_add(&seconds, 1);
		break;
	default:
		ageing_request(ageing,
			&(struct fdb_match){.by_mac = true, .mac = keys[k], .statics_too = true});
		break;
	}
}

static int start(void **state)
{
	uint64_t seed = 99;

	fdb = rig_create((struct fdb_config){
		.capacity = CAPACITY, .ageing = AGEING, .member_limit = {[5] = LIMIT}});
	ageing = ageing_create(fdb);
	for (unsigned k = 0; k < KEYS; k++)
		keys[k] = fdb_key(k % 2, rig_random(&seed));
	atomic_store(&running, WORKERS);
	return ageing == NULL ? -1 : 0;
}

static int stop(void **state)
{
	ageing_free(ageing);
	rig_free(fdb);
	return 0;
}

static void workers_and_control_at_once_leave_a_table_that_is_right(void **state)
{
	pthread_t thread[WORKERS];
	uint64_t seed = 7;

	for (uintptr_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
	while (atomic_load(&running) > 0) {
		uint32_t now = atomic_load(&seconds);

		change(&seed);
		ageing_poll(ageing, now, (uint64_t)now * HZ, HZ);
		assert_in_range(atomic_load(&fdb->n_learned), 0, CAPACITY);
		assert_in_range(atomic_load(&fdb->of_member[5]), 0, LIMIT);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(wrong, 0);
	assert_true(fdb->n_learned <= CAPACITY && fdb->of_member[5] <= LIMIT);
	// All of it took place.
	assert_true(results[FDB_NEW] > 1000);
	assert_true(results[FDB_MOVED] > 1000);
	assert_true(results[FDB_KNOWN] > 100);
	assert_true(results[FDB_HELD] > 100);
	for (unsigned i = 0; i < 1000; i++) // requests
		ageing_poll(ageing, seconds, (uint64_t)seconds * HZ, HZ);
	rig_age(fdb, seconds); // second copies
	rig_check(fdb);
	rig_flush(fdb, &(struct fdb_match){.statics_too = true});
	assert_int_equal(rig_check(fdb), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			workers_and_control_at_once_leave_a_table_that_is_right, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
