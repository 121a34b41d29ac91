/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_PLACE_H
#define BRIDGE_FDB_PLACE_H

/**
 * @file
 * Places of keys in a forwarding database and the counting of them. Internal to lib/bridge: fdb.c,
 * fdb_learn.c (workers) and fdb_sweep.c (control).
 */

#include "bridge/fdb.h"

enum fdb_claim {
	FDB_CLAIMED, // added
	FDB_TAKEN,   // somebody else has put the key there just now
	FDB_NO_ROOM
};

/** A slot and the entry that was read of it. */
struct fdb_found {
	_Atomic uint64_t *slot; // NULL: none
	uint64_t entry;
};

/** Are both of one key? Of entries that lie in the same bucket. */
static inline bool fdb_is_key(uint64_t entry, uint64_t other)
{
	return (entry ^ other) >> FDB_STEP == 0;
}

/** True: the slot had the entry `*was` and has `is` now; else `*was` is what it has. */
static inline bool fdb_swap(_Atomic uint64_t *slot, uint64_t *was, uint64_t is)
{
	return atomic_compare_exchange_strong_explicit(
		slot, was, is, memory_order_seq_cst, memory_order_relaxed);
}

/** The time of an entry as it is in `word`. Fails when somebody changes the entry at this moment:
 *  its next frame renews it. */
static inline void fdb_touch(struct fdb_found found, uint64_t word)
{
	const uint64_t seen = (1u << FDB_STEP) - (1u << FDB_SEEN);
	uint64_t fresh = (found.entry & ~seen) | (word & seen);

	if (found.entry != fresh)
		fdb_swap(found.slot, &found.entry, fresh);
}

/** The number of a key's bucket `step` steps away from its home: the line's other half, then the
 *  halves of the next ones. */
static inline uint32_t fdb_nth(const struct fdb *fdb, uint32_t home, unsigned step)
{
	return ((home ^ (step & 1)) + (step & ~1u)) & fdb->mask;
}

static inline unsigned fdb_step_of(uint64_t entry)
{
	return entry >> FDB_STEP & 0xf;
}

/** The number of an entry's home, from that of the bucket which it is in. */
static inline uint32_t fdb_home_of(const struct fdb *fdb, uint32_t bucket, uint64_t entry)
{
	unsigned step = fdb_step_of(entry);

	return ((bucket - (step & ~1u)) & fdb->mask) ^ (step & 1);
}

/** The key of an entry that is in this bucket. */
uint64_t fdb_key_of(const struct fdb *fdb, uint32_t bucket, uint64_t entry);

/** The first entry of a key in the order of a look-up.
 *  @param tag with anything below FDB_STEP. */
struct fdb_found fdb_find(const struct fdb *fdb, const struct fdb_bucket *home, uint64_t tag);

/** Put an entry that fdb_find() did not find into an empty slot.
 *  @param wanted the entry at home. */
enum fdb_claim fdb_claim(struct fdb *fdb, struct fdb_bucket *home, uint64_t wanted);

/** The key does not live behind the first n steps from its home any more. */
void fdb_unpass(struct fdb *fdb, uint32_t home, unsigned n);

/** A learned entry of this port is no more. */
void fdb_uncount(struct fdb *fdb, uint64_t key, uint8_t port);

#endif
