/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLAN_TERMS_H
#define PLAN_TERMS_H

/**
 * @file
 * Private to plan*.c: the arithmetic of a pool, as terms that the reader can follow (--plan shows
 * them). Each is a place where mbufs of the pool can be at the same time as in all the others; one
 * too few looks like an idle port.
 *
 * Functions return 0, or -1 without memory (sentence set).
 */

#include "plan_draft.h"

/** What port `i` takes of its pool for itself. */
int terms_of_port(struct draft *d, unsigned i);

/**
 * What all ports and lcores may take of a pool; `pool->segs` and `cache` are set.
 *
 * @param caches   lcores with a cache of it.
 * @param flooders lcores that make copies of flooded frames from it.
 */
int terms_shared(struct draft *d, struct plan_pool *pool, unsigned caches, unsigned flooders);

/** Mbufs that the terms so far add up to. */
uint64_t terms_sum(const struct plan_pool *pool);

/** Mbufs of `room` octets that a frame takes which would fit one of `frame_room`; both with
 *  headroom. */
unsigned terms_mbufs(unsigned frame_room, unsigned room);

#endif
