/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where keys live in the forwarding database. Called for look-ups and sources whose home pair does
 * not say all, and by fdb_learn.c and fdb_sweep.c. No lock: a place is taken by one swap.
 *
 * What is full on a key's way knows of the key before it is there, so that no look-up stops too
 * early. `passed` stays small: it counts keys that live in the next FDB_PROBES - 1 buckets, and
 * those which a worker is about to put there.
 */

#include "bridge/fdb_place.h"

// The slot of a bucket that has the key, or NULL. Most often none has: branches, well predicted.
static inline struct fdb_slot *find_in(struct fdb_bucket *b, uint64_t key)
{
	for (unsigned i = 0; i < FDB_SLOTS; i++) {
		if (unlikely(fdb_key_in(&b->slot[i]) == key))
			return &b->slot[i];
	}
	return NULL;
}

// Counts keys that have found both pairs full.
static inline _Atomic uint32_t *bucket_passed(struct fdb_bucket *b)
{
	return &b->slot[1].passed;
}

static inline struct fdb_slot *find_from(
	const struct fdb *fdb, const struct fdb_slot *home, uint64_t key)
{
	struct fdb_slot *slot = fdb_near(home, key);

	if (fdb_key_in(slot) == key)
		return slot;
	if (likely(!fdb_may_be_far(home)))
		return NULL;
	for (unsigned n = 0; n < FDB_PROBES; n++) {
		struct fdb_bucket *b = fdb_nth(fdb, home, n);

		slot = find_in(b, key);
		if (slot != NULL ||
			atomic_load_explicit(bucket_passed(b), memory_order_relaxed) == 0)
			return slot;
	}
	return NULL;
}

struct fdb_slot *fdb_find(const struct fdb *fdb, uint64_t key)
{
	return find_from(fdb, fdb_home(fdb, key), key);
}

uint8_t fdb_lookup_far(const struct fdb *fdb, uint64_t key)
{
	const struct fdb_slot *slot = fdb_find(fdb, key);

	return slot == NULL ? FDB_NONE : (uint8_t)fdb_word_in(slot);
}

enum fdb_source_state fdb_see_far(struct fdb *fdb, uint64_t key, uint32_t word)
{
	struct fdb_slot *slot = fdb_find(fdb, key);
	uint32_t is;

	if (slot == NULL)
		return FDB_ABSENT;
	is = fdb_word_in(slot);
	if ((uint8_t)is != (uint8_t)word)
		return FDB_ELSE;
	fdb_touch(slot, is, word);
	return FDB_RENEWED;
}

static _Atomic uint32_t *passed_at(
	const struct fdb *fdb, const struct fdb_slot *home, unsigned step)
{
	return step == 0 ? &fdb_pair(home)->passed : bucket_passed(fdb_nth(fdb, home, step - 1));
}

void fdb_unpass(struct fdb *fdb, const struct fdb_slot *home, unsigned n)
{
	while (n-- > 0)
		atomic_fetch_sub_explicit(passed_at(fdb, home, n), 1, memory_order_relaxed);
}

// The slot of a pair that seems empty, `first` if it can be, or NULL.
static struct fdb_slot *empty_of(struct fdb_slot *first)
{
	struct fdb_slot *slot = fdb_near(first, FDB_EMPTY);

	return fdb_key_in(slot) == FDB_EMPTY ? slot : NULL;
}

static struct fdb_slot *empty_at(const struct fdb *fdb, struct fdb_slot *home, unsigned step)
{
	if (step == 0)
		return empty_of(home);
	if (step == 1) // the other pair
		return empty_of((struct fdb_slot *)((uintptr_t)home ^ 2 * sizeof(*home)));
	return find_in(fdb_nth(fdb, home, step - 1), FDB_EMPTY);
}

enum fdb_claim fdb_claim(struct fdb *fdb, uint64_t key, struct fdb_slot **slot)
{
	struct fdb_slot *home = fdb_home(fdb, key);
	uint64_t there;

	for (unsigned step = 0; step <= FDB_PROBES; step++) {
		while ((*slot = empty_at(fdb, home, step)) != NULL) {
			if (likely(fdb_swap_in(*slot, key, &there)))
				return FDB_CLAIMED;
			if (there == key) {
				fdb_unpass(fdb, home, step);
				return FDB_TAKEN;
			}
		}
		atomic_fetch_add_explicit(passed_at(fdb, home, step), 1, memory_order_relaxed);
	}
	fdb_unpass(fdb, home, FDB_PROBES + 1);
	return FDB_NO_ROOM;
}
