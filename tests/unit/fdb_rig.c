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
	struct fdb_sweep *sweep = fdb_sweep_create(fdb);

	assert_non_null(sweep);
	while (!fdb_sweep_walk(sweep, seconds, match, 1000))
		fdb_sweep_release(sweep);
	fdb_sweep_release(sweep);
	fdb_sweep_free(sweep);
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
	uint32_t (*passed)[FDB_SLOTS]; // as slots count them
};

uint32_t rig_home(const struct fdb *fdb, uint64_t key)
{
	return (uint32_t)((const struct fdb_bucket *)((uintptr_t)fdb_home(fdb, key) &
						      ~(uintptr_t)63) -
			  fdb->bucket);
}

static bool bucket_has(const struct fdb_bucket *b, uint64_t key, unsigned n)
{
	bool has = false;

	for (unsigned i = 0; i < n; i++)
		has |= atomic_load(&b->slot[i].key) == key;
	return has;
}

static void recount_slot(const struct fdb *fdb, uint32_t b, unsigned i, struct recount *r)
{
	const struct fdb_slot *slot = &fdb->bucket[b].slot[i];
	uint64_t key = atomic_load(&slot->key);
	uint32_t word = atomic_load(&slot->word);
	uint32_t home;

	assert_int_not_equal(key, 1);
	if (key == 0) {
		assert_int_equal(word, FDB_NONE);
		return;
	}
	assert_int_not_equal((uint8_t)word, FDB_NONE);
	// The look-up ends at the first copy: it is this one.
	assert_false(bucket_has(&fdb->bucket[b], key, i));
	assert_int_equal(fdb_lookup(fdb, key), (uint8_t)word);
	home = rig_home(fdb, key);
	assert_true(((b - home) & fdb->mask) < FDB_PROBES);
	r->passed[home][fdb_pair(fdb_home(fdb, key)) - fdb->bucket[home].slot] +=
		fdb_pair(fdb_home(fdb, key)) != fdb_pair(slot);
	for (; home != b; home = (home + 1) & fdb->mask) {
		assert_false(bucket_has(&fdb->bucket[home], key, FDB_SLOTS));
		r->passed[home][1]++;
	}
	if ((word & FDB_STATIC) != 0) {
		r->n_static++;
		return;
	}
	r->n_learned++;
	r->of_member[(uint8_t)word]++;
	r->of_vlan[(key >> 48) - 1]++;
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
	for (uint32_t b = 0; b <= fdb->mask; b++) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			assert_int_equal(
				r->passed[b][i], atomic_load(&fdb->bucket[b].slot[i].passed));
	}
	assert_int_equal(r->n_learned, atomic_load(&fdb->n_learned));
	assert_int_equal(r->n_static, atomic_load(&fdb->n_static));
	assert_memory_equal(r->of_member, fdb->of_member, sizeof(r->of_member));
	assert_memory_equal(r->of_vlan, fdb->of_vlan, sizeof(r->of_vlan));
	n = r->n_learned + r->n_static;
	free(r->passed);
	free(r);
	return n;
}
