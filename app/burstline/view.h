/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VIEW_H
#define VIEW_H

/**
 * @file
 * The view: everything lanes read that may change while they run. Immutable; replaced by one
 * pointer store and freed after a grace period (view.c). Counters, buckets, rings and handler
 * state outlive views, which only point to them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bridge/bridge.h"
#include "handoff/handoff.h"
#include "plan.h"
#include "steer/dispatch.h"

struct ageing;
struct capture;
struct instance;
struct lane_handler;

enum {
	VIEW_HANDLERS = 2 * (CONF_HANDLERS_MAX + 16)
}; // on one lane: those configured, our own, and
   // as many that they replace

enum view_role { VIEW_PLAIN, VIEW_WIRE, VIEW_REFLECT, VIEW_BRIDGE };

struct view_port {
	bool up;           // takes frames
	bool fcs;          // its frames carry an FCS
	bool flat;         // its device sends no chains of mbufs
	bool capture;      // what it sends is captured
	uint16_t tag_room; // octets by which frames with an outer 0x8100 tag may be longer
	uint32_t max_frame;
};

/** An RX queue that a worker polls. */
struct view_rxq {
	uint16_t port, queue; // DPDK
	enum view_role role;
	uint16_t peer;               // egress port of a wire or reflector
	bool fcs;                    // frames carry an FCS
	bool stamp;                  // the driver leaves mbuf->port
	bool repair;                 // these, cut, or it may strip tags unasked
	bool capture;                // what it receives is captured
	bool special;                // one of these two
	uint32_t cut;                // frames so long may have been cut; 0: none
	const struct bridge *bridge; // whose member it is
};

/** A ring that a lane drains; index = bit in its bitmap. ring NULL: there is none. */
struct view_in {
	struct handoff handoff;
	enum plan_ring_kind kind;
	uint16_t port; // PLAN_RING_TX: DPDK port id
	// PLAN_RING_HANDLER:
	struct lane_handler *handler;
	struct gate *gate;
	uint16_t budget; // frames of a round
};

struct view_lane {
	unsigned n_rxq, n_retired; // below
	uint64_t first;            // rings, below
	struct view_rxq rxq[PLAN_MAX_QUEUES];
	int16_t txq[OUT_PORTS];            // own TX queue, or -1
	int16_t direct[OUT_PORTS];         // the same, of ports that are up and want no more of
	                                   // their frames than to be sent
	struct handoff tx_ring[OUT_PORTS]; // where there is none; ring NULL: port unknown
	struct handoff local;              // second dispatches; ring NULL: has none, or a worker
	struct handoff done;               // finished mbufs, for lanes that may not free them
	uint64_t rings;                    // bits of those that there are
	struct view_in in[HANDOFF_MAX_RINGS];
	unsigned n_handlers;
	struct lane_handler *handler[VIEW_HANDLERS];
	// While handlers are replaced (live.h): bits of rings that wait until others are empty,
	// and, `first`, of those that are drained before anything is received; handlers that are to
	// drain.
	uint64_t held;
	struct lane_handler *retired[VIEW_HANDLERS]; // n_retired
	struct dispatch dispatch;                    // workers
	struct rte_mempool *bridge_pool; // for headers and copies of what a bridge floods
};

struct view {
	uint64_t generation;
	struct classifier *classifier;
	uint16_t done_limit; // of each lane's struct out
	struct view_lane *lane[PLAN_MAX_LCORES];
	struct iface_table ifaces; // as they were when the view was made
	struct iface_index *iface_index;
	struct view_port port[OUT_PORTS];
	struct bridge *bridge[BRIDGE_MAX]; // by id
	struct ageing *ageing[BRIDGE_MAX]; // of these; control's
	unsigned n_ageing;
	const struct capture *capture; // NULL: nobody captures
	struct view *kept; // replaced before this one, and perhaps still read by a stalled lane
};

/** Build a view of the instance as it stands. NULL when out of memory. Management thread. */
struct view *view_create(const struct instance *instance, bool receive);

/**
 * Make `view` the current one and free the old one once no lane reads it.
 *
 * @return 0, or -ETIMEDOUT when a lane did not pass a quiescent point in half a second: the new
 *         view stands, the old one is kept (leaked on purpose), the lane is named in the log.
 */
int view_publish(struct instance *instance, struct view *view);

/** Replace the view by one of the instance as it stands now. False when lanes may still use what
 *  the last one had; the log says why then. Management thread. */
bool view_renew(struct instance *instance, bool receive);

/** Free the last view, when no lane and no telemetry thread runs any more. */
void view_close(struct instance *instance);

#endif
