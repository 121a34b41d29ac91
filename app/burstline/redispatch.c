/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Second dispatches. Called by the lanes' loops; runs handlers, but only after the one that asked
 * has returned, or when its vector is full. Must not ask for a third.
 */

#include "instance.h"
#include "redispatch.h"

void redispatch_take(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	struct lane *lane = out->owner;

	if (unlikely(frame_meta_is_again(m) || lane->in_local || iface >= lane->view->ifaces.n ||
		     (lane->role != PLAN_WORKER && lane->view_lane->local.ring == NULL))) {
		out_discard(out, m, DROP_LOCAL_LIMIT);
		return;
	}
	frame_meta_set(m, iface, FRAME_META_AGAIN);
	lane->local[lane->n_local++] = m;
	if (lane->n_local == LANE_LOCAL)
		redispatch_flush(lane);
}

void redispatch_received(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;

	classify_burst(lane->view->classifier, pkts, n, false, &c);
	lane->in_local = true;
	dispatch_again(&lane->view_lane->dispatch, pkts, &c, &lane->out, lane->now_tsc);
	lane->in_local = false;
}

static void hand_over(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent;

	// Counted before: what was handed over may be gone at once.
	for (uint16_t i = 0; i < n; i++)
		out_line(&lane->out, pkts[i])->ring_in++;
	sent = handoff_send(&lane->view_lane->local, pkts, n);
	for (uint16_t i = sent; i < n; i++) {
		out_line(&lane->out, pkts[i])->ring_in--;
		out_discard(&lane->out, pkts[i], DROP_HANDLER_RING);
	}
}

void redispatch_collected(struct lane *lane)
{
	uint16_t n = lane->n_local;

	lane->n_local = 0;
	if (lane->role != PLAN_WORKER) {
		hand_over(lane, lane->local, n);
		return;
	}
	for (uint16_t i = 0; i < n; i += CLASSIFY_BURST)
		redispatch_received(
			lane, &lane->local[i], (uint16_t)RTE_MIN(n - i, (int)CLASSIFY_BURST));
}
