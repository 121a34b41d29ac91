/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STALL_H
#define STALL_H

/**
 * @file
 * Rounds of a lane that took long: the lane notes them, management says them. Until one does, a
 * round costs one comparison and one store more. Reading the TSC twice costs as much as a burst
 * does, so handlers in place are timed only for a while after a long round in which one ran.
 */

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

struct instance;
struct lane;

enum {
	STALL_US = 250,    // from which a round is long, unless the command line says otherwise;
	STALL_SHARED = 2,  // so many times that on lanes that may share their CPU
	STALL_BEFORE = 8,  // rounds before it that are shown
	STALL_RECORDS = 8, // that wait for management; a power of two
	STALL_TIMED_S = 60 // so long after such a round handlers in place are timed
};

/** A round in short: its TSC cycles << 16 | its frames, 0xffff at most. */
typedef uint64_t stall_round;

struct stall {
	uint64_t cycles;
	uint32_t frames;
	uint32_t handler;                 // serial of that which took most of it; 0: none did
	uint64_t took;                    // its cycles; 0: it ran, perhaps with others, untimed
	stall_round before[STALL_BEFORE]; // newest first
};

/** Lines of one kind: when the next may come, and what was left out since the last. Management's.
 */
struct stall_said {
	uint64_t next_tsc, longest;
	unsigned left_out;
};

/** A lane's part. */
struct stalls {
	uint64_t threshold; // cycles
	uint64_t timed_end; // TSC until which handlers in place are timed
	stall_round before[STALL_BEFORE];
	_Atomic uint32_t written;  // the lane's
	_Atomic uint32_t read;     // management's
	_Atomic uint32_t lost;     // found no room; the lane's
	_Atomic pid_t thread;      // kernel's id of the lane's thread; 0: it does not run yet
	uint64_t waited_ns;        // by the kernel's count, when management last looked
	struct stall_said said[5]; // by kind: stall_log.c
	struct stall record[STALL_RECORDS];
};

/** Before the lane runs. threshold_us 0: never. */
void stall_open(struct stalls *s, unsigned threshold_us, uint64_t tsc_hz);

/** The lane's thread begins. */
void stall_begin(struct stalls *s);

/** Note a round that took long; `start` is its TSC. Lane. */
void stall_note(struct lane *lane, uint64_t start, uint64_t cycles, unsigned frames);

/** Say what was noted. Management, ten times a second. */
void stall_log_round(struct instance *instance, uint64_t now);

/** After each round. Lane. */
static inline void stall_round_ended(
	struct stalls *s, uint64_t round, uint64_t cycles, unsigned frames)
{
	s->before[round % STALL_BEFORE] = cycles << 16 | (frames < 0xffff ? frames : 0xffff);
}

#endif
