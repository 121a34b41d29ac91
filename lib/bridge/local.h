/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_LOCAL_H
#define BRIDGE_LOCAL_H

/**
 * @file
 * Frames of a bridge that are for our own interfaces. Internal; burst path.
 */

#include "bridge/inside.h"

/** Frames for handlers, by class, until the burst's end. */
struct local {
	uint16_t n;
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	uint8_t class[CLASSIFY_BURST];
};

/** A frame to an address of ours, or to a reserved one that a handler takes: its way, or the drop
 *  that is its end. Takes the frame. */
void local_take(const struct bridge_call *call, uint16_t port, struct rte_mbuf *m,
	const struct inside *in, uint8_t class, uint16_t l2_len, struct local *local);

/** A private copy of a broadcast, when an interface of its VLAN has a handler for it. */
void local_copy(const struct bridge_call *call, uint16_t port, const struct rte_mbuf *m,
	const struct inside *in, uint8_t class, uint16_t l2_len, struct local *local);

/** Give what was collected to the handlers, one call a class. */
void local_deliver(const struct bridge_call *call, uint16_t port, struct local *local);

#endif
