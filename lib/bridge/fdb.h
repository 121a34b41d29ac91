/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_H
#define BRIDGE_FDB_H

/**
 * @file
 * The forwarding database of one bridge: (VLAN, MAC address) to port (IEEE 802.1Q 8.8).
 *
 * Workers look up, learn and move entries in place, without locks; only control frees them.
 *
 *     key -> home slot, or the other one of its pair; when other keys have both, the other pair of
 *     the bucket, which is one cache line; then one of the next buckets. What is full counts that
 *     a key has passed it, so that a look-up knows how far to go.
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
	_Atomic uint32_t passed; // keys that live further on: in slots 0 and 2, of those that found
	                         // this pair full; in slot 1, the bucket
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
	uint32_t places;     // mask of the hash: octets from the first bucket to a slot
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

static const uint64_t FDB_MAC = UINT64_C(0xffffffffffff); // its bits of a key

/** A key: never 0 or 1, which mean empty and tombstone. `mac` has the address's six octets in
 *  memory order in its low 48 bits (a little-endian load). */
static inline uint64_t fdb_key(uint16_t vlan, uint64_t mac)
{
	return (uint64_t)(vlan + 1u) << 48 | (mac & FDB_MAC);
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
	return (struct fdb_slot *)((uintptr_t)fdb->bucket + ((uint32_t)h & fdb->places));
}

static inline void fdb_prefetch(const struct fdb *fdb, uint64_t key)
{
	rte_prefetch0(fdb_home(fdb, key));
}

/** A slot, or the other one of its pair. Without a branch: which one it is cannot be predicted. */
static inline struct fdb_slot *fdb_other_if(const struct fdb_slot *slot, bool other)
{
	return (struct fdb_slot *)((uintptr_t)slot ^ other * sizeof(*slot));
}

/** The home slot or the other one of its pair, whichever may have the key. */
static inline struct fdb_slot *fdb_near(const struct fdb_slot *home, uint64_t key)
{
	return fdb_other_if(home, atomic_load_explicit(&home->key, memory_order_acquire) != key);
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

/** The first slot of a slot's pair. */
static inline struct fdb_slot *fdb_pair(const struct fdb_slot *slot)
{
	return (struct fdb_slot *)((uintptr_t)slot & ~(2 * sizeof(*slot) - 1));
}

/** A key that the home pair does not have: may it be anywhere else? */
static inline bool fdb_may_be_far(const struct fdb_slot *home)
{
	return atomic_load_explicit(&fdb_pair(home)->passed, memory_order_relaxed) != 0;
}

/** What the home pair says of a source; FDB_ELSE: not all. */
static inline enum fdb_source_state fdb_see_near(
	const struct fdb_slot *home, uint64_t key, uint32_t word)
{
	const struct fdb_slot *slot = fdb_near(home, key);

	if (likely(atomic_load_explicit(&slot->key, memory_order_acquire) == key))
		return likely(atomic_load_explicit(&slot->word, memory_order_relaxed) == word)
		               ? FDB_RENEWED
		               : FDB_ELSE;
	return likely(!fdb_may_be_far(home)) ? FDB_ABSENT : FDB_ELSE;
}

/** A source was seen, its home and the word it should have at hand. Burst path. */
static inline enum fdb_source_state fdb_see_at(
	struct fdb *fdb, struct fdb_slot *home, uint64_t key, uint32_t word)
{
	enum fdb_source_state state = fdb_see_near(home, key, word);

	return likely(state != FDB_ELSE) ? state : fdb_see_far(fdb, key, word);
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

/**
 * Renew the sources of a burst and add those that are new, as long as that is simple. Burst path.
 *
 * @param keys, homes n of them.
 * @param n_left how many could not simply be added: no room near their home, or a limit. They are
 *               the first of `keys` now, for fdb_learn_burst().
 * @return false: one is on another port, ours, no host's address, or coming or going at this
 *         moment; those before it were seen.
 */
bool fdb_see_burst(struct fdb_learning *l, uint64_t *keys, struct fdb_slot *const *homes,
	uint16_t n, uint16_t *n_left);

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
