/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classify a burst. Built once for each instruction set (see meson.build); classify.c calls one of
 * them. Called by workers; touches no mbuf line but the first. Three looks, each of so few
 * instructions that the loads of many frames are under way at once:
 *
 *     mbufs     lengths; the frames' lines are asked for
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

/** Octets 0..15 of a frame in memory order: addresses, type, what follows. */
typedef uint64_t head __attribute__((vector_size(16)));

enum {
	LOOK_AHEAD = 4, // frames
	TYPES = 3,      // where a type is looked for: behind no tag, one and two
#ifdef __AVX2__
	LANES = 8, // of vectors: frames
#else
	LANES = 4,
#endif
	// Octets of frames that are loaded.
	TAGGED_HEAD = 24,
	TYPES_HEAD = 2 * RTE_ETHER_ADDR_LEN + sizeof(uint32_t[4])
};

#ifdef __SSE4_1__
enum {
	FIELDS = offsetof(struct rte_mbuf, rx_descriptor_fields1),
	PKT_LEN = offsetof(struct rte_mbuf, pkt_len) - FIELDS,
	DATA_LEN = offsetof(struct rte_mbuf, data_len) - FIELDS
};
#endif

/** Of the frames of a burst, octets. */
struct lengths {
	uint64_t bytes;
	uint32_t max;
	uint16_t min_first; // of first segments
};

static inline struct lengths look_at_mbufs(struct rte_mbuf **pkts, uint16_t n)
{
#ifdef __SSE4_1__
	// Two lengths lie in 16 octets of the mbuf; sums and extremes of what else is there are not
	// looked at. 32 bits hold the lengths of 32 frames of 128 MiB.
	__m128i sum = _mm_setzero_si128(), most = sum, least = _mm_cmpeq_epi32(sum, sum);

#pragma GCC unroll 4
	for (struct rte_mbuf **at = pkts; at != pkts + n; at++) {
		const struct rte_mbuf *m = *at;
		__m128i fields = _mm_loadu_si128((const void *)m->rx_descriptor_fields1);

		// The driver has just written the mbufs, and received frames begin behind the usual
		// headroom.
		rte_prefetch0((const char *)m->buf_addr + RTE_PKTMBUF_HEADROOM);
		sum = _mm_add_epi32(sum, fields);
		most = _mm_max_epu32(most, fields);
		least = _mm_min_epu16(least, fields);
	}
	return (struct lengths){.bytes = (uint32_t)_mm_extract_epi32(sum, PKT_LEN / 4),
		.max = (uint32_t)_mm_extract_epi32(most, PKT_LEN / 4),
		.min_first = (uint16_t)_mm_extract_epi16(least, DATA_LEN / 2)};
#else
	struct lengths l = {.min_first = UINT16_MAX};

	for (uint16_t i = 0; i < n; i++) {
		const struct rte_mbuf *m = pkts[i];

		rte_prefetch0((const char *)m->buf_addr + RTE_PKTMBUF_HEADROOM);
		l.bytes += m->pkt_len;
		l.max = RTE_MAX(l.max, m->pkt_len);
		l.min_first = RTE_MIN(l.min_first, m->data_len);
	}
	return l;
#endif
}

static inline head load_head(const uint8_t *frame)
{
	head octets;

	memcpy(&octets, frame, sizeof(octets));
	return octets;
}

// Octets 16..23, of tagged frames: both types behind a tag.
static inline uint64_t load_behind(const uint8_t *frame)
{
	uint64_t octets;

	memcpy(&octets, frame + sizeof(head), sizeof(octets));
	return octets;
}

static inline void store_swapped(uint8_t *frame, head octets)
{
	uint8_t v __attribute__((vector_size(16))) = (__typeof__(v))octets;

	v = __builtin_shufflevector(v, v, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
	memcpy(frame, &v, sizeof(v));
}

static inline uint16_t type_in(uint64_t octets, unsigned at)
{
	return (uint16_t)(octets >> 8 * at);
}

// What their octets have in common with those of the first, of frames that all have so many.
static __rte_always_inline void compare(
	struct rte_mbuf **pkts, uint16_t n, bool tagged, bool swap, struct classified *out)
{
	const uint8_t *frame = rte_pktmbuf_mtod(pkts[0], const uint8_t *);
	uint64_t first_behind = tagged ? load_behind(frame) : 0, differ_behind = 0;
	head first = load_head(frame), differ = {0};

#pragma GCC unroll 4
	for (struct rte_mbuf **at = pkts; at != pkts + n; at++) {
		uint8_t *p = rte_pktmbuf_mtod(*at, uint8_t *);
		head octets = load_head(p);

		differ |= octets ^ first;
		if (tagged)
			differ_behind |= load_behind(p) ^ first_behind;
		if (swap)
			store_swapped(p, octets);
	}
	memcpy(out->differ, &differ, sizeof(differ));
	out->differ[2] = differ_behind;
	out->swapped = swap;
}

// A burst whose outer types are all the same TPID: are the types behind it, or behind a second
// tag, all the same too? Then one class is everyone's.
static __rte_noinline bool is_uniform_tagged(const struct classifier *c, struct rte_mbuf **pkts,
	uint16_t n, bool swap, struct classified *out)
{
	uint64_t first = load_behind(rte_pktmbuf_mtod(pkts[0], const uint8_t *));

	if (swap)
		compare(pkts, n, true, true, out);
	else
		compare(pkts, n, true, false, out);
	if (type_in(out->differ[1], 4) != 0)
		return false;
	for (unsigned at = 0; at <= 4 && type_in(out->differ[2], at) == 0; at += 4) {
		out->class[0] = c->of_type[type_in(first, at)];
		out->l2_len[0] = (uint16_t)(18 + at);
		if (out->class[0] != CLASS_TAGGED)
			return out->class[0] != CLASS_LLC;
	}
	return false;
}

static inline uint16_t outer_type(const struct rte_mbuf *m)
{
	uint16_t type_be;

	memcpy(&type_be, rte_pktmbuf_mtod_offset(m, const uint8_t *, 12), sizeof(type_be));
	return type_be;
}

// All frames have one class: it is found without the types of each. Of most bursts that are a
// mixture the first frames tell. Of cold ones they come early: behind a branch on the last one's
// octets nothing would retire until all are there.
static __rte_always_inline bool is_uniform(const struct classifier *c, struct rte_mbuf **pkts,
	uint16_t n, uint16_t min_first, bool swap, struct classified *out)
{
	uint16_t type, differ = 0;

	if (unlikely(min_first < sizeof(head)))
		return false;
	type = outer_type(pkts[0]);
	for (unsigned i = 1; i < LOOK_AHEAD && n >= LOOK_AHEAD; i++)
		differ |= outer_type(pkts[i]) ^ type;
	if (differ != 0)
		return false;
	out->class[0] = c->of_type[type];
	out->l2_len[0] = RTE_ETHER_HDR_LEN;
	if (out->class[0] == CLASS_TAGGED)
		return min_first >= TAGGED_HEAD && is_uniform_tagged(c, pkts, n, swap, out);
	if (out->class[0] == CLASS_LLC)
		return false;
	if (swap)
		compare(pkts, n, false, true, out);
	else
		compare(pkts, n, false, false, out);
	return type_in(out->differ[1], 4) == 0;
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
	lanes row[4], low[2], high[2];
	quad octets[LANES];

	for (unsigned i = 0; i < LANES; i++)
		memcpy(&octets[i], rte_pktmbuf_mtod_offset(pkts[i], const uint8_t *, 12), 16);
	for (unsigned i = 0; i < 4; i++)
		row[i] = JOIN(&octets[i]);
	// Rows to columns.
	for (unsigned i = 0; i < 2; i++) {
		low[i] = FIRST_WORDS(row[2 * i], row[2 * i + 1]);
		high[i] = LAST_WORDS(row[2 * i], row[2 * i + 1]);
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
	struct lengths l = look_at_mbufs(pkts, n);

	out->n = n;
	out->has_short = false;
	out->swapped = false;
	out->bytes = l.bytes;
	out->max_len = l.max;
	out->differ[0] = out->differ[1] = out->differ[2] = UINT64_MAX;
	out->uniform = is_uniform(c, pkts, n, l.min_first, swap, out);
	if (out->uniform)
		return;
	if (likely(l.min_first >= TYPES_HEAD))
		classify_each(c, pkts, n, out);
	else
		walk_each(c, pkts, n, out);
}
