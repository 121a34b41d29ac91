/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HOP_H
#define HOP_H

/* A ring to a handler's lane on a second CPU. */

#include "bench.h"

/** The worker's side, as a stage whose `ready` waits until no ring is too full. */
extern const struct stage hop_stage;

/** The handler's lane begins and ends, on the CPU that bench_start() did not take. False: there is
 *  none. */
bool hop_begin(void);

/** Its cycles a frame in each burst that it found, sorted into *cycles, times HOP_SCALE; how many.
 */
unsigned hop_end(uint64_t **cycles);

enum { HOP_SCALE = 16 };

/** TSC cycles that a line takes from one of these CPUs to the other, now; 0: there is one CPU. */
double hop_line(void);

#endif
