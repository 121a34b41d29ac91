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

		unsigned slots = fdb_holding(b, key);

		if (slots != 0) {
			*place = (struct fdb_place){b, (unsigned)__builtin_ctz(slots)};
			return true;
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
		unsigned slots;

		while ((slots = fdb_holding(b, FDB_EMPTY)) != 0) {
			uint64_t there = FDB_EMPTY;

			*place = (struct fdb_place){b, (unsigned)__builtin_ctz(slots)};
			if (likely(atomic_compare_exchange_strong_explicit(&b->key[place->slot],
				    &there, key, memory_order_seq_cst, memory_order_acquire)))
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

// Count up to n more, never beyond the limit. Returns how many.
static uint32_t count(_Atomic uint32_t *used, uint32_t limit, uint32_t n)
{
	uint32_t before = atomic_load_explicit(used, memory_order_relaxed);

	do {
		if (limit != 0 && n > limit - before)
			n = limit - before;
	} while (n != 0 && !atomic_compare_exchange_weak_explicit(used, &before, before + n,
				   memory_order_relaxed, memory_order_relaxed));
	return n;
}

static void uncount(_Atomic uint32_t *used, uint32_t n)
{
	if (n != 0)
		atomic_fetch_sub_explicit(used, n, memory_order_relaxed);
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

/** What the sources of a burst have in common, and the entries counted in advance for them. */
struct learning {
	struct fdb *fdb;
	const struct fdb_source *end;
	uint8_t port;
	uint16_t seen;
	struct bucket *rate;
	uint64_t now;
	uint32_t counted; // of `vlan`, not there yet
	uint16_t vlan;
};

// One operation for each counter and run of sources of one VLAN, not one for each source.
static enum fdb_learned reserve(struct learning *l, const struct fdb_source *source)
{
	const struct fdb_config *config = &l->fdb->config;
	_Atomic uint32_t *of_member = &l->fdb->of_member[l->port];
	_Atomic uint32_t *of_vlan = &l->fdb->of_vlan[l->vlan];
	uint32_t wanted = 1, in_member, in_vlan;

	while (&source[wanted] != l->end && fdb_vlan(source[wanted].key) == l->vlan)
		wanted++;
	in_member = count(of_member, config->member_limit[l->port], wanted);
	in_vlan = count(of_vlan, config->vlan_limit, in_member);
	l->counted = count(&l->fdb->n_learned, config->capacity, in_vlan);
	uncount(of_member, in_member - l->counted);
	uncount(of_vlan, in_vlan - l->counted);
	if (l->counted != 0)
		return FDB_NEW;
	return in_member == 0 ? FDB_LIMIT_MEMBER : in_vlan == 0 ? FDB_LIMIT_VLAN : FDB_FULL;
}

static void give_back(struct learning *l)
{
	uncount(&l->fdb->of_member[l->port], l->counted);
	uncount(&l->fdb->of_vlan[l->vlan], l->counted);
	uncount(&l->fdb->n_learned, l->counted);
	l->counted = 0;
}

static void touch(const struct fdb_place *place, uint16_t seen)
{
	_Atomic uint16_t *s = &place->bucket->seen[place->slot];

	if (atomic_load_explicit(s, memory_order_relaxed) != seen)
		atomic_store_explicit(s, seen, memory_order_relaxed);
}

static enum fdb_learned move(
	struct learning *l, const struct fdb_place *place, uint16_t word, uint8_t was)
{
	_Atomic uint32_t *of_member = &l->fdb->of_member[l->port];
	uint32_t limit = l->fdb->config.member_limit[l->port];

	give_back(l); // or the limit might seem to be reached
	if (reached(of_member, limit))
		return FDB_LIMIT_MEMBER;
	if (bucket_take(l->rate, 1, l->now) == 0)
		return FDB_LIMIT_RATE;
	if (count(of_member, limit, 1) == 0)
		return FDB_LIMIT_MEMBER;
	if (!atomic_compare_exchange_strong_explicit(&place->bucket->port[place->slot], &word,
		    l->port, memory_order_relaxed, memory_order_relaxed)) {
		// Moved by another worker, made static or removed by control: the next frame tells.
		uncount(of_member, 1);
		return FDB_KNOWN;
	}
	uncount(&l->fdb->of_member[was], 1);
	touch(place, l->seen);
	return FDB_MOVED;
}

static enum fdb_learned see(
	struct learning *l, const struct fdb_place *place, struct fdb_source *source)
{
	uint16_t word =
		atomic_load_explicit(&place->bucket->port[place->slot], memory_order_relaxed);
	uint8_t port = (uint8_t)word;

	if (port == l->port) {
		touch(place, l->seen);
		return FDB_KNOWN;
	}
	if (port == FDB_NONE) // being added or removed at this moment
		return FDB_KNOWN;
	if (port == FDB_LOCAL)
		return FDB_OWN;
	source->was = port;
	if ((word & FDB_STATIC) != 0 || (l->fdb->config.sticky >> port & 1) != 0)
		return FDB_HELD;
	return move(l, place, word, port);
}

// Take a token, and count an entry if none is in advance.
static inline enum fdb_learned permit(struct learning *l, const struct fdb_source *source)
{
	enum fdb_learned learned;

	if (fdb_vlan(source->key) != l->vlan)
		give_back(l);
	l->vlan = fdb_vlan(source->key);
	if (l->counted == 0) {
		learned = room(l->fdb, source->key, l->port);
		if (learned != FDB_NEW)
			return learned;
	}
	if (bucket_take(l->rate, 1, l->now) == 0)
		return FDB_LIMIT_RATE;
	return l->counted == 0 ? reserve(l, source) : FDB_NEW;
}

static inline enum fdb_learned add(
	struct learning *l, struct fdb_bucket *home, struct fdb_source *source)
{
	enum fdb_learned learned = permit(l, source);
	struct fdb_place place;
	enum fdb_claim claim;

	if (unlikely(learned != FDB_NEW))
		return learned;
	claim = fdb_claim_in(l->fdb, home, source->key, &place);
	if (unlikely(claim != FDB_CLAIMED))
		return claim == FDB_TAKEN ? see(l, &place, source) : FDB_FULL;
	l->counted--;
	// Nobody else writes to a slot with a key and without a port.
	atomic_store_explicit(&place.bucket->seen[place.slot], l->seen, memory_order_relaxed);
	atomic_store_explicit(&place.bucket->port[place.slot], l->port, memory_order_release);
	return FDB_NEW;
}

void fdb_learn_burst(struct fdb *fdb, struct fdb_source *sources, uint16_t n, uint8_t port,
	uint32_t seconds, struct bucket *rate, uint64_t now)
{
	struct learning l = {.fdb = fdb,
		.end = &sources[n],
		.port = port,
		.seen = (uint16_t)(seconds >> fdb->seen_shift),
		.rate = rate,
		.now = now};

	for (struct fdb_source *s = sources; s != l.end; s++) {
		struct fdb_bucket *home = fdb_bucket_of(fdb, s->key);
		struct fdb_place place;

		s->learned = fdb_find_in(fdb, home, s->key, &place) ? see(&l, &place, s)
		                                                    : add(&l, home, s);
	}
	give_back(&l);
}

enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was)
{
	struct fdb_source source = {.key = key, .was = *was};

	fdb_learn_burst(fdb, &source, 1, port, seconds, rate, now);
	*was = source.was;
	return source.learned;
}
