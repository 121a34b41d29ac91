/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_PLACE_H
#define BRIDGE_FDB_PLACE_H

/**
 * @file
 * Places of keys in a forwarding database and the counting of them. Internal to lib/bridge: fdb.c,
 * fdb_learn.c (workers) and fdb_sweep.c (control).
 */

#include "bridge/fdb.h"

enum { FDB_EMPTY = 0, FDB_REMOVED = 1 }; // what a slot holds instead of a key

enum fdb_claim {
	FDB_CLAIMED, // the slot is the caller's; its port is FDB_NONE
	FDB_TAKEN,   // somebody else put the key there just now
	FDB_NO_ROOM
};

static inline uint64_t fdb_key_in(const struct fdb_slot *slot)
{
	return atomic_load_explicit(&slot->key, memory_order_seq_cst);
}

static inline uint32_t fdb_word_in(const struct fdb_slot *slot)
{
	return atomic_load_explicit(&slot->word, memory_order_relaxed);
}

/** The time of an entry, which has the word `is`, as it is in `word`. Fails when somebody changes
 * the entry at this moment: its next frame renews it. */
static inline void fdb_touch(struct fdb_slot *slot, uint32_t is, uint32_t word)
{
	uint32_t fresh = (word & UINT32_MAX << FDB_SEEN) | (is & ~(UINT32_MAX << FDB_SEEN));

	if (is != fresh)
		atomic_compare_exchange_strong_explicit(
			&slot->word, &is, fresh, memory_order_relaxed, memory_order_relaxed);
}

/** True: the slot was empty and has the key now; else `there` is what it has. */
static inline bool fdb_swap_in(struct fdb_slot *slot, uint64_t key, uint64_t *there)
{
	*there = FDB_EMPTY;
	return atomic_compare_exchange_strong_explicit(
		&slot->key, there, key, memory_order_seq_cst, memory_order_acquire);
}

/** The bucket of a slot. */
static inline struct fdb_bucket *fdb_bucket_of(const struct fdb_slot *slot)
{
	return (struct fdb_bucket *)((uintptr_t)slot & ~(uintptr_t)(sizeof(struct fdb_bucket) - 1));
}

/** The bucket that a key of this home comes to after `passed` full ones. */
static inline struct fdb_bucket *fdb_nth(
	const struct fdb *fdb, const struct fdb_slot *home, unsigned passed)
{
	return &fdb->bucket[(uint32_t)(fdb_bucket_of(home) - fdb->bucket + passed) & fdb->mask];
}

/** Ways that a key goes from its home: 0, the pair; 1, its bucket's other one; 2 and on, the next
 *  buckets. Here, the step to a slot. */
static inline unsigned fdb_steps(
	const struct fdb *fdb, const struct fdb_slot *home, const struct fdb_slot *slot)
{
	uint32_t buckets = (uint32_t)(fdb_bucket_of(slot) - fdb_bucket_of(home)) & fdb->mask;

	return fdb_pair(slot) == fdb_pair(home) ? 0 : 1 + buckets;
}

/** The first slot of a key in the order of a look-up, or NULL. */
struct fdb_slot *fdb_find(const struct fdb *fdb, uint64_t key);

/** Put a key that fdb_find() did not find into an empty slot, its home if it can be. */
enum fdb_claim fdb_claim(struct fdb *fdb, uint64_t key, struct fdb_slot **slot);

/** The key does not live behind the first n steps from its home any more. */
void fdb_unpass(struct fdb *fdb, const struct fdb_slot *home, unsigned n);

/** A learned entry of this port is no more. */
void fdb_uncount(struct fdb *fdb, uint64_t key, uint8_t port);

#endif
