/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_H
#define BRIDGE_FDB_H

/**
 * @file
 * The forwarding database of one bridge: (VLAN, MAC address) to port (IEEE 802.1Q 8.8).
 *
 * Workers look up, learn and move entries in place, without locks; only control frees them.
 *
 *     key -> home bucket: one cache line, five slots; when it is full the next one, and the
 *     full bucket counts that a key has passed it, so that a look-up knows how far to go.
 *
 * A slot's life: a worker swaps the key into an empty slot (compare and swap), then stores the
 * port. Until then the port is FDB_NONE, which a look-up reads as unknown: flood; and nobody else
 * writes to the slot. Control frees: key to tombstone, port FDB_NONE, a QSBR grace period, key
 * empty. Two workers that add a key at the same moment, while a slot comes free, may both do so:
 * the first slot counts, as if its frame had been the later one, and control removes the other.
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
	FDB_SLOTS = 5,
	FDB_PROBES = 8, // buckets that a key may be in
	FDB_PORTS = 32, // ports are 0..31
	FDB_VLANS = 4096,
	FDB_LOCAL = 0xfe, // "port" of our own interfaces' addresses
	FDB_NONE = 0xff
};

enum fdb_flag {
	FDB_STATIC = 1u << 8 // neither ages nor moves; not counted by limits
};

/** One cache line. */
struct fdb_bucket {
	_Alignas(64) _Atomic uint64_t key[FDB_SLOTS];
	_Atomic uint16_t seen[FDB_SLOTS]; // in units of fdb.seen_shift
	_Atomic uint16_t port[FDB_SLOTS]; // and flags: one word, so that no move outruns FDB_STATIC
	_Atomic uint16_t passed;          // keys that found this bucket full and live further on
};
_Static_assert(sizeof(struct fdb_bucket) == 64, "a bucket is one cache line");

struct fdb_config {
	uint32_t capacity;                // learned entries
	uint32_t ageing;                  // seconds
	uint32_t vlan_limit;              // learned entries in each VLAN; 0: none
	uint32_t member_limit[FDB_PORTS]; // learned entries of each port; 0: none
	uint32_t sticky;                  // bit p: what port p learned does not move
	uint64_t seed;                    // random: nobody outside can choose colliding addresses
};

/** The table's head; buckets lie behind it. Read-mostly fields first. */
struct fdb {
	uint64_t mul[2]; // odd, from the seed
	unsigned shift;  // of the hash to a bucket
	uint32_t mask;
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

static inline uint32_t fdb_home(const struct fdb *fdb, uint64_t key)
{
	uint64_t h = (key ^ key >> 32) * fdb->mul[0]; // the last octets of a MAC are high bits

	h = (h ^ h >> 32) * fdb->mul[1];
	return (uint32_t)(h >> fdb->shift);
}

static inline void fdb_prefetch(const struct fdb *fdb, uint64_t key)
{
	rte_prefetch0(&fdb->bucket[fdb_home(fdb, key)]);
}

/** Where in a bucket a key is; FDB_SLOTS: nowhere. Without branches: which slot it is cannot be
 *  predicted, and a wrong guess costs more than five compares. */
static inline unsigned fdb_slot(const struct fdb_bucket *b, uint64_t key)
{
	unsigned found = 1u << FDB_SLOTS;

#if defined(__SSE4_1__) && !defined(__SANITIZE_THREAD__)
	const __m128i *two = (const __m128i *)(const void *)b->key;
	__m128i keys = _mm_set1_epi64x((int64_t)key);

	// Each half of an aligned load is a load of its own to other CPUs.
	found |= (unsigned)_mm_movemask_pd(
		_mm_castsi128_pd(_mm_cmpeq_epi64(_mm_load_si128(&two[0]), keys)));
	found |= (unsigned)_mm_movemask_pd(
			 _mm_castsi128_pd(_mm_cmpeq_epi64(_mm_load_si128(&two[1]), keys)))
	         << 2;
	found |= (unsigned)(atomic_load_explicit(&b->key[4], memory_order_acquire) == key) << 4;
#else
#pragma GCC unroll 5
	for (unsigned i = 0; i < FDB_SLOTS; i++)
		found |= (unsigned)(atomic_load_explicit(&b->key[i], memory_order_acquire) == key)
		         << i;
#endif
	return (unsigned)__builtin_ctz(found);
}

/** fdb_lookup() beyond the home bucket. */
uint8_t fdb_lookup_far(const struct fdb *fdb, uint64_t key);

/** The bucket where a key is looked for first. */
static inline struct fdb_bucket *fdb_bucket_of(const struct fdb *fdb, uint64_t key)
{
	return &fdb->bucket[fdb_home(fdb, key)];
}

/** fdb_lookup() with the key's bucket at hand. */
static inline uint8_t fdb_lookup_in(const struct fdb *fdb, const struct fdb_bucket *b, uint64_t key)
{
	unsigned slot = fdb_slot(b, key);

	if (likely(slot < FDB_SLOTS))
		return (uint8_t)atomic_load_explicit(&b->port[slot], memory_order_relaxed);
	if (likely(atomic_load_explicit(&b->passed, memory_order_relaxed) == 0))
		return FDB_NONE;
	return fdb_lookup_far(fdb, key);
}

/** The port of a key: 0..31, FDB_LOCAL, or FDB_NONE. Burst path. */
static inline uint8_t fdb_lookup(const struct fdb *fdb, uint64_t key)
{
	return fdb_lookup_in(fdb, fdb_bucket_of(fdb, key), key);
}

/** fdb_renew() beyond the home bucket. */
bool fdb_renew_far(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds);

/** fdb_renew() of a slot. */
static inline bool fdb_renew_at(
	const struct fdb *fdb, struct fdb_bucket *b, unsigned slot, uint8_t port, uint32_t seconds)
{
	uint16_t seen = (uint16_t)(seconds >> fdb->seen_shift);

	if (unlikely((uint8_t)atomic_load_explicit(&b->port[slot], memory_order_relaxed) != port))
		return false;
	if (unlikely(atomic_load_explicit(&b->seen[slot], memory_order_relaxed) != seen))
		atomic_store_explicit(&b->seen[slot], seen, memory_order_relaxed);
	return true;
}

/** fdb_renew() with the key's bucket at hand. */
static inline bool fdb_renew_in(
	struct fdb *fdb, struct fdb_bucket *b, uint64_t key, uint8_t port, uint32_t seconds)
{
	unsigned slot = fdb_slot(b, key);

	if (likely(slot < FDB_SLOTS))
		return fdb_renew_at(fdb, b, slot, port, seconds);
	return atomic_load_explicit(&b->passed, memory_order_relaxed) != 0 &&
	       fdb_renew_far(fdb, key, port, seconds);
}

/** A source was seen. True: it is known on this port, and its time is renewed, at most once in
 *  each unit of it; false: fdb_learn() has to see. Burst path. */
static inline bool fdb_renew(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	return fdb_renew_in(fdb, fdb_bucket_of(fdb, key), key, port, seconds);
}

/** A source address, and what learning it came to. */
struct fdb_source {
	uint64_t key;
	enum fdb_learned learned;
	uint8_t was; // the port it was on, for FDB_MOVED and FDB_HELD
};

/**
 * Renew, add or move the entries of source addresses seen on a port, in this order, as limits,
 * `sticky` and FDB_STATIC allow.
 *
 * @param sources n of them, the keys filled in.
 * @param rate    the caller's limit of additions and moves; a token is taken only for one of these.
 * @param now     TSC, for `rate`.
 */
void fdb_learn_burst(struct fdb *fdb, struct fdb_source *sources, uint16_t n, uint8_t port,
	uint32_t seconds, struct bucket *rate, uint64_t now);

/** The same for one source.
 *  @param was set to the port it was on, for FDB_MOVED and FDB_HELD. */
enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds,
	struct bucket *rate, uint64_t now, uint8_t *was);

/* Control. */

/** Octets that a table takes: buckets for at most 40 % of their slots in use at capacity. */
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
