/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EXPLAIN_BUILD_H
#define EXPLAIN_BUILD_H

/**
 * @file
 * The lane that explain.c tries a frame on: a copy of the live lane that polls the port, whose
 * every pointer to something that lanes write leads to a copy. Management thread.
 */

#include "bridge/scratch.h"
#include "lane.h"
#include "view.h"

struct instance;
struct port;

enum { EXPLAIN_ENDS = 128 };

enum explain_kind { EXPLAIN_SENT, EXPLAIN_DROPPED, EXPLAIN_HANDED };

/** Where the frame, or a copy of it, comes to. */
struct explain_end {
	enum explain_kind kind;
	uint16_t port; // sent, or dropped on the way there (or RTE_MBUF_PORT_INVALID)
	enum drop_reason reason;
	uint16_t iface;                 // handed
	uint32_t n;                     // octets, sent and handed
	uint8_t *octets;                // from malloc()
	const struct handler *handler;  // handed
	const struct plan_lcore *lcore; // that runs it; NULL: in place
};

/** A ring to a handler, as full as the live one, and its gate. */
struct explain_ring {
	struct gate gate;
	struct handoff_pending pending;
	struct rte_ring *ring; // from malloc(); NULL: not used
	const struct view_in *live;
	const struct plan_lcore *lcore;
};

struct explain_lane {
	struct lane lane;
	struct view view;
	struct view_lane view_lane;
	struct view_rxq rxq;
	struct out_ops ops;
	struct unknown_types unknown[OUT_PORTS];
	uint8_t class;
	struct dispatch_police police;
	struct explain_ring ring[DISPATCH_TARGETS];
	struct handler_counts counts; // of an inline handler
	const struct lane_handler *handler;
	struct bridge *bridge; // of the port, or NULL
	struct bridge_glance glance;
	struct bridge_lane bridge_lane;
	struct bridge_events bridge_events;
	struct bridge_vlan_counts vlans[FDB_VLANS];
	unsigned n_ends;
	struct explain_end end[EXPLAIN_ENDS];
};

/** The mbufs that frames are tried in: a pool of their own, in ordinary memory. NULL: no memory. */
struct rte_mempool *explain_pool(void);

/**
 * Make the lane for a frame.
 *
 * @param m     the frame, from `pool`, in one segment.
 * @param frame its octets, BRIDGE_SCRATCH_READ readable.
 * @return NULL with a sentence: no memory, or nobody receives from the port.
 */
struct explain_lane *explain_lane_create(const struct instance *instance, struct rte_mempool *pool,
	const struct port *port, struct rte_mbuf *m, const uint8_t *frame, char *error,
	size_t error_size);

/** Find what lies in the rings to handlers; the frame has been tried. */
void explain_lane_collect(struct explain_lane *e);

void explain_lane_free(struct explain_lane *e);

#endif
