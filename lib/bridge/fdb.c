/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where keys live in the forwarding database. Called for look-ups and sources whose home bucket
 * does not say all, and by fdb_learn.c and fdb_sweep.c. No lock: a place is taken by one swap.
 *
 * What is full on a key's way knows of the key before it is there, so that no look-up stops too
 * early. `passed` stays small: it counts keys that live in the next FDB_STEPS - 1 buckets, and
 * those which a worker is about to put there.
 */

#include "bridge/fdb_place.h"

// fdb_mix() undone: its steps in the other order.
static uint64_t unmix(const struct fdb *fdb, uint64_t mixed)
{
	mixed ^= fdb_spread(fdb, mixed);
	return mixed ^ (uint32_t)((mixed >> 32) * fdb->mul[0]);
}

// Its upper bits are the home's number, as far as that has them, and the rest is the tag.
uint64_t fdb_key_of(const struct fdb *fdb, uint32_t bucket, uint64_t entry)
{
	uint64_t home = (uint64_t)fdb_home_of(fdb, bucket, entry) * sizeof(struct fdb_bucket);
	uint64_t tag = UINT64_MAX >> FDB_TAG;

	return unmix(fdb, (home << fdb->home_shift & ~tag) | entry >> FDB_TAG);
}

struct fdb_found fdb_find(const struct fdb *fdb, const struct fdb_bucket *home, uint64_t tag)
{
	uint32_t first = fdb_number(fdb, home), b = first;

	tag &= UINT64_MAX << FDB_TAG;
	for (unsigned step = 0; step < FDB_STEPS; b = fdb_nth(fdb, first, ++step)) {
		uint64_t there = tag | (uint64_t)step << FDB_STEP;
		unsigned which = fdb_which(fdb_read(&fdb->bucket[b]), there, FDB_STEP);

		if (which != 0) {
			_Atomic uint64_t *slot = &fdb->bucket[b].entry[__builtin_ctz(which)];
			uint64_t entry = fdb_entry_in(slot);

			// Else it was taken out just now, and may be there once more.
			if (likely(fdb_is_key(entry, there)))
				return (struct fdb_found){slot, entry};
		}
		if (likely(!fdb_is_passed(fdb, b)))
			break;
	}
	return (struct fdb_found){NULL, FDB_EMPTY};
}

uint8_t fdb_lookup_far(const struct fdb *fdb, struct fdb_place place)
{
	struct fdb_found found = fdb_find(fdb, place.home, place.tag);

	return found.slot == NULL ? FDB_NONE : (uint8_t)(found.entry & FDB_PORT);
}

enum fdb_source_state fdb_see_far(struct fdb *fdb, struct fdb_bucket *home, uint64_t wanted)
{
	struct fdb_found found = fdb_find(fdb, home, wanted);

	if (found.slot == NULL)
		return FDB_ABSENT;
	if (((found.entry ^ wanted) & FDB_PORT) != 0)
		return FDB_ELSE;
	fdb_touch(found, wanted);
	return FDB_RENEWED;
}

void fdb_unpass(struct fdb *fdb, uint32_t home, unsigned n)
{
	while (n-- > 0)
		atomic_fetch_sub_explicit(
			&fdb->passed[fdb_nth(fdb, home, n)], 1, memory_order_relaxed);
}

// FDB_NO_ROOM: not in this bucket.
static enum fdb_claim claim_in(struct fdb_bucket *b, uint64_t wanted)
{
	for (;;) {
		struct fdb_entries entries = fdb_read(b);
		unsigned empty = fdb_which(entries, FDB_EMPTY, 0);
		uint64_t there = FDB_EMPTY;

		if (fdb_which(entries, wanted, FDB_STEP) != 0)
			return FDB_TAKEN;
		if (empty == 0)
			return FDB_NO_ROOM;
		if (fdb_swap(&b->entry[__builtin_ctz(empty)], &there, wanted))
			return FDB_CLAIMED;
	}
}

enum fdb_claim fdb_claim(struct fdb *fdb, struct fdb_bucket *home, uint64_t wanted)
{
	uint32_t first = fdb_number(fdb, home);

	for (unsigned step = 0; step < FDB_STEPS; step++) {
		uint32_t b = fdb_nth(fdb, first, step);
		enum fdb_claim claim =
			claim_in(&fdb->bucket[b], wanted | (uint64_t)step << FDB_STEP);

		if (claim == FDB_TAKEN)
			fdb_unpass(fdb, first, step);
		if (claim != FDB_NO_ROOM)
			return claim;
		atomic_fetch_add_explicit(&fdb->passed[b], 1, memory_order_relaxed);
	}
	fdb_unpass(fdb, first, FDB_STEPS);
	return FDB_NO_ROOM;
}
