/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workers' side of the forwarding database: finding, adding, moving and renewing entries.
 * Called by bridge.c for every source that is not up to date. It frees nothing (fdb_sweep.c does)
 * and holds no lock: every decision that two workers could take at once is one atomic operation.
 *
 * An entry is counted before its key is stored, so that limits hold whatever workers do at once,
 * and the full buckets before it know of the key before it is there, so that no look-up stops too
 * early. `passed` stays below 16 bits: it counts keys that live in the next FDB_PROBES - 1 buckets,
 * and those which a worker is about to put there.
 */

#include "bridge/fdb_place.h"

uint8_t fdb_lookup_far(const struct fdb *fdb, uint64_t key)
{
	struct fdb_place place;

	if (!fdb_find(fdb, key, &place))
		return FDB_NONE;
	return (uint8_t)atomic_load_explicit(&place.bucket->port[place.slot], memory_order_relaxed);
}

bool fdb_renew_far(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	struct fdb_place place;

	return fdb_find(fdb, key, &place) &&
	       fdb_renew_at(fdb, place.bucket, place.slot, port, seconds);
}

bool fdb_find(const struct fdb *fdb, uint64_t key, struct fdb_place *place)
{
	uint32_t home = fdb_home(fdb, key);

	for (unsigned n = 0; n < FDB_PROBES; n++) {
		struct fdb_bucket *b = fdb_nth(fdb, home, n);

		for (unsigned i = 0; i < FDB_SLOTS; i++) {
			if (atomic_load_explicit(&b->key[i], memory_order_seq_cst) == key) {
				*place = (struct fdb_place){.bucket = b, .slot = i};
				return true;
			}
		}
		if (atomic_load_explicit(&b->passed, memory_order_relaxed) == 0)
			return false;
	}
	return false;
}

void fdb_unpass(struct fdb *fdb, uint32_t home, unsigned n)
{
	while (n-- > 0)
		atomic_fetch_sub_explicit(&fdb_nth(fdb, home, n)->passed, 1, memory_order_relaxed);
}

enum fdb_claim fdb_claim(struct fdb *fdb, uint64_t key, struct fdb_place *place)
{
	uint32_t home = fdb_home(fdb, key);

	for (unsigned n = 0; n < FDB_PROBES; n++) {
		struct fdb_bucket *b = fdb_nth(fdb, home, n);

		for (unsigned i = 0; i < FDB_SLOTS; i++) {
			uint64_t there = atomic_load_explicit(&b->key[i], memory_order_relaxed);

			*place = (struct fdb_place){.bucket = b, .slot = i};
			if (there == FDB_EMPTY &&
				atomic_compare_exchange_strong_explicit(&b->key[i], &there, key,
					memory_order_seq_cst, memory_order_acquire))
				return FDB_CLAIMED;
			if (there == key) {
				fdb_unpass(fdb, home, n);
				return FDB_TAKEN;
			}
		}
		atomic_fetch_add_explicit(&b->passed, 1, memory_order_relaxed);
	}
	fdb_unpass(fdb, home, FDB_PROBES);
	return FDB_NO_ROOM;
}

void fdb_uncount(struct fdb *fdb, uint64_t key, uint8_t port)
{
	atomic_fetch_sub_explicit(&fdb->n_learned, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&fdb->of_member[port], 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&fdb->of_vlan[fdb_vlan(key)], 1, memory_order_relaxed);
}

// 0: no limit.
static bool reached(const _Atomic uint32_t *n, uint32_t limit)
{
	return limit != 0 && atomic_load_explicit(n, memory_order_relaxed) >= limit;
}

static bool count(_Atomic uint32_t *n, uint32_t limit)
{
	if (atomic_fetch_add_explicit(n, 1, memory_order_relaxed) < limit || limit == 0)
		return true;
	atomic_fetch_sub_explicit(n, 1, memory_order_relaxed);
	return false;
}

// By loads only: a flood of addresses that have no room writes to no shared cache line.
static enum fdb_learned room(const struct fdb *fdb, uint64_t key, uint8_t port)
{
	if (reached(&fdb->of_member[port], fdb->config.member_limit[port]))
		return FDB_LIMIT_MEMBER;
	if (reached(&fdb->of_vlan[fdb_vlan(key)], fdb->config.vlan_limit))
		return FDB_LIMIT_VLAN;
	if (reached(&fdb->n_learned, fdb->config.capacity))
		return FDB_FULL;
	return FDB_NEW;
}

static enum fdb_learned reserve(struct fdb *fdb, uint64_t key, uint8_t port)
{
	_Atomic uint32_t *of_vlan = &fdb->of_vlan[fdb_vlan(key)];

	if (!count(&fdb->of_member[port], fdb->config.member_limit[port]))
		return FDB_LIMIT_MEMBER;
	if (!count(of_vlan, fdb->config.vlan_limit)) {
		atomic_fetch_sub_explicit(&fdb->of_member[port], 1, memory_order_relaxed);
		return FDB_LIMIT_VLAN;
	}
	if (!count(&fdb->n_learned, fdb->config.capacity)) {
		atomic_fetch_sub_explicit(&fdb->of_member[port], 1, memory_order_relaxed);
		atomic_fetch_sub_explicit(of_vlan, 1, memory_order_relaxed);
		return FDB_FULL;
	}
	return FDB_NEW;
}

/** What a frame tells. */
struct sighting {
	uint64_t key;
	uint8_t port;
	uint16_t seen;
	struct bucket *rate;
	uint64_t now;
	uint8_t *was;
};

static void touch(const struct fdb_place *place, uint16_t seen)
{
	_Atomic uint16_t *s = &place->bucket->seen[place->slot];

	if (atomic_load_explicit(s, memory_order_relaxed) != seen)
		atomic_store_explicit(s, seen, memory_order_relaxed);
}

static enum fdb_learned move(
	struct fdb *fdb, const struct fdb_place *place, uint16_t word, const struct sighting *s)
{
	uint32_t limit = fdb->config.member_limit[s->port];

	if (reached(&fdb->of_member[s->port], limit))
		return FDB_LIMIT_MEMBER;
	if (bucket_take(s->rate, 1, s->now) == 0)
		return FDB_LIMIT_RATE;
	if (!count(&fdb->of_member[s->port], limit))
		return FDB_LIMIT_MEMBER;
	if (!atomic_compare_exchange_strong_explicit(&place->bucket->port[place->slot], &word,
		    s->port, memory_order_relaxed, memory_order_relaxed)) {
		// Moved by another worker, made static or removed by control: the next frame tells.
		atomic_fetch_sub_explicit(&fdb->of_member[s->port], 1, memory_order_relaxed);
		return FDB_KNOWN;
	}
	atomic_fetch_sub_explicit(&fdb->of_member[*s->was], 1, memory_order_relaxed);
	touch(place, s->seen);
	return FDB_MOVED;
}

static enum fdb_learned see(
	struct fdb *fdb, const struct fdb_place *place, const struct sighting *s)
{
	uint16_t word =
		atomic_load_explicit(&place->bucket->port[place->slot], memory_order_relaxed);
	uint8_t port = (uint8_t)word;

	if (port == s->port) {
		touch(place, s->seen);
		return FDB_KNOWN;
	}
	if (port == FDB_NONE) // being added or removed at this moment
		return FDB_KNOWN;
	if (port == FDB_LOCAL)
		return FDB_OWN;
	*s->was = port;
	if ((word & FDB_STATIC) != 0 || (fdb->config.sticky >> port & 1) != 0)
		return FDB_HELD;
	return move(fdb, place, word, s);
}

static enum fdb_learned add(struct fdb *fdb, const struct sighting *s)
{
	enum fdb_learned learned = room(fdb, s->key, s->port);
	struct fdb_place place, first;
	uint16_t none = FDB_NONE;
	enum fdb_claim claim;

	if (learned != FDB_NEW)
		return learned;
	if (bucket_take(s->rate, 1, s->now) == 0)
		return FDB_LIMIT_RATE;
	learned = reserve(fdb, s->key, s->port);
	if (learned != FDB_NEW)
		return learned;
	claim = fdb_claim(fdb, s->key, &place);
	if (claim != FDB_CLAIMED) {
		fdb_uncount(fdb, s->key, s->port);
		return claim == FDB_TAKEN ? see(fdb, &place, s) : FDB_FULL;
	}
	atomic_store_explicit(&place.bucket->seen[place.slot], s->seen, memory_order_relaxed);
	if (!atomic_compare_exchange_strong_explicit(&place.bucket->port[place.slot], &none,
		    s->port, memory_order_release, memory_order_relaxed))
		fdb_uncount(fdb, s->key, s->port); // control made it static
	// Another worker may have found an earlier place empty: that entry counts, control removes
	// this one.
	if (fdb_find(fdb, s->key, &first) &&
		(first.bucket != place.bucket || first.slot != place.slot))
		return see(fdb, &first, s);
	return FDB_NEW;
}

enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was)
{
	struct sighting s = {.key = key,
		.port = port,
		.seen = (uint16_t)(seconds >> fdb->seen_shift),
		.rate = rate,
		.now = now,
		.was = was};
	struct fdb_place place;

	return fdb_find(fdb, key, &place) ? see(fdb, &place, &s) : add(fdb, &s);
}
