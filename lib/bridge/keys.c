/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Look up the addresses of a burst. Built once for each instruction set (see meson.build); usual.c
 * calls one of them. First keys and their homes, of some frames at once, and the homes' lines are
 * asked for; then what is there.
 */

#include <string.h>

#include <rte_prefetch.h>

#include "bridge/keys.h"

enum {
#ifdef __AVX2__
	LANES = 4, // of vectors: frames
#else
	LANES = 2,
#endif
};
_Static_assert(KEYS_AT_ONCE % LANES == 0, "KEYS_AT_ONCE");

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

/** Octets 0..15 of a frame in memory order. */
typedef uint64_t head __attribute__((vector_size(16)));

// Two heads; and of two vectors of heads the first halves in turns, or the last.
#ifdef __AVX2__
#define JOIN(a, b)         __builtin_shufflevector(a, b, 0, 1, 2, 3)
#define FIRST_HALVES(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define LAST_HALVES(a, b)  __builtin_shufflevector(a, b, 1, 5, 3, 7)
#else
#define FIRST_HALVES(a, b) __builtin_shufflevector(a, b, 0, 2)
#define LAST_HALVES(a, b)  __builtin_shufflevector(a, b, 1, 3)
#endif

/** What the mixing of keys takes of a table. */
struct mixer {
	lanes mul[2], places, bucket;
	unsigned home_shift;
};

static inline struct mixer mixer_of(const struct fdb *fdb)
{
	const lanes none = {0};

	return (struct mixer){.mul = {none + fdb->mul[0], none + fdb->mul[1]},
		.places = none + fdb->places,
		.bucket = none + (uintptr_t)fdb->bucket,
		.home_shift = fdb->home_shift};
}

// Of the lower halves.
static inline lanes multiply(lanes a, lanes b)
{
#if defined(__AVX2__)
	return (lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
	return (lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
	return (a & UINT32_MAX) * b;
#endif
}

// fdb_mix(), of lanes.
static inline lanes mix(const struct mixer *mixer, lanes key)
{
	lanes product, again;

	key ^= multiply(key >> 32, mixer->mul[0]) & UINT32_MAX;
	product = multiply(key, mixer->mul[1]);
	again = multiply(product, product >> 32);
	return key ^ ((again ^ again << 32) & FDB_HIGH);
}

// Where lanes of keys are looked for: their homes' lines are asked for. Returns the tags.
static inline lanes place(const struct mixer *mixer, lanes key, struct fdb_bucket **homes)
{
	lanes mixed = mix(mixer, key);

	*(lanes *)homes = mixer->bucket + (mixed >> mixer->home_shift & mixer->places);
	rte_compiler_barrier(); // or they were taken out of the vector
	for (unsigned i = 0; i < LANES; i++)
		rte_prefetch0(homes[i]);
	return mixed << FDB_TAG;
}

static inline head load_head(const struct rte_mbuf *m)
{
	head octets;

	memcpy(&octets, rte_pktmbuf_mtod(m, const void *), sizeof(octets));
	return octets;
}

// Addresses of frames, as fdb_key() has them.
static inline void load_addresses(struct rte_mbuf *const *pkts, lanes *dst, lanes *src)
{
#ifdef __AVX2__
	lanes even = JOIN(load_head(pkts[0]), load_head(pkts[2]));
	lanes odd = JOIN(load_head(pkts[1]), load_head(pkts[3]));
#else
	lanes even = load_head(pkts[0]), odd = load_head(pkts[1]);
#endif
	lanes first = FIRST_HALVES(even, odd), last = LAST_HALVES(even, odd);

	*dst = first & FDB_MAC;
	*src = (first >> 48 | last << 16) & FDB_MAC;
}

// Of a burst's end, where the last frame stands for those that are missing, too.
static struct rte_mbuf *const *repeat_last(
	struct rte_mbuf *const *pkts, unsigned n, struct rte_mbuf *some[LANES])
{
	for (unsigned i = 0; i < LANES; i++)
		some[i] = pkts[RTE_MIN(i, n - 1)];
	return some;
}

static inline void make_keys(const struct fdb *fdb, struct rte_mbuf *const *pkts,
	const uint64_t *vlans, unsigned step, uint64_t word, struct keys *keys)
{
	const struct mixer mixer = mixer_of(fdb);
	unsigned n = keys->n_src, n_dst = keys->n_dst;
	lanes group = {0};

	for (unsigned i = 0; i < n; i += LANES) {
		const lanes vlan = *(const lanes *)&vlans[i * step];
		struct rte_mbuf *rest[LANES], *const *some = &pkts[i];
		lanes dst, src;

		if (unlikely(i + LANES > n))
			some = repeat_last(some, n - i, rest);
		load_addresses(some, &dst, &src);
		group |= dst | src;
		src |= vlan;
		*(lanes *)&keys->src[i] = src;
		*(lanes *)&keys->src_wanted[i] = place(&mixer, src, &keys->src_home[i]) | word;
		if (i < n_dst)
			*(lanes *)&keys->dst_tag[i] = place(&mixer, dst | vlan, &keys->dst_home[i]);
	}
	keys->group = 0;
	for (unsigned i = 0; i < LANES; i++)
		keys->group |= group[i];
}

static inline uint16_t find_late(struct fdb *fdb, const struct keys *keys)
{
	size_t i, n = keys->n_src;

	for (i = 0; i < n; i++) {
		if (unlikely(fdb_which(fdb_read(keys->src_home[i]), keys->src_wanted[i], 0) == 0) &&
			fdb_see_far(fdb, keys->src_home[i], keys->src_wanted[i]) != FDB_RENEWED)
			break;
	}
	return (uint16_t)i;
}

static __rte_noinline uint64_t find_far(const struct fdb *fdb, const struct keys *keys, size_t i)
{
	struct fdb_place place = {keys->dst_home[i], keys->dst_tag[i]};
	uint8_t to = fdb_lookup_far(fdb, place);

	return to == FDB_NONE ? (uint64_t)FDB_EMPTY : to;
}

static inline void find_destinations(const struct fdb *fdb, struct keys *keys)
{
	uint64_t any = 0, all = UINT64_MAX;

	for (size_t i = 0, n = keys->n_dst; i < n; i++) {
		const struct fdb_bucket *home = keys->dst_home[i];
		uint64_t entry = keys->dst_tag[i];
		unsigned long which = fdb_which(fdb_read(home), entry, FDB_STEP);

		// Another key's by now? Then its tag is in `any`.
		if (likely(which != 0))
			entry ^= fdb_entry_in(&home->entry[__builtin_ctzl(which)]);
		else
			entry = find_far(fdb, keys, i);
		keys->to[i] = (uint8_t)entry;
		any |= entry;
		all &= entry;
	}
	keys->any = any;
	keys->all = all;
}

void KEYS_LOOK_UP_HERE(struct fdb *fdb, struct rte_mbuf *const *pkts, const uint64_t *vlans,
	unsigned step, uint64_t word, struct keys *keys)
{
	make_keys(fdb, pkts, vlans, step, word, keys);
	if (unlikely(inside_is_group(keys->group)))
		return;
	keys->late = find_late(fdb, keys);
	if (likely(keys->late == keys->n_src))
		find_destinations(fdb, keys);
}
