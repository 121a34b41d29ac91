/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_LEARN_H
#define BRIDGE_LEARN_H

/**
 * @file
 * Sources that are not simply known: learned, counted and told of. Internal to lib/bridge; burst
 * path of a worker.
 */

#include "bridge/inside.h"

/** Something was noticed that people may want to know. */
void learn_tell(const struct bridge_call *call, enum bridge_event_kind kind, uint64_t key,
	uint16_t port, uint8_t was);

/** Sources of frames that came in at a port are learned, from now until learn_end(). */
static inline struct fdb_learning learn_begin(const struct bridge_call *call, uint16_t port)
{
	return fdb_learning_begin(call->bridge->fdb, (uint8_t)port, call->seconds,
		&call->lane->learn[port], call->now);
}

/** Counts those that were added. */
static inline void learn_end(const struct bridge_call *call, struct fdb_learning *l)
{
	fdb_learning_end(l);
	counts_of(call, l->port)->learned += l->added;
}

/**
 * Learn sources of frames that came in at a port, in this order.
 *
 * @return true: one of them is ours (FDB_OWN). That is all that is done for those: their frames
 *         are to be dropped and told of.
 */
bool learn_sources(
	const struct bridge_call *call, uint16_t port, struct fdb_source *sources, uint16_t n);

#endif
