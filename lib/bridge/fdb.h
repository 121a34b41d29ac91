/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_H
#define BRIDGE_FDB_H

/**
 * @file
 * The forwarding database of one bridge: (VLAN, MAC address) to port (IEEE 802.1Q 8.8).
 *
 * Workers look up, learn and move entries in place, without locks; only control frees them.
 *
 *     key -> home slot, or the other one of its pair; when other keys have both, any slot of the
 *     bucket, which is one cache line; when that is full one of the next buckets, and the full
 *     one counts that a key has passed it, so that a look-up knows how far to go.
 *
 * A look-up compares two keys, without a branch between them; at half of the slots in use one
 * in twenty has to search further, in a tenth of them one in two hundred.
 *
 * A slot's life: a worker swaps the key into an empty slot (compare and swap), then stores the
 * word with the port. Until then the port is FDB_NONE, which a look-up reads as unknown: flood; and
 * nobody else writes to the slot. Control frees: key to tombstone, port FDB_NONE, a QSBR grace
 * period, key empty. Two workers that add a key at the same moment, while a slot comes free, may
 * both do so: the one that a look-up comes to first counts, as if its frame had been the later one,
 * and control removes the other.
 *
 * Thread-safety: look-ups and fdb_learn() from any number of lcores; everything under "control"
 * from one thread at a time. Units: seconds since any fixed moment, the same for all callers.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>
#include <rte_vect.h>

#include "base/bucket.h"

enum {
	FDB_SLOTS = 4,
	FDB_PROBES = 16, // buckets that a key may be in
	FDB_PORTS = 32,  // ports are 0..31
	FDB_VLANS = 4096,
	FDB_LOCAL = 0xfe, // "port" of our own interfaces' addresses
	FDB_NONE = 0xff
};

/** An entry's word: its port in the low 8 bits, flags, and from bit FDB_SEEN on when it was seen,
 *  in units of fdb.seen_shift. One word, so that no move outruns FDB_STATIC. */
enum fdb_word {
	FDB_STATIC = 1u << 8, // neither ages nor moves; not counted by limits
	FDB_SEEN = 16
};

struct fdb_slot {
	_Atomic uint64_t key;
	_Atomic uint32_t word;
	_Atomic uint32_t passed; // of a bucket, in its first slot: keys that found it full and live
	                         // further on
};

/** One cache line. */
struct fdb_bucket {
	_Alignas(64) struct fdb_slot slot[FDB_SLOTS];
};
_Static_assert(sizeof(struct fdb_bucket) == 64, "a bucket is one cache line");

struct fdb_config {
	uint32_t capacity;                // learned entries
	uint32_t ageing;                  // seconds
	uint32_t vlan_limit;              // learned entries in each VLAN; 0: none
	uint32_t member_limit[FDB_PORTS]; // learned entries of each port; 0: none
	uint32_t sticky;                  // bit p: what port p learned does not move
	uint32_t learners;                // lcores that learn at once; 0: many
	uint64_t seed;                    // random: nobody outside can choose colliding addresses
};

/** The table's head; buckets lie behind it. Read-mostly fields first. */
struct fdb {
	uint64_t mul[2];     // odd, from the seed
	unsigned shift;      // of the hash to an octet of the table
	uint32_t mask;       // of a bucket's number
	unsigned seen_shift; // seconds to units of `seen`: 65535 units outlast the ageing time
	struct fdb_config config;
	struct fdb_bucket *bucket;
	// Written when entries come, go or move only.
	_Alignas(64) _Atomic uint32_t n_learned;
	_Atomic uint32_t n_static;
	_Atomic uint32_t of_member[FDB_PORTS];
	_Atomic uint32_t of_vlan[FDB_VLANS];
};

/** What learning came to. */
enum fdb_learned {
	FDB_KNOWN,        // there and up to date (perhaps its time was renewed)
	FDB_NEW,          // added
	FDB_MOVED,        // was another port's; *was is that port
	FDB_HELD,         // static or sticky on another port (*was): not changed
	FDB_OWN,          // an address of ours
	FDB_LIMIT_MEMBER, // not added: the port has its number
	FDB_LIMIT_VLAN,   // not added: the VLAN has its number
	FDB_LIMIT_RATE,   // neither added nor moved: too many in this second
	FDB_FULL          // not added: no room
};

/** A key: never 0 or 1, which mean empty and tombstone. `mac` has the address's six octets in
 *  memory order in its low 48 bits (a little-endian load). */
static inline uint64_t fdb_key(uint16_t vlan, uint64_t mac)
{
	return (uint64_t)(vlan + 1u) << 48 | (mac & UINT64_C(0xffffffffffff));
}

static inline uint16_t fdb_vlan(uint64_t key)
{
	return (uint16_t)((key >> 48) - 1);
}

/** The slot where a key is looked for first. A product spreads low bits over all above them, so
 *  what differs most often, VLAN and last octets, goes lowest; the rest mixes them downwards. Who
 *  does not know the seed cannot choose colliding keys. */
static inline struct fdb_slot *fdb_home(const struct fdb *fdb, uint64_t key)
{
	uint64_t h = (key >> 32 | key << 32) * fdb->mul[0];

#ifdef __SSE4_2__
	h = _mm_crc32_u64(0, h);
#else
	h = (h ^ h >> 32) * fdb->mul[1] >> 32;
#endif
	return &fdb->bucket->slot[h >> fdb->shift];
}

static inline void fdb_prefetch(const struct fdb *fdb, uint64_t key)
{
	rte_prefetch0(fdb_home(fdb, key));
}

/** The home slot or the other one of its pair, whichever may have the key. Without a branch: which
 *  one it is cannot be predicted. */
static inline struct fdb_slot *fdb_near(const struct fdb_slot *home, uint64_t key)
{
	uintptr_t other = atomic_load_explicit(&home->key, memory_order_acquire) != key;

	return (struct fdb_slot *)((uintptr_t)home ^ other * sizeof(*home));
}

/** fdb_lookup() beyond the home pair. */
uint8_t fdb_lookup_far(const struct fdb *fdb, uint64_t key);

/** fdb_lookup() with the key's home at hand. */
static inline uint8_t fdb_lookup_at(
	const struct fdb *fdb, const struct fdb_slot *home, uint64_t key)
{
	const struct fdb_slot *slot = fdb_near(home, key);

	if (unlikely(atomic_load_explicit(&slot->key, memory_order_acquire) != key))
		return fdb_lookup_far(fdb, key);
	return (uint8_t)atomic_load_explicit(&slot->word, memory_order_relaxed);
}

/** The port of a key: 0..31, FDB_LOCAL, or FDB_NONE. Burst path. */
static inline uint8_t fdb_lookup(const struct fdb *fdb, uint64_t key)
{
	return fdb_lookup_at(fdb, fdb_home(fdb, key), key);
}

/** The word of an entry that was seen on this port in this unit of time. */
static inline uint32_t fdb_word_of(const struct fdb *fdb, uint8_t port, uint32_t seconds)
{
	return seconds >> fdb->seen_shift << FDB_SEEN | port;
}

/** What a source that was seen is to the table. */
enum fdb_source_state {
	FDB_RENEWED, // known on this port; its time is renewed, at most once in each unit of it
	FDB_ABSENT,  // not there
	FDB_ELSE     // on another port, ours, or coming or going at this moment
};

/** fdb_see_at() where the home pair does not say all. */
enum fdb_source_state fdb_see_far(struct fdb *fdb, uint64_t key, uint32_t word);

/** A key that the home pair does not have: may it be anywhere else? */
static inline bool fdb_may_be_far(const struct fdb_slot *home, uint64_t key)
{
	const struct fdb_bucket *b =
		(const struct fdb_bucket *)((uintptr_t)home & ~(sizeof(*b) - 1));
	const struct fdb_slot *pair = &b->slot[~(uintptr_t)home / sizeof(*home) & 2];

	return atomic_load_explicit(&pair[0].key, memory_order_acquire) == key ||
	       atomic_load_explicit(&pair[1].key, memory_order_acquire) == key ||
	       atomic_load_explicit(&b->slot[0].passed, memory_order_relaxed) != 0;
}

/** A source was seen, its home and the word it should have at hand. Burst path. */
static inline enum fdb_source_state fdb_see_at(
	struct fdb *fdb, struct fdb_slot *home, uint64_t key, uint32_t word)
{
	const struct fdb_slot *slot = fdb_near(home, key);

	if (likely(atomic_load_explicit(&slot->key, memory_order_acquire) == key)) {
		if (likely(atomic_load_explicit(&slot->word, memory_order_relaxed) == word))
			return FDB_RENEWED;
	} else if (likely(!fdb_may_be_far(home, key))) {
		return FDB_ABSENT;
	}
	return fdb_see_far(fdb, key, word);
}

/** A source was seen. False: fdb_learn() has to see. Burst path. */
static inline bool fdb_renew(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	return fdb_see_at(fdb, fdb_home(fdb, key), key, fdb_word_of(fdb, port, seconds)) ==
	       FDB_RENEWED;
}

/** A burst of sources on one port: what they have in common, and the entries admitted in advance.
 */
struct fdb_learning {
	struct fdb *fdb;
	struct bucket *rate; // the caller's limit of additions and moves
	uint64_t now;        // TSC, for `rate`
	uint32_t word;       // of an entry that is seen now
	uint32_t admitted;   // of `vlan`, not there yet: counted, and a token taken for each
	uint32_t added;
	uint16_t vlan;
	uint8_t port;
};

/** @param now TSC, for `rate`. */
static inline struct fdb_learning fdb_learning_begin(
	struct fdb *fdb, uint8_t port, uint32_t seconds, struct bucket *rate, uint64_t now)
{
	return (struct fdb_learning){.fdb = fdb,
		.rate = rate,
		.now = now,
		.word = fdb_word_of(fdb, port, seconds),
		.port = port};
}

static inline bool fdb_is_admitted(const struct fdb_learning *l, uint64_t key)
{
	return likely(l->admitted != 0) && likely(fdb_vlan(key) == l->vlan);
}

/** Admit an entry for this key, and others of its VLAN when no limit is near.
 *  @param left sources that the burst still has, with this one. */
enum fdb_learned fdb_admit(struct fdb_learning *l, uint64_t key, uint32_t left);

/** The slot has the key, and is the caller's alone until it has a port. */
static inline void fdb_finish(struct fdb_learning *l, struct fdb_slot *slot)
{
	atomic_store_explicit(&slot->word, l->word, memory_order_release);
	l->admitted--;
	l->added++;
}

/** Add a source of which fdb_see_at() has just said FDB_ABSENT, where its home pair has room and an
 *  entry is admitted for its VLAN. False: nothing was done. Burst path. */
static inline bool fdb_add_near(struct fdb_learning *l, struct fdb_slot *home, uint64_t key)
{
	uint64_t there = atomic_load_explicit(&home->key, memory_order_acquire);
	struct fdb_slot *slot = (struct fdb_slot *)((uintptr_t)home ^ (there != 0) * sizeof(*home));

	// Whoever has added it meanwhile has taken the first slot of the pair that was empty.
	if (unlikely(!fdb_is_admitted(l, key)) || unlikely(there == key))
		return false;
	there = 0;
	if (unlikely(!atomic_compare_exchange_strong_explicit(
		    &slot->key, &there, key, memory_order_seq_cst, memory_order_relaxed)))
		return false;
	fdb_finish(l, slot);
	return true;
}

/** The same, wherever there is room; an entry is admitted. False: no room, or somebody was faster.
 */
bool fdb_add_absent(struct fdb_learning *l, uint64_t key);

/** A source address, and what learning it came to. */
struct fdb_source {
	uint64_t key;
	enum fdb_learned learned;
	uint8_t was; // the port it was on, for FDB_MOVED and FDB_HELD
};

/**
 * Renew, add or move the entries of source addresses, in this order, as limits, `sticky` and
 * FDB_STATIC allow. A token of `rate` is taken only for an addition or a move.
 *
 * @param sources n of them, `key` filled in.
 */
void fdb_learn_burst(struct fdb_learning *l, struct fdb_source *sources, uint16_t n);

/** The burst is over: what was admitted and not used is given back. */
void fdb_learning_end(struct fdb_learning *l);

/** The same for one source.
 *  @param was set to the port it was on, for FDB_MOVED and FDB_HELD. */
enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was);

/* Control. */

/** Octets that a table takes: buckets for at most half of their slots in use at capacity. */
size_t fdb_size(uint32_t capacity);

/** Make an empty table in `memory`: fdb_size() octets, zeroed, aligned to a cache line. */
struct fdb *fdb_init(void *memory, const struct fdb_config *config);

/** Add a FDB_STATIC entry, or replace what there is for the key.
 *  @return 0; -ENOSPC; -EAGAIN: a worker is adding the key at this moment, try again later. */
int fdb_add_static(struct fdb *fdb, uint64_t key, uint8_t port);

/** Which entries a flush takes. All conditions that are set must hold. */
struct fdb_match {
	bool by_port, by_vlan, by_mac;
	uint8_t port;
	uint16_t vlan;
	uint64_t mac; // as in fdb_key()
	bool statics_too;
};

/** What one sweep found; removed slots wait in it for their grace period. */
struct fdb_sweep;

struct fdb_sweep *fdb_sweep_create(struct fdb *fdb);
void fdb_sweep_free(struct fdb_sweep *sweep);

/**
 * Look at up to `buckets` buckets from where the last call stopped: entries past their age, second
 * copies of a key, and those that `flush` (NULL: none) matches become tombstones.
 *
 * Nothing more is looked at while 1024 removed slots wait; fdb_sweep_release() ends the wait.
 *
 * @return true when the walk has come to the table's end: the next call starts a new one.
 */
bool fdb_sweep_walk(
	struct fdb_sweep *sweep, uint32_t seconds, const struct fdb_match *flush, unsigned buckets);

/** The next walk begins a new one: a flush has to see the whole table. */
void fdb_sweep_restart(struct fdb_sweep *sweep);

/** Slots that wait for a grace period. */
unsigned fdb_sweep_waiting(const struct fdb_sweep *sweep);

/** A grace period has passed since the last walk: the waiting slots become empty. */
void fdb_sweep_release(struct fdb_sweep *sweep);

/** An entry, for tables. */
struct fdb_entry {
	uint16_t vlan;
	uint8_t mac[6];
	uint8_t port; // or FDB_LOCAL
	bool is_static;
	uint32_t age; // seconds since it was seen; 0 for static ones
};

/**
 * Copy up to n entries from place *cursor on (0 at first); any thread, for display: entries that
 * come and go meanwhile may be missed.
 *
 * @return number copied; *cursor is UINT32_MAX at the end of the table.
 */
unsigned fdb_list(const struct fdb *fdb, uint32_t seconds, uint32_t *cursor,
	struct fdb_entry *entries, unsigned n);

#endif
