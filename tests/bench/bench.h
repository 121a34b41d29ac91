/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_H
#define BENCH_H

/*
 * What the benches share: EAL, memory, frames that come again and again, and the stages of the data
 * path, each a function that is given a burst. count_bench counts their instructions, micro_bench
 * their cycles. No driver, no pool: frames lie in memory of our own and are never freed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_vect.h>

#include "steer/out.h"

enum {
	BENCH_BURST = 64, // frames at most
	BENCH_FRAME = 60  // octets of each
};

/** Start EAL without PCI, telemetry or other lcores; with no arguments but the name also without
 *  hugepages. Ends the program when it cannot. */
void bench_start(const char *name, int argc, char **argv);
void bench_stop(void);

/** For who starts EAL otherwise. */
void bench_adopt(const char *name);

/** The n-th CPU that the program may use, or -1. EAL's main lcore is on number 0. */
int bench_cpu(unsigned n);

/** Say why, stop EAL, exit 1. */
__rte_noreturn void bench_die(const char *what);

/** Zeroed, in huge pages where the kernel gives them. Never NULL. */
void *bench_memory(size_t size);
void bench_release(void *memory, size_t size);

/** TSC, when all before is done and nothing behind has begun: a fence for memory alone lets loads
 *  begin before the clock is read, which hides what one cold frame costs. */
static inline uint64_t bench_clock(void)
{
	uint64_t now;

#ifdef RTE_ARCH_X86
	_mm_mfence();
	_mm_lfence();
	now = rte_rdtsc();
	_mm_lfence();
#else
	now = rte_rdtsc_precise();
#endif
	return now;
}

/** xorshift: the same numbers in every run. */
uint64_t bench_random(void);
void bench_reseed(void);

/** By size, in place. */
void bench_sort(uint64_t *values, size_t n);
double bench_median(double *values, unsigned n);

/** Print a target's line as targets.py reads it: no more than `most` is promised. why: said of what
 *  does not hold, where the time goes as far as it is known; or NULL. */
void bench_target(const char *what, double found, double most, double aim, const char *why);

/** Verdicts lead nowhere: the frames stay ours. */
extern const struct out_ops bench_out_ops;

/** A burst, as a driver gives it. */
struct burst {
	uint32_t at; // number of its first item in the set
	uint16_t n;
	struct rte_mbuf *pkts[BENCH_BURST];
};

/* Frames. */

/** Types of frames of one kind, from octet 12 on, in network order, and how many there are. */
struct shape {
	unsigned percent;
	unsigned len;
	uint8_t types[10];
};

struct traffic {
	const char *name;
	struct shape shapes[8]; // percents sum to 100
};

/** u4 q1 qq mix turns worst */
const struct traffic *traffic_find(const char *name);

/** n frames of this traffic to `bench_ours`, kinds and places in no order, as a pool in use hands
 *  them out. */
void frames_fill(const struct traffic *t, uint32_t n);

/** n hosts with addresses that follow each other; the first as fdb_key() has it. */
struct hosts {
	uint64_t first;
	uint32_t n;
};

/** n frames of one shape, each from the next of `src` to the next of `dst`; their places in no
 *  order. */
void frames_fill_hosts(
	const struct hosts *dst, const struct hosts *src, const struct shape *shape, uint32_t n);

/** The burst's frames as they were filled. */
void frames_restore(struct burst *b);

/** The burst that begins at frame `at`. Their mbufs have just been written, as by a driver. */
void frames_take(struct burst *b, uint32_t at, uint16_t n);

extern const uint8_t bench_ours[6];

/* Stages. */

struct stage {
	const char *name;
	const char *traffic;    // "" where there is no choice
	uint32_t footprint;     // octets of cache that an item takes
	uint32_t counted_items; // of the set when instructions are counted; 0: not counted
	bool is_timed;
	/** Make the set of n items. */
	void (*open)(const struct stage *s, uint32_t n);
	/** The burst that begins at item `at`: frames_take() or other items. */
	void (*take)(struct burst *b, uint32_t at, uint16_t n);
	/** Before and after each burst, not measured; or NULL. */
	void (*ready)(struct burst *b);
	void (*after)(struct burst *b);
	void (*run)(struct burst *b);
	/** Instead of `run`, so many bursts of 32, one after the other; or NULL. Counted only. */
	void (*run_rounds)(uint32_t rounds);
	/** After `frames` went through: die when they did not go where they should; or NULL. */
	void (*check)(uint64_t frames);
};

enum { FRAME_FOOTPRINT = 128 }; // a line of the mbuf and one of the frame

/** Each ends with one that has no name. */
extern const struct stage steer_stages[], rival_stages[], wire_stages[], fdb_stages[],
	bridge_stages[], lane_stages[];

#endif
