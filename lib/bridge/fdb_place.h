/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_PLACE_H
#define BRIDGE_FDB_PLACE_H

/**
 * @file
 * Places of keys in a forwarding database and the counting of them. Internal to lib/bridge: fdb.c
 * (workers) and fdb_sweep.c (control).
 */

#include "bridge/fdb.h"

enum { FDB_EMPTY = 0, FDB_REMOVED = 1 }; // what a slot holds instead of a key

struct fdb_place {
	struct fdb_bucket *bucket;
	unsigned slot;
};

enum fdb_claim {
	FDB_CLAIMED, // the place is the caller's; its port is FDB_NONE
	FDB_TAKEN,   // somebody else put the key there just now
	FDB_NO_ROOM
};

/** The bucket that a key of this home comes to after `passed` full ones. */
static inline struct fdb_bucket *fdb_nth(const struct fdb *fdb, uint32_t home, unsigned passed)
{
	return &fdb->bucket[(home + passed) & fdb->mask];
}

/** Which slots of a bucket hold a key, or FDB_EMPTY: bits. Without branches, as fdb_slot(). */
static inline unsigned fdb_holding(const struct fdb_bucket *b, uint64_t what)
{
	unsigned slots = 0;

#pragma GCC unroll 5
	for (unsigned i = 0; i < FDB_SLOTS; i++)
		slots |= (unsigned)(atomic_load_explicit(&b->key[i], memory_order_seq_cst) == what)
		         << i;
	return slots;
}

/** The first place of a key. */
bool fdb_find(const struct fdb *fdb, uint64_t key, struct fdb_place *place);

/** fdb_find() with the key's bucket at hand. */
static inline bool fdb_find_in(
	const struct fdb *fdb, struct fdb_bucket *b, uint64_t key, struct fdb_place *place)
{
	unsigned slots = fdb_holding(b, key);

	*place = (struct fdb_place){b, (unsigned)__builtin_ctz(slots | 1u << FDB_SLOTS)};
	if (slots != 0)
		return true;
	return unlikely(atomic_load_explicit(&b->passed, memory_order_relaxed) != 0) &&
	       fdb_find(fdb, key, place);
}

/** Put a key that fdb_find() did not find into the first empty slot. */
enum fdb_claim fdb_claim(struct fdb *fdb, uint64_t key, struct fdb_place *place);

/** fdb_claim() with the key's bucket at hand. */
static inline enum fdb_claim fdb_claim_in(
	struct fdb *fdb, struct fdb_bucket *b, uint64_t key, struct fdb_place *place)
{
	unsigned slots = fdb_holding(b, FDB_EMPTY);
	uint64_t there = FDB_EMPTY;

	*place = (struct fdb_place){b, (unsigned)__builtin_ctz(slots | 1u << FDB_SLOTS)};
	if (likely(slots != 0) &&
		likely(atomic_compare_exchange_strong_explicit(&b->key[place->slot], &there, key,
			memory_order_seq_cst, memory_order_acquire)))
		return FDB_CLAIMED;
	return fdb_claim(fdb, key, place);
}

/** The key does not live behind the first n buckets from its home any more. */
void fdb_unpass(struct fdb *fdb, uint32_t home, unsigned n);

/** A learned entry of this port is no more. */
void fdb_uncount(struct fdb *fdb, uint64_t key, uint8_t port);

static inline uint16_t fdb_vlan(uint64_t key)
{
	return (uint16_t)((key >> 48) - 1);
}

#endif
