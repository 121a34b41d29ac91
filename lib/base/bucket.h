/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

/**
 * @file
 * Token bucket in TSC cycles: one per worker, ingress port and handler, so it has one user and
 * needs no atomics; only its limits may be set from another thread meanwhile. Takes many tokens in
 * one call; no division on the fast path.
 */

#include <stdint.h>

struct bucket {
	uint64_t cycles_per_token; // 0: unlimited
	uint64_t depth_cycles;     // burst, expressed as time
	uint64_t level_cycles;     // credit now, 0..depth_cycles
	uint64_t last_tsc;
};

/**
 * Set rate and burst, and leave what is in it. Of zeros, it starts full.
 *
 * @param rate_pps tokens a second; 0 means unlimited.
 * @param burst    tokens the bucket can hold; at least 1 is used.
 * @param hz       TSC cycles a second.
 *
 * Thread-safety: any thread, while its user takes: each limit is one word, and what is above the
 * depth is cut at the next take.
 */
static inline void bucket_limit(struct bucket *b, uint64_t rate_pps, uint32_t burst, uint64_t hz)
{
	uint64_t cost = rate_pps == 0 ? 0 : (hz + rate_pps - 1) / rate_pps;

	__atomic_store_n(&b->depth_cycles, cost * (burst == 0 ? 1 : burst), __ATOMIC_RELAXED);
	__atomic_store_n(&b->cycles_per_token, cost, __ATOMIC_RELAXED);
}

/** The same for one that nobody uses yet; starts full. */
static inline void bucket_init(
	struct bucket *b, uint64_t rate_pps, uint32_t burst, uint64_t hz, uint64_t now_tsc)
{
	bucket_limit(b, rate_pps, burst, hz);
	b->level_cycles = b->depth_cycles;
	b->last_tsc = now_tsc;
}

/** Take up to `n` tokens; returns how many there were. */
static inline uint16_t bucket_take(struct bucket *b, uint16_t n, uint64_t now_tsc)
{
	uint64_t cost = __atomic_load_n(&b->cycles_per_token, __ATOMIC_RELAXED), depth;

	if (cost == 0)
		return n;
	b->level_cycles += now_tsc - b->last_tsc;
	b->last_tsc = now_tsc;
	depth = __atomic_load_n(&b->depth_cycles, __ATOMIC_RELAXED);
	if (b->level_cycles > depth)
		b->level_cycles = depth;
	if (b->level_cycles >= cost * n) {
		b->level_cycles -= cost * n;
		return n;
	}
	n = (uint16_t)(b->level_cycles / cost);
	b->level_cycles -= cost * n;
	return n;
}

/** Put back `n` tokens that were taken at this moment and not used. */
static inline void bucket_put(struct bucket *b, uint16_t n)
{
	b->level_cycles += __atomic_load_n(&b->cycles_per_token, __ATOMIC_RELAXED) * n;
}

#endif
