/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_CLASSIFY_INSIDE_H
#define STEER_CLASSIFY_INSIDE_H

/**
 * @file
 * What classify.c and the builds of classify_burst.c share; for nobody else.
 */

#include "steer/classify.h"

// In the map only: read on.
enum {
	CLASS_LLC = 254,   // a length, where LLC classes are registered
	CLASS_TAGGED = 255 // a TPID
};

/** A frame that a burst's pass leaves: short, segmented, of three and more tags, LLC. */
void classify_walk(
	const struct classifier *c, const struct rte_mbuf *m, uint16_t i, struct classified *out);

/** classify_burst(), by classify_burst.c as it is built for each instruction set. */
typedef void classify_pass(const struct classifier *c, struct rte_mbuf **pkts, uint16_t n,
	bool swap, struct classified *out);
classify_pass classify_burst_portable, classify_burst_avx2, classify_burst_avx512;

#endif
