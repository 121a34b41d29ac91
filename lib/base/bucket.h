/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

/**
 * @file
 * Token bucket in TSC cycles: one per worker, ingress port and handler, so it has one user and
 * needs no atomics. Takes many tokens in one call; no division on the fast path.
 */

#include <stdint.h>

struct bucket {
	uint64_t cycles_per_token; // 0: unlimited
	uint64_t depth_cycles;     // burst, expressed as time
	uint64_t level_cycles;     // credit now, 0..depth_cycles
	uint64_t last_tsc;
};

/**
 * Set rate and burst; starts full.
 *
 * @param rate_pps tokens a second; 0 means unlimited.
 * @param burst    tokens the bucket can hold; at least 1 is used.
 * @param hz       TSC cycles a second.
 */
static inline void bucket_init(
	struct bucket *b, uint64_t rate_pps, uint32_t burst, uint64_t hz, uint64_t now_tsc)
{
	b->cycles_per_token = rate_pps == 0 ? 0 : (hz + rate_pps - 1) / rate_pps;
	b->depth_cycles = b->cycles_per_token * (burst == 0 ? 1 : burst);
	b->level_cycles = b->depth_cycles;
	b->last_tsc = now_tsc;
}

/** Take up to `n` tokens; returns how many there were. */
static inline uint16_t bucket_take(struct bucket *b, uint16_t n, uint64_t now_tsc)
{
	uint64_t cost = b->cycles_per_token;

	if (cost == 0)
		return n;
	b->level_cycles += now_tsc - b->last_tsc;
	b->last_tsc = now_tsc;
	if (b->level_cycles > b->depth_cycles)
		b->level_cycles = b->depth_cycles;
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
	b->level_cycles += b->cycles_per_token * n;
}

#endif
