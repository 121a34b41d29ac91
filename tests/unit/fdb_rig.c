/* SPDX-License-Identifier: BSD-3-Clause */
/* See fdb_rig.h. Looks into the buckets, which only tests and lib/bridge do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "bridge/fdb_place.h"
#include "fdb_rig.h"

enum { HUGE_PAGE = 2 * 1024 * 1024 };

struct fdb *rig_create(struct fdb_config config)
{
	void *memory;
	size_t size;

	if (config.capacity == 0)
		config.capacity = 64;
	if (config.ageing == 0)
		config.ageing = 300;
	if (config.seed == 0)
		config.seed = 1;
	size = fdb_size(config.capacity);
	if (size >= HUGE_PAGE)
		size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	memory = aligned_alloc(size < HUGE_PAGE ? 64 : HUGE_PAGE, size);
	assert_non_null(memory);
	if (size >= HUGE_PAGE)
		madvise(memory, size, MADV_HUGEPAGE); // or a million misses of the TLB take long
	memset(memory, 0, size);
	return fdb_init(memory, &config);
}

void rig_free(struct fdb *fdb)
{
	free(fdb);
}

uint64_t rig_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

enum fdb_learned rig_learn(struct fdb *fdb, uint64_t key, uint8_t port)
{
	struct bucket open = {0};
	uint8_t was;

	return fdb_learn(fdb, key, port, 0, &open, 0, &was);
}

static void sweep_all(struct fdb *fdb, uint32_t seconds, const struct fdb_match *match)
{
	uint32_t bucket = 0;

	while (!fdb_sweep(fdb, &bucket, seconds, match, 1000))
		;
	assert_int_equal(bucket, 0);
}

void rig_flush(struct fdb *fdb, const struct fdb_match *match)
{
	sweep_all(fdb, 0, match);
}

void rig_age(struct fdb *fdb, uint32_t seconds)
{
	sweep_all(fdb, seconds, NULL);
}

struct recount {
	uint32_t n_learned, n_static, of_member[FDB_PORTS], of_vlan[FDB_VLANS];
	uint8_t *passed; // as buckets count them
};

uint32_t rig_home(const struct fdb *fdb, uint64_t key)
{
	return (uint32_t)(fdb_place(fdb, key).home - fdb->bucket);
}

// The entries of this bucket that are before slot n: is one of them the key's?
static bool has(const struct fdb *fdb, uint32_t bucket, uint64_t key, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t entry = atomic_load(&fdb->bucket[bucket].entry[i]);

		if (entry != FDB_EMPTY && fdb_key_of(fdb, bucket, entry) == key)
			return true;
	}
	return false;
}

static void recount_slot(const struct fdb *fdb, uint32_t bucket, unsigned i, struct recount *r)
{
	uint64_t entry = atomic_load(&fdb->bucket[bucket].entry[i]), key;
	uint8_t port = entry & FDB_PORT;
	unsigned step = fdb_step_of(entry);
	uint32_t home;

	if (entry == FDB_EMPTY)
		return;
	key = fdb_key_of(fdb, bucket, entry);
	home = rig_home(fdb, key);
	assert_true(step < FDB_STEPS);
	assert_int_equal(fdb_nth(fdb, home, step), bucket);
	// The look-up ends at the first copy: it is this one.
	assert_int_equal(fdb_lookup(fdb, key), port);
	assert_false(has(fdb, bucket, key, i));
	while (step-- > 0) {
		assert_false(has(fdb, fdb_nth(fdb, home, step), key, FDB_SLOTS));
		r->passed[fdb_nth(fdb, home, step)]++;
	}
	if ((entry & FDB_STATIC) != 0) {
		r->n_static++;
		return;
	}
	r->n_learned++;
	r->of_member[port]++;
	r->of_vlan[fdb_vlan(key)]++;
}

unsigned rig_check(const struct fdb *fdb)
{
	struct recount *r = calloc(1, sizeof(*r));
	unsigned n;

	assert_non_null(r);
	r->passed = calloc(fdb->mask + 1, sizeof(r->passed[0]));
	assert_non_null(r->passed);
	for (uint32_t b = 0; b <= fdb->mask; b++) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			recount_slot(fdb, b, i, r);
	}
	assert_memory_equal(r->passed, fdb->passed, fdb->mask + 1);
	assert_int_equal(r->n_learned, atomic_load(&fdb->n_learned));
	assert_int_equal(r->n_static, atomic_load(&fdb->n_static));
	assert_memory_equal(r->of_member, fdb->of_member, sizeof(r->of_member));
	assert_memory_equal(r->of_vlan, fdb->of_vlan, sizeof(r->of_vlan));
	n = r->n_learned + r->n_static;
	free(r->passed);
	free(r);
	return n;
}
