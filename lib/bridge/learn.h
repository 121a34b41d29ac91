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

/**
 * Learn sources of frames that came in at a port, in this order.
 *
 * @return true: one of them is ours (FDB_OWN). That is all that is done for those: their frames
 *         are to be dropped and told of.
 */
bool learn_sources(
	const struct bridge_call *call, uint16_t port, struct fdb_source *sources, uint16_t n);

#endif
