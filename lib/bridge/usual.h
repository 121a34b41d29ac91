/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_USUAL_H
#define BRIDGE_USUAL_H

/**
 * @file
 * The bursts that most traffic is made of. Internal; burst path.
 */

#include "bridge/inside.h"

/**
 * A burst of known or new sources to known members, whose tags follow one rule. False: it is not
 * such a burst, nothing was done and no frame was taken.
 */
bool usual_burst(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit);

#endif
