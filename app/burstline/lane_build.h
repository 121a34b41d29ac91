/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LANE_BUILD_H
#define LANE_BUILD_H

/**
 * @file
 * Lanes, the rings between them and the handlers on them, one by one: at the start, at the end,
 * and while other lanes run. Management thread (the main thread before and after it).
 *
 * To take something away: publish a view without it, await the grace period (view_publish), then
 * destroy it. To add something: create it, then publish a view that has it.
 */

#include <stddef.h>

#include "instance.h"

/** The node for memory that is to lie on `node`, as rte_malloc takes it. */
int build_node(const struct plan *plan, unsigned node);

/**
 * Make a lane as plan->lcores[id] says, without rings and handlers. It runs from lane_start() on,
 * or when EAL launches its main function.
 *
 * @return 0, or -1 without memory; lane_destroy() releases what was made either way.
 */
int lane_create(struct instance *instance, unsigned id);

/** Free a lane that has ended or never ran and is in no view; its ledger stays in the sums. */
void lane_destroy(struct instance *instance, unsigned id);

/**
 * Start the thread of a lane for one handler (PLAN_OWN): on its CPU, at nice 10. It is no lcore of
 * EAL: those exist from the start only, and rte_thread_register() would end multi-process support
 * (pdump) for good. So it has no cache of any pool and never needs one.
 *
 * @return 0 or -errno.
 */
int lane_start(struct lane *lane);

/** Ask a lane of its own thread to end and await it; others may go on.
 *  @return false when it did not within `ms`: it is still there, then. */
bool lane_stop(struct lane *lane, unsigned ms);

/**
 * Make a ring as planned, with a place in its consumer's bitmap.
 *
 * @return 0, or -1 with a sentence in `error` and nothing made.
 */
int lane_ring_create(struct instance *instance, const struct plan_ring *plan, struct handoff *ring,
	char *error, size_t error_size);

/** Free a ring that is empty and in no view. */
void lane_ring_destroy(
	struct instance *instance, const struct plan_ring *plan, struct handoff *ring);

/**
 * Make instance `i` of the plan: its state by init(), its counters.
 *
 * @return the handler, or NULL with a sentence in `error` and nothing made.
 */
struct lane_handler *lane_handler_create(
	const struct instance *instance, unsigned i, char *error, size_t error_size);

/** End it by fini() and free it; no lane runs it any more. NULL is fine. */
void lane_handler_destroy(struct lane_handler *h);

/** The gate of a ring to a handler; `ring` is copied and stays the caller's. NULL without memory.
 *  Freed by rte_free(). */
struct gate *lane_gate_create(
	const struct instance *instance, const struct plan_ring *plan, const struct handoff *ring);

/** The police of instance `i` on one worker, its buckets full; NULL without memory. Freed by
 *  rte_free(). */
struct dispatch_police *lane_police_create(
	const struct instance *instance, unsigned i, unsigned lane);

#endif
