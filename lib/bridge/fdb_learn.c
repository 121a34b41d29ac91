/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers write to the forwarding database: entries that are added, moved and renewed, within
 * the limits. Called by usual.c and learn.c for every source that is not up to date. It frees
 * nothing (fdb_sweep.c does) and holds no lock: every decision that two workers could take at once
 * is one atomic operation. An entry is counted before it is there, so that limits hold whatever
 * workers do at once.
 */

#include "bridge/fdb_place.h"

enum {
	BURST = 64, // sources of one at most
	MANY = 64   // lcores, where their number is not known
};

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

static bool is_near(const _Atomic uint32_t *n, uint32_t limit, uint32_t ahead)
{
	return limit != 0 && atomic_load_explicit(n, memory_order_relaxed) + ahead > limit;
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

// What all lcores together may admit in advance meets no limit.
static bool is_roomy(const struct fdb *fdb, uint16_t vlan, uint8_t port)
{
	uint32_t ahead = BURST * (fdb->config.learners != 0 ? fdb->config.learners : MANY);

	return !is_near(&fdb->of_member[port], fdb->config.member_limit[port], ahead) &&
	       !is_near(&fdb->of_vlan[vlan], fdb->config.vlan_limit, ahead) &&
	       !is_near(&fdb->n_learned, fdb->config.capacity, ahead);
}

static void give_back(struct fdb_learning *l)
{
	uncount(&l->fdb->of_member[l->port], l->admitted);
	uncount(&l->fdb->of_vlan[l->vlan], l->admitted);
	uncount(&l->fdb->n_learned, l->admitted);
	bucket_put(l->rate, (uint16_t)l->admitted);
	l->admitted = 0;
}

static bool is_admitted(const struct fdb_learning *l, uint64_t key)
{
	return l->admitted != 0 && fdb_vlan(key) == l->vlan;
}

// Admit an entry for this key, and others of its VLAN when no limit is near; `left` are the sources
// that the burst still has, with this one. One operation for each counter and burst, not one for
// each source.
static enum fdb_learned admit(struct fdb_learning *l, uint64_t key, uint32_t left)
{
	const struct fdb_config *config = &l->fdb->config;
	_Atomic uint32_t *of_member = &l->fdb->of_member[l->port];
	_Atomic uint32_t *of_vlan = &l->fdb->of_vlan[fdb_vlan(key)];
	uint32_t tokens, in_member, in_vlan;
	enum fdb_learned learned;

	give_back(l);
	l->vlan = fdb_vlan(key);
	learned = room(l->fdb, key, l->port);
	if (learned != FDB_NEW)
		return learned;
	tokens = bucket_take(
		l->rate, is_roomy(l->fdb, l->vlan, l->port) ? (uint16_t)left : 1, l->now);
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

static enum fdb_learned move(struct fdb_learning *l, struct fdb_found found, uint8_t was)
{
	const uint64_t word = (1u << FDB_STEP) - 1;
	_Atomic uint32_t *of_member = &l->fdb->of_member[l->port];
	uint32_t limit = l->fdb->config.member_limit[l->port];

	give_back(l); // or the limit might seem to be reached
	if (reached(of_member, limit))
		return FDB_LIMIT_MEMBER;
	if (bucket_take(l->rate, 1, l->now) == 0)
		return FDB_LIMIT_RATE;
	if (count(of_member, limit, 1) == 0)
		return FDB_LIMIT_MEMBER;
	if (!fdb_swap(found.slot, &found.entry, (found.entry & ~word) | l->word)) {
		// Moved by another worker, made static or removed by control: the next frame tells.
		uncount(of_member, 1);
		return FDB_KNOWN;
	}
	uncount(&l->fdb->of_member[was], 1);
	return FDB_MOVED;
}

static enum fdb_learned see(
	struct fdb_learning *l, struct fdb_found found, struct fdb_source *source)
{
	uint8_t port = found.entry & FDB_PORT;

	if (port == l->port) {
		fdb_touch(found, l->word);
		return FDB_KNOWN;
	}
	if (port == FDB_LOCAL)
		return FDB_OWN;
	source->was = port;
	if ((found.entry & FDB_STATIC) != 0 || (l->fdb->config.sticky >> port & 1) != 0)
		return FDB_HELD;
	return move(l, found, port);
}

// Of the entries admitted so many are left.
static void settle(struct fdb_learning *l, uint32_t left)
{
	l->added += l->admitted - left;
	l->admitted = left;
}

static enum fdb_learned add(
	struct fdb_learning *l, struct fdb_source *source, struct fdb_place place, uint32_t left)
{
	if (!is_admitted(l, source->key)) {
		enum fdb_learned learned = admit(l, source->key, left);

		if (learned != FDB_NEW)
			return learned;
	}
	switch (fdb_claim(l->fdb, place.home, place.tag | l->word)) {
	case FDB_CLAIMED:
		settle(l, l->admitted - 1);
		return FDB_NEW;
	case FDB_TAKEN: // the next frame tells by whom
		return FDB_KNOWN;
	case FDB_NO_ROOM:
		break;
	}
	return FDB_FULL;
}

// Entries for more sources of this key's VLAN. Returns how many.
static __rte_noinline uint32_t admit_more(
	struct fdb_learning *l, uint32_t left, uint64_t key, unsigned n)
{
	settle(l, left);
	admit(l, key, n);
	return l->admitted;
}

// Of sources that come one after the other, one. Returns how many there are then.
static uint16_t leave(uint64_t *keys, uint16_t left, uint64_t key)
{
	if (left == 0 || keys[left - 1] != key)
		keys[left++] = key;
	return left;
}

// Most often the home bucket says all. Whoever adds the key at this moment takes the same slot.
static inline enum fdb_claim claim(
	struct fdb *fdb, struct fdb_bucket *home, struct fdb_entries entries, uint64_t wanted)
{
	unsigned empty = fdb_which(entries, FDB_EMPTY, 0);
	uint64_t there = FDB_EMPTY;

	if (likely(empty != 0) &&
		likely(fdb_swap(&home->entry[__builtin_ctz(empty)], &there, wanted)))
		return FDB_CLAIMED;
	return fdb_claim(fdb, home, wanted);
}

bool fdb_see_burst(struct fdb_learning *l, uint64_t *keys, struct fdb_bucket *const *homes,
	const uint64_t *wanted, uint16_t n, uint16_t *n_left)
{
	uint32_t admitted = l->admitted;
	uint16_t left = 0;
	uint64_t none = fdb_key(l->vlan, 0); // of those admitted; no host's
	unsigned i;

	for (i = 0; i < n; i++) {
		struct fdb_entries entries = fdb_read(homes[i]);
		uint64_t key = keys[i];

		if (unlikely(fdb_which(entries, wanted[i], FDB_STEP) != 0) ||
			unlikely(fdb_is_passed(l->fdb, fdb_number(l->fdb, homes[i])))) {
			enum fdb_source_state state;

			if (fdb_which(entries, wanted[i], 0) != 0)
				continue; // another frame of this burst came from it, too
			state = fdb_see_far(l->fdb, homes[i], wanted[i]);
			if (state == FDB_RENEWED)
				continue;
			if (state != FDB_ABSENT)
				break;
		}
		if (unlikely(key - none - 1 >= FDB_MAC) || unlikely(admitted == 0)) {
			if ((key & FDB_MAC) == 0)
				break;
			admitted = admit_more(l, admitted, key, n - i);
			none = key & ~FDB_MAC;
			if (admitted == 0) {
				left = leave(keys, left, key);
				continue;
			}
		}
		if (likely(claim(l->fdb, homes[i], entries, wanted[i]) == FDB_CLAIMED))
			admitted--;
		else
			left = leave(keys, left, key);
	}
	settle(l, admitted);
	*n_left = left;
	return i == n;
}

void fdb_learn_burst(struct fdb_learning *l, struct fdb_source *sources, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		struct fdb_source *source = &sources[i];
		struct fdb_place place = fdb_place(l->fdb, source->key);
		struct fdb_found found = fdb_find(l->fdb, place.home, place.tag);

		source->learned =
			found.slot != NULL ? see(l, found, source) : add(l, source, place, n - i);
	}
}

void fdb_learning_end(struct fdb_learning *l)
{
	if (l->admitted != 0)
		give_back(l);
}

enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was)
{
	struct fdb_learning l = fdb_learning_begin(fdb, port, seconds, rate, now);
	struct fdb_source source = {.key = key, .was = *was};

	fdb_learn_burst(&l, &source, 1);
	fdb_learning_end(&l);
	*was = source.was;
	return source.learned;
}
