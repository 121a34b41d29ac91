/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPAIR_H
#define REPAIR_H

/**
 * @file
 * What some queues need besides rx and tx: what their driver leaves undone, and the FCS of ports
 * whose frames carry one. Burst path, out of line: most ports never come here.
 */

#include "lane.h"

/**
 * Make received frames what the rest expects: port number, tags in the bytes, no FCS.
 *
 * @return frames left at the front of pkts; those with a wrong FCS were counted and dropped.
 */
uint16_t repair_received(
	struct lane *lane, const struct view_rxq *q, struct rte_mbuf **pkts, uint16_t n);

/**
 * Make frames as the egress port wants them: in one mbuf, with their FCS appended.
 *
 * @param bytes octets of the frames, kept up to date.
 * @return      frames left at the front of pkts; those without room were dropped.
 */
uint16_t repair_to_send(struct lane *lane, const struct view_port *port, struct rte_mbuf **pkts,
	uint16_t n, uint64_t *bytes);

#endif
