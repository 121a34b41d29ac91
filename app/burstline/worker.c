/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data path. A worker polls its RX queues, classifies each burst, and forwards it (wire,
 * reflect) or dispatches it (plain); it alone touches its queues. Nothing here makes a system
 * call, locks, allocates or logs.
 */

#include <rte_ethdev.h>
#include <rte_ether.h>

#include "capture_lane.h"
#include "instance.h"
#include "lane.h"
#include "redispatch.h"
#include "repair.h"
#include "steer/frame.h"
#include "worker.h"

// To a port that wants more of its frames than to be sent. Returns how many the driver took; the
// rest is at the front of those.
static uint16_t send_special(struct lane *lane, uint16_t port, uint16_t queue,
	struct rte_mbuf **pkts, uint16_t *n, uint64_t *bytes)
{
	const struct view_port *special = &lane->view->port[port];
	struct capture_sending s;
	uint16_t sent;

	if (special->fcs || special->flat)
		*n = repair_to_send(lane, special, pkts, *n, bytes);
	if (lane->send != NULL)
		return lane->send(lane, port, pkts, *n);
	if (!special->capture)
		return rte_eth_tx_burst(port, queue, pkts, *n);
	capture_send_begin(lane, port, pkts, *n, &s);
	sent = rte_eth_tx_burst(port, queue, pkts, *n);
	capture_send_end(lane, port, &s, sent);
	return sent;
}

// To a port that is down, or that another worker sends by, or as above. Returns the same; where the
// frames had another end none is left.
static __rte_noinline uint16_t transmit_special(
	struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t *n, uint64_t *bytes)
{
	int16_t queue = lane->view_lane->txq[port];

	if (lane->view->port[port].up && queue >= 0)
		return send_special(lane, port, (uint16_t)queue, pkts, n, bytes);
	if (lane->view->port[port].up)
		lane_hand_over(lane, port, pkts, *n);
	else
		for (uint16_t i = 0; i < *n; i++)
			lane_discard(lane, pkts[i], port, DROP_TX_DOWN);
	*n = 0;
	*bytes = 0;
	return 0;
}

// Transmit a vector of one ingress port, whose ledger line is `line`. Inline, as what calls it: a
// wire's burst takes one call, to its driver.
static __rte_always_inline void transmit(struct lane *lane, struct ledger_port *line, uint16_t port,
	struct rte_mbuf **pkts, uint16_t n, uint64_t bytes)
{
	int16_t queue = lane->view_lane->direct[port];
	struct ledger_port *egress = &lane->ledger.port[port];
	uint16_t sent;

	if (likely(queue >= 0))
		sent = rte_eth_tx_burst(port, (uint16_t)queue, pkts, n);
	else
		sent = transmit_special(lane, port, pkts, &n, &bytes);
	line->sent += sent;
	egress->tx += sent;
	for (uint16_t i = sent; i < n; i++) {
		bytes -= pkts[i]->pkt_len;
		lane_discard(lane, pkts[i], port, DROP_TX_FULL);
	}
	egress->tx_bytes += bytes;
}

// The same for frames of mixed ingress ports, each counted on its own line.
static __rte_noinline void flush_mixed(
	struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t left, first = 0;

	left = lane_filter(lane, pkts, n, &lane->view->port[port]);
	while (first < left) {
		uint64_t bytes = pkts[first]->pkt_len;
		uint16_t end = first + 1;

		for (; end < left && pkts[end]->port == pkts[first]->port; end++)
			bytes += pkts[end]->pkt_len;
		transmit(lane, out_line(&lane->out, pkts[first]), port, &pkts[first], end - first,
			bytes);
		first = end;
	}
}

// Most vectors came by one port, and all their frames fit.
static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane *lane = out->owner;
	uint32_t shortest = UINT32_MAX, longest = 0;
	uint16_t first = pkts[0]->port, others = 0;
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;

		bytes += len;
		shortest = RTE_MIN(shortest, len);
		longest = RTE_MAX(longest, len);
		others |= pkts[i]->port ^ first;
	}
	if (likely(others == 0 && shortest >= RTE_ETHER_HDR_LEN &&
		    longest <= lane->view->port[port].max_frame))
		transmit(lane, out_line(out, pkts[0]), port, pkts, n, bytes);
	else
		flush_mixed(lane, port, pkts, n);
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	rte_pktmbuf_free_bulk(pkts, n);
}

const struct out_ops worker_out_ops = {
	.flush_port = flush_port,
	.give_back = give_back,
	.send = lane_send,
	.local = redispatch_take,
	.alloc = lane_alloc,
	.discarded = capture_discarded,
};

static void receive_line(struct ledger_port *line, const struct classified *c)
{
	line->rx += c->n;
	line->rx_bytes += c->bytes;
	if (likely(c->uniform)) {
		line->class[c->class[0]] += c->n;
		return;
	}
	for (uint16_t i = 0; i < c->n; i++)
		line->class[c->class[i]]++;
}

// A burst that leaves by one port, in order. `fits`: no frame is too short or too long for it.
static __rte_always_inline void send_burst(struct lane *lane, const struct view_rxq *q,
	uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint64_t bytes, bool fits)
{
	if (unlikely(!fits)) {
		n = lane_filter(lane, pkts, n, &lane->view->port[port]);
		bytes = 0;
		for (uint16_t i = 0; i < n; i++)
			bytes += pkts[i]->pkt_len;
		if (n == 0)
			return;
	}
	transmit(lane, &lane->ledger.port[q->port], port, pkts, n, bytes);
}

// Every frame goes to the peer.
static __rte_always_inline void forward(struct lane *lane, const struct view_rxq *q,
	struct rte_mbuf **pkts, const struct classified *c)
{
	uint32_t max_frame = lane->view->port[q->peer].max_frame;

	send_burst(
		lane, q, q->peer, pkts, c->n, c->bytes, !c->has_short && c->max_len <= max_frame);
}

// MAC addresses, where the classifier has not done it.
static void exchange(struct rte_mbuf **pkts, const struct classified *c)
{
	uint16_t n = c->swapped ? 0 : c->n; // not read again for each frame that is written

#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++)
		frame_swap_addresses(pkts[i]);
}

static __rte_noinline void bridge(struct lane *lane, const struct view_rxq *q,
	struct rte_mbuf **pkts, const struct classified *c)
{
	struct bridge_call call = lane_bridge_call(lane, q->bridge);
	struct bridge_exit exit = bridge_burst(&call, q->port, pkts, c);

	if (exit.n != 0)
		send_burst(lane, q, exit.port, pkts, exit.n, exit.bytes,
			exit.max_len <= lane->view->port[exit.port].max_frame);
}

// A queue whose frames need more than to be received. Returns how many are left.
static uint16_t receive_special(
	struct lane *lane, const struct view_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	if (q->repair)
		n = repair_received(lane, q, pkts, n);
	if (q->capture && n != 0)
		capture_received(lane, q->port, pkts, n);
	return n;
}

void worker_forward(struct lane *lane, const struct view_rxq *q, struct rte_mbuf **pkts, uint16_t n,
	uint64_t now)
{
	struct classified c;

	classify_burst(lane->view->classifier, pkts, n, q->role == VIEW_REFLECT, &c);
	receive_line(&lane->ledger.port[q->port], &c);
	switch (q->role) {
	case VIEW_REFLECT:
		exchange(pkts, &c);
		// fall through
	case VIEW_WIRE:
		forward(lane, q, pkts, &c);
		break;
	case VIEW_BRIDGE:
		bridge(lane, q, pkts, &c);
		break;
	case VIEW_PLAIN:
		dispatch_burst(&lane->view_lane->dispatch, q->port, pkts, &c, &lane->out, now);
		break;
	}
	redispatch_flush(lane);
	out_flush(&lane->out);
}

static uint16_t poll_queue(struct lane *lane, const struct view_rxq *q, uint64_t now)
{
	struct rte_mbuf *pkts[PLAN_BURST];
	uint16_t n = rte_eth_rx_burst(q->port, q->queue, pkts, PLAN_BURST);

	if (n == 0)
		return 0;
	if (unlikely(q->special)) {
		n = receive_special(lane, q, pkts, n);
		if (n == 0)
			return 1; // all were dropped: work, nonetheless
	}
	worker_forward(lane, q, pkts, n, now);
	return n;
}

static unsigned worker_poll(struct lane *lane, uint64_t now)
{
	const struct view_lane *lv = lane->view_lane;
	unsigned work = 0;

	for (unsigned i = 0; i < lv->n_rxq; i++)
		work += poll_queue(lane, &lv->rxq[i], now);
	work += lane_recv(lane);
	lane_tick(lane, now);
	redispatch_flush(lane);
	out_flush(&lane->out);
	return work;
}

int worker_main(void *arg)
{
	lane_run(arg, worker_poll);
	return 0;
}
