/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WITHOUT_CAPTURE_H
#define WITHOUT_CAPTURE_H

/* Taken instead of capture_lane.h for capture_cost.sh: lanes without a word of captures. */

#define CAPTURE_LANE_H

#include "lane.h"

struct capture_sending {
	int none;
};

static inline void capture_received(
	struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
}

static inline void capture_send_begin(struct lane *lane, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, struct capture_sending *s)
{
}

static inline void capture_send_end(
	struct lane *lane, uint16_t port, const struct capture_sending *s, uint16_t sent)
{
}

static inline void capture_discarded(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
}

static inline void capture_turn(struct lane *lane)
{
}

static inline void capture_handed(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
}

#endif
