/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REDISPATCH_H
#define REDISPATCH_H

/**
 * @file
 * The verdict `local`: a frame's second dispatch. A worker does it itself, at the end of the burst;
 * other lanes hand the frame to a worker.
 */

#include "lane.h"

/** `struct out_ops`: collect the frame. Burst path. */
void redispatch_take(struct out *out, struct rte_mbuf *m, uint16_t iface);

/** redispatch_flush() of something. */
void redispatch_collected(struct lane *lane);

/** Dispatch, or hand over, what was collected; before out_flush(). */
static inline void redispatch_flush(struct lane *lane)
{
	if (unlikely(lane->n_local != 0))
		redispatch_collected(lane);
}

/** From another lane's ring: as if it had been collected here. Worker. */
void redispatch_received(struct lane *lane, struct rte_mbuf **pkts, uint16_t n);

#endif
