/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workers' side of the forwarding database: finding, adding, moving and renewing entries.
 * Called by bridge.c for every source that is not up to date. It frees nothing (fdb_sweep.c does)
 * and holds no lock: every decision that two workers could take at once is one atomic operation.
 *
 * An entry is counted before its key is stored, so that limits hold whatever workers do at once,
 * and the full buckets before it know of the key before it is there, so that no look-up stops too
 * early. `passed` stays small: it counts keys that live in the next FDB_PROBES - 1 buckets,
 * and those which a worker is about to put there.
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

static inline struct fdb_slot *find_from(
	const struct fdb *fdb, const struct fdb_slot *home, uint64_t key)
{
	struct fdb_slot *slot = fdb_near(home, key);

	if (fdb_key_in(slot) == key)
		return slot;
	for (unsigned n = 0; n < FDB_PROBES; n++) {
		struct fdb_bucket *b = fdb_nth(fdb, home, n);

		slot = find_in(b, key);
		if (unlikely(slot != NULL) || likely(!fdb_is_passed(b)))
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

// The time of an entry as it is in `word`. Fails when somebody changes the entry at this moment:
// its next frame renews it.
static void touch(struct fdb_slot *slot, uint32_t is, uint32_t word)
{
	uint32_t fresh = (word & UINT32_MAX << FDB_SEEN) | (is & ~(UINT32_MAX << FDB_SEEN));

	if (is != fresh)
		atomic_compare_exchange_strong_explicit(
			&slot->word, &is, fresh, memory_order_relaxed, memory_order_relaxed);
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
	touch(slot, is, word);
	return FDB_RENEWED;
}

void fdb_unpass(struct fdb *fdb, const struct fdb_slot *home, unsigned n)
{
	while (n-- > 0)
		atomic_fetch_sub_explicit(
			&fdb_nth(fdb, home, n)->slot[0].passed, 1, memory_order_relaxed);
}

// An empty slot of a bucket, one of the home pair if it can be; NULL: none is.
static struct fdb_slot *empty_in(struct fdb_bucket *b, struct fdb_slot *home)
{
	struct fdb_slot *near = fdb_near(home, FDB_EMPTY);

	if (fdb_bucket_of(home) == b && fdb_key_in(near) == FDB_EMPTY)
		return near;
	return find_in(b, FDB_EMPTY);
}

// True: the slot was empty and has the key now; else `there` is what it has.
static inline bool swap_in(struct fdb_slot *slot, uint64_t key, uint64_t *there)
{
	*there = FDB_EMPTY;
	return atomic_compare_exchange_strong_explicit(
		&slot->key, there, key, memory_order_seq_cst, memory_order_acquire);
}

enum fdb_claim fdb_claim(struct fdb *fdb, uint64_t key, struct fdb_slot **slot)
{
	struct fdb_slot *home = fdb_home(fdb, key);
	uint64_t there;

	for (unsigned n = 0; n < FDB_PROBES; n++) {
		struct fdb_bucket *b = fdb_nth(fdb, home, n);

		while ((*slot = empty_in(b, home)) != NULL) {
			if (likely(swap_in(*slot, key, &there)))
				return FDB_CLAIMED;
			if (there == key) {
				fdb_unpass(fdb, home, n);
				return FDB_TAKEN;
			}
		}
		atomic_fetch_add_explicit(&b->slot[0].passed, 1, memory_order_relaxed);
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

/** What the sources of a burst have in common, and the entries admitted in advance for them. */
struct learning {
	struct fdb *fdb;
	const struct fdb_source *end;
	uint8_t port;
	uint32_t word; // of an entry that is seen now
	struct bucket *rate;
	uint64_t now;
	uint32_t admitted; // of `vlan`, not there yet: counted, and a token taken for each
	uint16_t vlan;
};

// One operation for each counter and run of sources of one VLAN, not one for each source.
static enum fdb_learned reserve(struct learning *l, const struct fdb_source *source)
{
	const struct fdb_config *config = &l->fdb->config;
	_Atomic uint32_t *of_member = &l->fdb->of_member[l->port];
	_Atomic uint32_t *of_vlan = &l->fdb->of_vlan[l->vlan];
	const struct fdb_source *end = source + 1;
	uint32_t tokens, in_member, in_vlan;

	while (end != l->end && (end->key ^ source->key) >> 48 == 0)
		end++;
	tokens = bucket_take(l->rate, (uint16_t)(end - source), l->now);
	if (tokens == 0)
		return FDB_LIMIT_RATE;
	in_member = count(of_member, config->member_limit[l->port], tokens);
	in_vlan = count(of_vlan, config->vlan_limit, in_member);
	l->admitted = count(&l->fdb->n_learned, config->capacity, in_vlan);
	uncount(of_member, in_member - l->admitted);
	uncount(of_vlan, in_vlan - l->admitted);
	bucket_put(l->rate, (uint16_t)(tokens - l->admitted));
	if (l->admitted != 0)
		return FDB_NEW;
	return in_member == 0 ? FDB_LIMIT_MEMBER : in_vlan == 0 ? FDB_LIMIT_VLAN : FDB_FULL;
}

static void give_back(struct learning *l)
{
	uncount(&l->fdb->of_member[l->port], l->admitted);
	uncount(&l->fdb->of_vlan[l->vlan], l->admitted);
	uncount(&l->fdb->n_learned, l->admitted);
	bucket_put(l->rate, (uint16_t)l->admitted);
	l->admitted = 0;
}

static enum fdb_learned move(struct learning *l, struct fdb_slot *slot, uint32_t is, uint8_t was)
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
	if (!atomic_compare_exchange_strong_explicit(
		    &slot->word, &is, l->word, memory_order_relaxed, memory_order_relaxed)) {
		// Moved by another worker, made static or removed by control: the next frame tells.
		uncount(of_member, 1);
		return FDB_KNOWN;
	}
	uncount(&l->fdb->of_member[was], 1);
	return FDB_MOVED;
}

static enum fdb_learned see(struct learning *l, struct fdb_slot *slot, struct fdb_source *source)
{
	uint32_t is = fdb_word_in(slot);
	uint8_t port = (uint8_t)is;

	if (port == l->port) {
		touch(slot, is, l->word);
		return FDB_KNOWN;
	}
	if (port == FDB_NONE) // being added or removed at this moment
		return FDB_KNOWN;
	if (port == FDB_LOCAL)
		return FDB_OWN;
	source->was = port;
	if ((is & FDB_STATIC) != 0 || (l->fdb->config.sticky >> port & 1) != 0)
		return FDB_HELD;
	return move(l, slot, is, port);
}

// FDB_NEW: one entry at least is admitted.
static enum fdb_learned admit(struct learning *l, const struct fdb_source *source)
{
	enum fdb_learned learned;

	if (fdb_vlan(source->key) != l->vlan)
		give_back(l);
	l->vlan = fdb_vlan(source->key);
	if (l->admitted != 0)
		return FDB_NEW;
	learned = room(l->fdb, source->key, l->port);
	return learned == FDB_NEW ? reserve(l, source) : learned;
}

// The slot has the key and is ours alone until it has a port.
static inline enum fdb_learned finish(struct learning *l, struct fdb_slot *slot)
{
	l->admitted--;
	atomic_store_explicit(&slot->word, l->word, memory_order_release);
	return FDB_NEW;
}

static enum fdb_learned add(struct learning *l, struct fdb_source *source)
{
	enum fdb_learned learned = admit(l, source);
	struct fdb_slot *slot;

	if (learned != FDB_NEW)
		return learned;
	switch (fdb_claim(l->fdb, source->key, &slot)) {
	case FDB_CLAIMED:
		return finish(l, slot);
	case FDB_TAKEN:
		return see(l, slot, source);
	case FDB_NO_ROOM:
		break;
	}
	return FDB_FULL;
}

static __rte_noinline enum fdb_learned learn(struct learning *l, struct fdb_source *source)
{
	struct fdb_slot *slot = fdb_find(l->fdb, source->key);

	return slot != NULL ? see(l, slot, source) : add(l, source);
}

// The usual new source: the home pair has room. False: learn() has to find out.
static inline bool add_near(struct learning *l, const struct fdb_source *source)
{
	struct fdb_slot *home = source->home;
	uint64_t there;

	if (unlikely(home == NULL) ||
		unlikely((l->admitted == 0 || fdb_vlan(source->key) != l->vlan) &&
			 admit(l, source) != FDB_NEW))
		return false;
	// Whoever has added it meanwhile, in this burst or another worker, has taken the first slot
	// of the pair that was empty.
	if (unlikely(fdb_key_in(home) == source->key))
		return false;
	home = fdb_near(home, FDB_EMPTY);
	if (unlikely(!swap_in(home, source->key, &there)))
		return false;
	finish(l, home);
	return true;
}

uint16_t fdb_learn_burst(struct fdb *fdb, struct fdb_source *sources, uint16_t n, uint8_t port,
	uint32_t seconds, struct bucket *rate, uint64_t now)
{
	struct learning l = {.fdb = fdb,
		.end = &sources[n],
		.port = port,
		.word = fdb_word_of(fdb, port, seconds),
		.rate = rate,
		.now = now};
	uint16_t added = 0;

	for (struct fdb_source *s = sources; s != l.end; s++) {
		s->learned = likely(add_near(&l, s)) ? FDB_NEW : learn(&l, s);
		added += s->learned == FDB_NEW;
	}
	give_back(&l);
	return added;
}

enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was)
{
	struct fdb_source source = {.key = key, .was = *was};

	fdb_learn_burst(fdb, &source, 1, port, seconds, rate, now);
	*was = source.was;
	return source.learned;
}
