/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classify a burst. Built once for each instruction set (see meson.build); classify.c calls one of
 * them. Called by workers; touches no mbuf line but the first. Three looks, each of so few
 * instructions that the loads of many frames are under way at once:
 *
 *     mbufs     lengths, and where frames begin; the frames' lines are asked for
 *     octets    what frames differ in from the first: where that is no type, all have one class
 *     types     of a mixture: the fields that may be types, side by side, of four or eight frames
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_prefetch.h>
#include <rte_vect.h>

#include "steer/classify_inside.h"
#include "wire/tag.h"

/** The first octets of a frame in memory order: addresses, and all that may be a type. */
typedef uint64_t head __attribute__((vector_size(32)));
typedef head head_at __attribute__((aligned(1), may_alias)); // anywhere

enum {
	STEP = 8, // frames between two branches
	TAG_LEN = 4,
	TYPE_AT = 2 * RTE_ETHER_ADDR_LEN,
	LAST_TYPE_AT = TYPE_AT + 2 * TAG_LEN,
	TYPES = 3, // where a type is looked for: behind no tag, one and two
#ifdef __AVX2__
	LANES = 8, // of vectors: frames
#else
	LANES = 4,
#endif
	TYPES_HEAD = TYPE_AT + sizeof(uint32_t[4]) // octets of frames that are loaded
};

/** Of the mbufs of a burst, octets. */
struct mbufs {
	uint64_t bytes;
	uint32_t max_len;
	uint16_t min_first; // of first segments
	uint16_t data_off;  // in AVX2: of all,
	bool apart;         // but where this is set
};

#ifdef __SSE4_1__
// Lengths lie in 16 octets of the mbuf, with data_off in 32; sums and extremes of what else is
// there are not looked at. 32 bits hold the lengths of 32 frames of 128 MiB. Of lengths above 65535
// the halves have their extremes apart: no less than the longest.
#ifdef __AVX2__
typedef __m256i row;
enum { ROW = offsetof(struct rte_mbuf, rearm_data) };
#define row_load _mm256_loadu_si256
#define row_add  _mm256_add_epi32
#define row_max  _mm256_max_epu16
#define row_min  _mm256_min_epu16
#else
typedef __m128i row;
enum { ROW = offsetof(struct rte_mbuf, rx_descriptor_fields1) };
#define row_load _mm_loadu_si128
#define row_add  _mm_add_epi32
#define row_max  _mm_max_epu16
#define row_min  _mm_min_epu16
#endif

typedef uint32_t row_words __attribute__((vector_size(sizeof(row))));
typedef uint16_t row_shorts __attribute__((vector_size(sizeof(row))));
#define ROW_WORD(r, field)  (((row_words)(r))[(offsetof(struct rte_mbuf, field) - ROW) / 4])
#define ROW_SHORT(r, field) (((row_shorts)(r))[(offsetof(struct rte_mbuf, field) - ROW) / 2])

/** Of the fields of all mbufs. */
struct rows {
	row sum, most, least;
};

static __rte_always_inline struct rows look_at(
	struct rows r, const struct rte_mbuf *m, ptrdiff_t data)
{
	row fields = row_load((const void *)((const char *)m + ROW));

	// The driver has just written the mbufs, and received frames begin behind the usual
	// headroom.
	rte_prefetch0((const char *)m + data);
	return (struct rows){
		row_add(r.sum, fields), row_max(r.most, fields), row_min(r.least, fields)};
}

static __rte_always_inline struct mbufs look_at_mbufs(struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_mbuf **at = pkts, **end = pkts + n;
	// Mbufs of a pool are laid out alike; of another pool's a line is asked for in vain.
	ptrdiff_t data =
		(const char *)(*pkts)->buf_addr + RTE_PKTMBUF_HEADROOM - (const char *)*pkts;
	row none = {0};
	struct rows r = {none, none, ~none};

	for (; end - at >= STEP; at += STEP) {
#pragma GCC unroll 8
		for (unsigned i = 0; i < STEP; i++)
			r = look_at(r, at[i], data);
	}
	for (; at != end; at++)
		r = look_at(r, *at, data);
	return (struct mbufs){
		.bytes = ROW_WORD(r.sum, pkt_len),
		.max_len = ROW_WORD(r.most, pkt_len),
		.min_first = ROW_SHORT(r.least, data_len),
#ifdef __AVX2__
		.data_off = ROW_SHORT(r.least, data_off),
		.apart = ROW_SHORT(r.least, data_off) != ROW_SHORT(r.most, data_off),
#endif
	};
}
#else
static struct mbufs look_at_mbufs(struct rte_mbuf **pkts, uint16_t n)
{
	struct mbufs seen = {.min_first = UINT16_MAX};

	for (uint16_t i = 0; i < n; i++) {
		const struct rte_mbuf *m = pkts[i];

		rte_prefetch0((const char *)m->buf_addr + RTE_PKTMBUF_HEADROOM);
		seen.bytes += m->pkt_len;
		seen.max_len = RTE_MAX(seen.max_len, m->pkt_len);
		seen.min_first = RTE_MIN(seen.min_first, m->data_len);
	}
	return seen;
}
#endif

// A frame of a burst whose frames are not apart.
static inline uint8_t *octets_of(const struct rte_mbuf *m, uint16_t data_off)
{
#ifdef __AVX2__
	return (uint8_t *)m->buf_addr + data_off;
#else
	return rte_pktmbuf_mtod(m, uint8_t *);
#endif
}

static inline void store_swapped(uint8_t *frame, head octets)
{
	typedef uint8_t v16 __attribute__((vector_size(16)));
	v16 v = (v16)__builtin_shufflevector(octets, octets, 0, 1);

	v = __builtin_shufflevector(v, v, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
	memcpy(frame, &v, sizeof(v));
}

static __rte_always_inline head compare_some(
	struct rte_mbuf **pkts, unsigned n, uint16_t data_off, head first, bool swap)
{
	head differ = {0};

#pragma GCC unroll 8
	for (unsigned i = 0; i < n; i++) {
		uint8_t *frame = octets_of(pkts[i], data_off);
		head octets = *(const head_at *)frame;

		differ |= octets ^ first;
		if (swap)
			store_swapped(frame, octets);
	}
	return differ;
}

static inline uint16_t type_in(const uint8_t *octets, unsigned at)
{
	uint16_t type_be;

	memcpy(&type_be, octets + at, sizeof(type_be));
	return type_be;
}

static __rte_always_inline bool same_types(head differ)
{
	return (uint16_t)(differ[1] >> 8 * (TYPE_AT - sizeof(differ[0]))) == 0;
}

static bool nothing_known(struct classified *out)
{
	memset(out->differ, 0xff, sizeof(out->differ));
	out->swapped = false;
	return false;
}

// What their octets have in common with those of the first, of frames that all have so many.
// False, and nothing is known: of most bursts that are a mixture the first frames tell. Of cold
// ones they come early: behind a branch on the last one's octets nothing would retire until all
// are there.
static __rte_always_inline bool compare(
	struct rte_mbuf **pkts, uint16_t n, uint16_t data_off, bool swap, struct classified *out)
{
	struct rte_mbuf **at = pkts, **end = pkts + n;
	head first = *(const head_at *)octets_of(*pkts, data_off), differ = {0};

	if (likely(n >= STEP)) {
		differ = compare_some(pkts, STEP, data_off, first, false);
		if (!same_types(differ))
			return nothing_known(out);
		if (swap) // now
			compare_some(pkts, STEP, data_off, first, true);
		at += STEP;
	}
	for (; end - at >= STEP; at += STEP)
		differ |= compare_some(at, STEP, data_off, first, swap);
	for (; at != end; at++)
		differ |= compare_some(at, 1, data_off, first, swap);
	*(head_at *)out->differ = differ;
	out->swapped = swap;
	return same_types(differ);
}

// All frames have one class: it is found without the types of each.
static __rte_always_inline bool is_uniform(const struct classifier *c, struct rte_mbuf **pkts,
	uint16_t n, const struct mbufs *seen, bool swap, struct classified *out)
{
	const uint8_t *first;

	if (unlikely(seen->min_first < sizeof(head) || seen->apart))
		return nothing_known(out);
	if (swap ? !compare(pkts, n, seen->data_off, true, out)
		 : !compare(pkts, n, seen->data_off, false, out))
		return false;
	first = octets_of(pkts[0], seen->data_off);
	for (unsigned at = TYPE_AT; at <= LAST_TYPE_AT; at += TAG_LEN) {
		if (at != TYPE_AT && type_in((const uint8_t *)out->differ, at) != 0)
			return false;
		out->class[0] = c->of_type[type_in(first, at)];
		out->l2_len[0] = (uint16_t)(at + sizeof(uint16_t));
		if (likely(out->class[0] != CLASS_TAGGED))
			return out->class[0] != CLASS_LLC;
	}
	return false;
}

/** Four octets of each of some frames, in memory order: of four in each 16 octets. */
typedef uint32_t quad __attribute__((vector_size(16)));
typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));
typedef uint16_t short_lanes __attribute__((vector_size(2 * LANES)));

// Of a and b in turns, in each 16 octets: the first or last two words, or pairs of words.
#ifdef __AVX2__
#define JOIN(quads)       __builtin_shufflevector((quads)[0], (quads)[4], 0, 1, 2, 3, 4, 5, 6, 7)
#define FIRST_WORDS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LAST_WORDS(a, b)  __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LAST_PAIRS(a, b)  __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#else
#define JOIN(quads)       (*(quads))
#define FIRST_WORDS(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LAST_WORDS(a, b)  __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define FIRST_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define LAST_PAIRS(a, b)  __builtin_shufflevector(a, b, 2, 3, 6, 7)
#endif

// The fields that may be types, each with the two octets that follow it.
static __rte_always_inline void load_types(struct rte_mbuf *const *pkts, lanes field[TYPES])
{
	lanes rows[4], low[2], high[2];
	quad octets[LANES];

	for (unsigned i = 0; i < LANES; i++)
		memcpy(&octets[i], rte_pktmbuf_mtod_offset(pkts[i], const uint8_t *, 12), 16);
	for (unsigned i = 0; i < 4; i++)
		rows[i] = JOIN(&octets[i]);
	// Rows to columns.
	for (unsigned i = 0; i < 2; i++) {
		low[i] = FIRST_WORDS(rows[2 * i], rows[2 * i + 1]);
		high[i] = LAST_WORDS(rows[2 * i], rows[2 * i + 1]);
	}
	field[0] = FIRST_PAIRS(low[0], low[1]);
	field[1] = LAST_PAIRS(low[0], low[1]);
	field[2] = FIRST_PAIRS(high[0], high[1]);
}

static __rte_always_inline void store_tags(uint64_t *to, lanes outer, lanes inner)
{
	lanes first = FIRST_WORDS(outer, inner), last = LAST_WORDS(outer, inner);

	for (unsigned i = 0; i < LANES; i += 4) {
		memcpy(&to[i], (const char *)&first + 4 * i, 16);
		memcpy(&to[i + 2], (const char *)&last + 4 * i, 16);
	}
}

// Of frames with so many octets in one piece: which fields are tags, and what are the types behind
// them? Whatever came behind a third tag, or is a length that says more, is walked.
static __rte_always_inline void classify_some(const struct classifier *c,
	struct rte_mbuf *const *pkts, size_t first, struct classified *out)
{
	const uint32_t vlan = (uint32_t)CLASSIFY_TAGS_MASK(1);
	lanes is_outer = {0}, is_inner = {0}, type, field[TYPES];
	short_lanes l2_len;

	load_types(pkts, field);
	for (unsigned t = 0; t < c->n_tpids; t++) {
		is_outer |= (lanes)((field[0] & 0xffff) == c->tpid[t]);
		is_inner |= (lanes)((field[1] & 0xffff) == c->tpid[t]);
	}
	is_inner &= is_outer;
	// Each -1 is a tag.
	l2_len =
		__builtin_convertvector(RTE_ETHER_HDR_LEN - 4 * (is_outer + is_inner), short_lanes);
	memcpy(&out->l2_len[first], &l2_len, sizeof(l2_len));
	store_tags(&out->tags[first], field[0] & is_outer & vlan, field[1] & is_inner & vlan);
	type = ((field[0] & ~is_outer) | (field[1] & (is_outer ^ is_inner)) |
		       (field[2] & is_inner)) &
	       0xffff;
	for (unsigned i = 0; i < LANES; i++) {
		uint8_t class = c->of_type[type[i]];

		out->class[first + i] = class;
		if (likely(class < CLASS_LLC))
			continue;
		if (class == CLASS_TAGGED)
			out->tags[first + i] = CLASSIFY_TAGS_UNKNOWN;
		classify_walk(c, pkts[i], (uint16_t)(first + i), out);
	}
}

static __rte_noinline void classify_each(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	struct rte_mbuf *rest[LANES];
	uint16_t first = 0;

	for (; first + LANES <= n; first += LANES)
		classify_some(c, &pkts[first], first, out);
	if (first == n)
		return;
	// The last one again in the places that are left.
	for (unsigned i = 0; i < LANES; i++)
		rest[i] = pkts[RTE_MIN(first + i, n - 1u)];
	classify_some(c, rest, first, out);
}

static __rte_noinline void walk_each(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	for (uint16_t i = 0; i < n; i++) {
		out->tags[i] = CLASSIFY_TAGS_UNKNOWN;
		classify_walk(c, pkts[i], i, out);
	}
}

void CLASSIFY_BURST_HERE(const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, bool swap,
	struct classified *out)
{
	struct mbufs seen = look_at_mbufs(pkts, n);

	out->n = n;
	out->has_short = false;
	out->bytes = seen.bytes;
	out->max_len = seen.max_len;
	out->uniform = is_uniform(c, pkts, n, &seen, swap, out);
	if (out->uniform)
		return;
	if (likely(seen.min_first >= TYPES_HEAD))
		classify_each(c, pkts, n, out);
	else
		walk_each(c, pkts, n, out);
}
