/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LANE_H
#define LANE_H

/**
 * @file
 * A lane: what one lcore or `own` thread owns, whatever its role. Its counters, its output, the
 * rings it drains, the handler instances it runs. Nobody else writes to it; others read counters.
 *
 * A lane outlives views; what may change while it runs hangs from the view.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

#include "base/ledger.h"
#include "bridge/bridge.h"
#include "handler.h"
#include "handoff/handoff.h"
#include "plan.h"
#include "stall.h"
#include "steer/dispatch.h"
#include "view.h"

struct instance;

enum { LANE_BACKLOG = 8192, LANE_LOCAL = 64 };

/** What the watchdog saw of a handler when it last looked. Management's. */
struct lane_watch {
	uint64_t tsc, busy_cycles, frames, bursts;
	bool slow; // and it has said so
};

/** A handler instance on its lane. */
struct lane_handler {
	const struct handler *handler;
	struct handler_env env; // what init() was given; the handler may point to it
	void *state;
	uint32_t serial; // 1 and up; no two of a program have the same
	struct handler_counts counts;
	uint64_t busy_cycles; // in its burst function, where it is not inline
	struct lane_watch watch;
	struct handler_counts before; // of the instances that it replaced
	struct gate gone;             // counters of rings that were replaced
	int64_t open;                 // account.c: handler_open() after its last call
	unsigned faults;
};

struct lane {
	// Each round reads or writes these: two cache lines.
	const struct instance *instance;
	const struct view *view;           // of this round
	const struct view_lane *view_lane; // this lane's part of it
	unsigned id;              // EAL lcore (but PLAN_OWN), index in plan and view, QSBR thread
	uint32_t seconds;         // since instance->start_tsc
	uint64_t now_tsc;         // start of this round
	uint64_t next_second_tsc; // when `seconds` goes on
	uint64_t next_tick_tsc;
	uint64_t last_work_tsc;
	_Atomic uint64_t alive_tsc;        // start of the last round, for who watches
	uint64_t busy_cycles, idle_cycles; // rounds that moved frames, rounds that did not
	uint64_t rounds, busy_rounds;
	enum plan_role role;
	uint16_t n_local;   // frames in `local`
	bool in_local;      // a second dispatch is under way
	_Atomic bool leave; // this lane is to end, whatever the others do

	struct rte_mempool *pool;      // for frames that its handlers make
	struct unknown_types *unknown; // [OUT_PORTS]; workers
	struct dispatch_known known;   // workers

	struct out out;
	struct ledger ledger;
	struct ledger_snapshot snapshot;
	struct handoff_pending pending; // rings that hold something for us
	uint64_t rings;                 // bits of rings that there are; management's

	struct stalls stalls;
	_Atomic uint64_t call_tsc; // start of the last call of a handler that is not inline
	uint64_t stalled_tsc;      // since when it has stood still, if that was said; management's
	_Atomic bool drained;      // handlers have released what they held
	_Atomic uint64_t retired;  // generation of the last view whose retired handlers drained
	_Atomic bool ended;        // it has left lane_run()
	pthread_t thread;          // PLAN_OWN, if `started`; management's
	bool started;

	uint16_t egress; // of the frame that is being dropped; RTE_MBUF_PORT_INVALID: not known
	bool handed;     // frames that another lane handed over are being sent
	// In place of the driver, on the lane that a frame is only tried on; NULL on all others.
	uint16_t (*send)(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n);
	struct explain_lane *explain;

	struct lane_handler *accounted;     // account.c: the handler that runs
	struct rte_mbuf *local[LANE_LOCAL]; // with the verdict local, to be dispatched

	struct bridge_lane *bridge[BRIDGE_MAX];

	// Finished mbufs that did not fit their ring to a worker; retried each round.
	unsigned n_backlog;
	struct rte_mbuf *backlog[LANE_BACKLOG];
};

_Static_assert(offsetof(struct lane, leave) < 2 * RTE_CACHE_LINE_SIZE, "in two cache lines");

/** TSC cycles since a lane began its last round, for who watches it. It may have begun one just
 * now, and by the clock of its CPU a little later than now: 0. */
static inline uint64_t lane_silence(const struct lane *lane)
{
	uint64_t alive = atomic_load_explicit(&lane->alive_tsc, memory_order_relaxed);
	uint64_t now = rte_rdtsc();

	return now > alive ? now - alive : 0;
}

/**
 * The loop of a lane, until PHASE_STOP or lane->leave: each round takes the current view, calls
 * `poll` and ends with a burst boundary (snapshot, quiescence, cycles, nap).
 *
 * @param poll what the role does in a round; returns the number of frames that moved.
 */
void lane_run(struct lane *lane, unsigned (*poll)(struct lane *lane, uint64_t now));

/** lane_recv() when a ring may hold something. */
unsigned lane_recv_pending(struct lane *lane);

/** Drain the rings that hold something: run handlers, collect frames to send, free finished
 *  ones. Returns the number of mbufs taken. */
static inline unsigned lane_recv(struct lane *lane)
{
	return likely(!handoff_is_pending(&lane->pending)) ? 0 : lane_recv_pending(lane);
}

/** lane_tick() when it is time. */
void lane_tick_due(struct lane *lane, uint64_t now);

/** Between these two a handler's functions run, except its burst in place on a worker: so a
 * watchdog sees it, and its time is counted. The second one returns the TSC. */
void lane_enter(struct lane *lane, struct lane_handler *h);
uint64_t lane_leave(struct lane *lane);

/** Call the handlers' timers when a millisecond has passed. */
static inline void lane_tick(struct lane *lane, uint64_t now)
{
	if (unlikely(now >= lane->next_tick_tsc))
		lane_tick_due(lane, now);
}

/** Drop frames shorter than an Ethernet header or longer than `port` can send; returns how many are
 *  left at the front of pkts. */
uint16_t lane_filter(
	struct lane *lane, struct rte_mbuf **pkts, uint16_t n, const struct view_port *port);

/** What a bridge's functions need of the lane in this round. */
static inline struct bridge_call lane_bridge_call(struct lane *lane, const struct bridge *bridge)
{
	return (struct bridge_call){
		.bridge = bridge,
		.lane = lane->bridge[bridge->id],
		.dispatch = &lane->view_lane->dispatch,
		.out = &lane->out,
		.pool = lane->view_lane->bridge_pool,
		.now = lane->now_tsc,
		.seconds = lane->seconds,
	};
}

/** Drop a frame on its way out of `port`. */
static inline void lane_discard(
	struct lane *lane, struct rte_mbuf *m, uint16_t port, enum drop_reason reason)
{
	lane->egress = port;
	out_discard(&lane->out, m, reason);
	lane->egress = RTE_MBUF_PORT_INVALID;
}

/** Put n frames into the ring to the owner of the port's TX queue; drops what does not fit. */
void lane_hand_over(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n);

/** `struct out_ops` parts that every lane shares. */
void lane_send(struct out *out, struct rte_mbuf *m, uint16_t iface);
struct rte_mbuf *lane_alloc(struct out *out);

#endif
