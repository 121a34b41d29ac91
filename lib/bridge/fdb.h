/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_FDB_H
#define BRIDGE_FDB_H

/**
 * @file
 * The forwarding database of one bridge: (VLAN, MAC address) to port (IEEE 802.1Q 8.8).
 *
 * Workers look up, learn and move entries in place, without locks; control adds static ones and
 * takes out what is old.
 *
 *     key -> mixed, one to one -> number of its home bucket, and the tag, which is the rest
 *     entry, one word: tag | step | seen | static | port
 *
 * An entry is in its home bucket, half a cache line, or where that is full in one of the next:
 * the line's other half, then the next lines. Tag, step and the bucket that it is in tell the
 * whole key. A bucket counts the keys that have found it full, so that a look-up knows how far to
 * go. With half of the slots in use one key in thirty is not in its home bucket, with a quarter
 * one in 250.
 *
 * An entry is one word: it is added, moved, renewed and removed by one swap each, which fails when
 * anything of it has changed meanwhile. Two workers that add a key at the same moment, while a
 * slot comes free, may both do so: the one that a look-up comes to first counts, as if its frame
 * had been the later one, and control removes the other.
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
	FDB_STEPS = 15, // buckets that a key may be in
	FDB_PORTS = 32, // ports are 0..31
	FDB_VLANS = 4096,
	FDB_LOCAL = FDB_PORTS, // "port" of our own interfaces' addresses
	FDB_NONE = 0xff
};

/** Bits of an entry, from the lowest on. */
enum fdb_bits {
	FDB_PORT = 0x3f,
	FDB_STATIC = 1 << 6, // neither ages nor moves; not counted by limits
	FDB_SEEN = 7,        // when it was seen, in units of fdb.seen_shift, modulo 128
	FDB_STEP = 14,       // buckets it is away from its home
	FDB_TAG = 18,
	// Not an entry: no key has so many steps.
	FDB_EMPTY = 15 << FDB_STEP
};

/** Half a cache line. */
struct fdb_bucket {
	_Alignas(32) _Atomic uint64_t entry[FDB_SLOTS];
};
_Static_assert(sizeof(struct fdb_bucket) == 32, "a bucket is half a cache line");

struct fdb_config {
	uint32_t capacity;                // learned entries
	uint32_t ageing;                  // seconds
	uint32_t vlan_limit;              // learned entries in each VLAN; 0: none
	uint32_t member_limit[FDB_PORTS]; // learned entries of each port; 0: none
	uint32_t sticky;                  // bit p: what port p learned does not move
	uint32_t learners;                // lcores that learn at once; 0: many
	uint64_t seed;                    // random: nobody outside can choose colliding addresses
};

/** The table's head; buckets lie behind it, then their counts. Read-mostly fields first. */
struct fdb {
	uint64_t mul[2];             // 32 bits, odd, from the seed
	unsigned home_shift;         // of a mixed key, and
	uint32_t places;             // mask of it then: octets from the first bucket to its home
	uint32_t mask;               // of a bucket's number
	_Atomic unsigned seen_shift; // seconds to units of `seen`: 59 units are the ageing time
	struct fdb_bucket *bucket;
	_Atomic uint8_t *passed; // of each bucket: keys that live in the next ones
	struct fdb_config config;
	// Written when entries come, go or move only.
	_Alignas(64) _Atomic uint32_t n_learned;
	_Atomic uint32_t n_static;
	_Atomic uint32_t of_member[FDB_PORTS];
	_Atomic uint32_t of_vlan[FDB_VLANS];
};

_Static_assert(offsetof(struct fdb, config) <= 64, "a look-up reads one line of the head");

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

/** A key, 60 bits. `mac` has the address's six octets in memory order in its low 48 bits (a
 *  little-endian load). */
static inline uint64_t fdb_key(uint16_t vlan, uint64_t mac)
{
	return (uint64_t)vlan << 48 | (mac & FDB_MAC);
}

static inline uint16_t fdb_vlan(uint64_t key)
{
	return (uint16_t)(key >> 48);
}

// Of 60 bits the upper 28.
static const uint64_t FDB_HIGH = UINT64_C(0x0fffffff00000000);

/** Bits of the upper half that a lower half of a key stands for. Multiplied once only, keys that
 *  are numbered in some order gather in few places, for one seed in ten. */
static inline uint64_t fdb_spread(const struct fdb *fdb, uint64_t key)
{
	uint64_t product = (key & UINT32_MAX) * fdb->mul[1];
	uint64_t again = (product & UINT32_MAX) * (product >> 32);

	return (again ^ again << 32) & FDB_HIGH;
}

/** Mix a key one to one: each half takes what the other one stands for (a Feistel network). The
 *  top bits are the home's number; who does not know the seed cannot choose keys that share one.
 *  keys.c does the same with vectors. */
static inline uint64_t fdb_mix(const struct fdb *fdb, uint64_t key)
{
	key ^= (uint32_t)((key >> 32) * fdb->mul[0]);
	return key ^ fdb_spread(fdb, key);
}

/** Where a key is looked for. */
struct fdb_place {
	struct fdb_bucket *home;
	uint64_t tag; // of its entry
};

static inline struct fdb_place fdb_place(const struct fdb *fdb, uint64_t key)
{
	uint64_t mixed = fdb_mix(fdb, key);

	return (struct fdb_place){
		.home = (struct fdb_bucket *)((uintptr_t)fdb->bucket +
					      (mixed >> fdb->home_shift & fdb->places)),
		.tag = mixed << FDB_TAG};
}

static inline void fdb_prefetch(const struct fdb *fdb, uint64_t key)
{
	rte_prefetch0(fdb_place(fdb, key).home);
}

/** A bucket's entries, read once: what is told of them belongs together. */
struct fdb_entries {
#if defined(__AVX2__)
	__m256i all;
#elif defined(__SSE4_1__)
	__m128i two[2];
#else
	uint64_t one[FDB_SLOTS];
#endif
};

static inline struct fdb_entries fdb_read(const struct fdb_bucket *b)
{
#if defined(__AVX2__)
	return (struct fdb_entries){.all = _mm256_load_si256((const __m256i *)(uintptr_t)b)};
#elif defined(__SSE4_1__)
	return (struct fdb_entries){.two = {_mm_load_si128((const __m128i *)(uintptr_t)b),
					    _mm_load_si128((const __m128i *)(uintptr_t)b + 1)}};
#else
	struct fdb_entries e;

	for (unsigned i = 0; i < FDB_SLOTS; i++)
		e.one[i] = atomic_load_explicit(&b->entry[i], memory_order_relaxed);
	return e;
#endif
}

/** Bit i: entry i is `value`, but for its low `shift` bits. */
static inline unsigned fdb_which(struct fdb_entries e, uint64_t value, int shift)
{
#if defined(__AVX2__)
	__m256i values = _mm256_set1_epi64x((long long)value), same;

	if (shift == 0)
		same = _mm256_cmpeq_epi64(e.all, values);
	else
		same = _mm256_cmpeq_epi64(_mm256_srli_epi64(_mm256_xor_si256(e.all, values), shift),
			_mm256_setzero_si256());
	return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(same));
#elif defined(__SSE4_1__)
	__m128i values = _mm_set1_epi64x((long long)value), zero = _mm_setzero_si128(), same[2];

	for (unsigned i = 0; i < 2; i++) {
		if (shift == 0) {
			same[i] = _mm_cmpeq_epi64(e.two[i], values);
			continue;
		}
		same[i] = _mm_srli_epi64(_mm_xor_si128(e.two[i], values), shift);
		same[i] = _mm_cmpeq_epi64(same[i], zero);
	}
	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_packs_epi32(same[0], same[1])));
#else
	unsigned which = 0;

	for (unsigned i = 0; i < FDB_SLOTS; i++)
		which |= (unsigned)((e.one[i] ^ value) >> shift == 0) << i;
	return which;
#endif
}

/** An entry, or FDB_EMPTY. */
static inline uint64_t fdb_entry_in(const _Atomic uint64_t *slot)
{
	return atomic_load_explicit(slot, memory_order_relaxed);
}

/** May a key whose home this is live further on? */
static inline bool fdb_is_passed(const struct fdb *fdb, uint32_t bucket)
{
	return atomic_load_explicit(&fdb->passed[bucket], memory_order_relaxed) != 0;
}

static inline uint32_t fdb_number(const struct fdb *fdb, const struct fdb_bucket *b)
{
	return (uint32_t)(b - fdb->bucket);
}

/** fdb_lookup() beyond the home bucket. */
uint8_t fdb_lookup_far(const struct fdb *fdb, struct fdb_place place);

/** fdb_lookup() with the key's place at hand. */
static inline uint8_t fdb_lookup_at(const struct fdb *fdb, struct fdb_place place)
{
	unsigned which = fdb_which(fdb_read(place.home), place.tag, FDB_STEP);
	uint64_t entry;

	if (unlikely(which == 0))
		return fdb_is_passed(fdb, fdb_number(fdb, place.home)) ? fdb_lookup_far(fdb, place)
		                                                       : FDB_NONE;
	// Another key's by now? Then this one was taken out.
	entry = fdb_entry_in(&place.home->entry[__builtin_ctz(which)]) ^ place.tag;
	return likely(entry >> FDB_STEP == 0) ? (uint8_t)(entry & FDB_PORT) : FDB_NONE;
}

/** The port of a key: 0..31, FDB_LOCAL, or FDB_NONE. Burst path. */
static inline uint8_t fdb_lookup(const struct fdb *fdb, uint64_t key)
{
	return fdb_lookup_at(fdb, fdb_place(fdb, key));
}

/** What an entry that was seen on this port now has below its step. */
static inline uint64_t fdb_word_of(const struct fdb *fdb, uint8_t port, uint32_t seconds)
{
	unsigned shift = atomic_load_explicit(&fdb->seen_shift, memory_order_relaxed);

	return (seconds >> shift) % 128 << FDB_SEEN | port;
}

/** What a source that was seen is to the table. */
enum fdb_source_state {
	FDB_RENEWED, // known on this port; its time is renewed, at most once in each unit of it
	FDB_ABSENT,  // not there
	FDB_ELSE     // on another port, or ours
};

/** A source was seen that its home bucket does not have as it should be.
 *  @param wanted its entry at home, seen now. */
enum fdb_source_state fdb_see_far(struct fdb *fdb, struct fdb_bucket *home, uint64_t wanted);

/** A source was seen. False: fdb_learn() has to see. Burst path. */
static inline bool fdb_renew(struct fdb *fdb, uint64_t key, uint8_t port, uint32_t seconds)
{
	struct fdb_place place = fdb_place(fdb, key);
	uint64_t wanted = place.tag | fdb_word_of(fdb, port, seconds);

	return likely(fdb_which(fdb_read(place.home), wanted, 0) != 0) ||
	       fdb_see_far(fdb, place.home, wanted) == FDB_RENEWED;
}

/** A burst of sources on one port: what they have in common, and the entries admitted in advance.
 */
struct fdb_learning {
	struct fdb *fdb;
	struct bucket *rate; // the caller's limit of additions and moves
	uint64_t now;        // TSC, for `rate`
	uint64_t word;       // of an entry that is seen now
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
 * @param keys, homes, wanted n of them; `wanted` is what each one's entry is at home, seen now.
 * @param n_left how many could not simply be added: no room near their home, or a limit. They are
 *               the first of `keys` now, for fdb_learn_burst().
 * @return false: one is on another port, ours, or no host's address; those before it were seen.
 */
bool fdb_see_burst(struct fdb_learning *l, uint64_t *keys, struct fdb_bucket *const *homes,
	const uint64_t *wanted, uint16_t n, uint16_t *n_left);

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
 *  @return 0; -ENOSPC. */
int fdb_add_static(struct fdb *fdb, uint64_t key, uint8_t port);

/** Another ageing time. Where its units are others, all entries count as seen now: what a worker
 *  renews in the old units at this moment is right again with its next frame. */
void fdb_set_ageing(struct fdb *fdb, uint32_t ageing, uint32_t seconds);

/** Which entries a flush takes. All conditions that are set must hold. */
struct fdb_match {
	bool by_port, by_vlan, by_mac;
	uint8_t port;
	uint16_t vlan;
	uint64_t mac; // as in fdb_key()
	bool statics_too;
};

/**
 * Look at up to n buckets from number *bucket on: entries past their age, second copies of a key,
 * and those that `flush` (NULL: none) matches are taken out.
 *
 * @param bucket 0 to begin with, and again at the table's end.
 * @return true at the table's end.
 */
bool fdb_sweep(struct fdb *fdb, uint32_t *bucket, uint32_t seconds, const struct fdb_match *flush,
	uint32_t n);

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
