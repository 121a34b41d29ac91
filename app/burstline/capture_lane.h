/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_LANE_H
#define CAPTURE_LANE_H

/**
 * @file
 * The lanes' side of a capture. Burst path, but only while a capture runs: queues and ports that
 * are captured are marked in the view as those that need repair are, and `struct out` shows drops
 * only when it is told to; so a lane without a capture asks nothing.
 */

#include <stdatomic.h>
#include <stdint.h>

#include <pcap/pcap.h>

#include "base/ledger.h"
#include "capture/ring.h"
#include "lane.h"

enum {
	CAPTURE_RING = 4 << 20, // octets of a lane's ring
	CAPTURE_LOW = 64 << 10, // with less room a burst is not looked at
	CAPTURE_NAME = 32       // a handler's name and its end
};

/** A frame in a lane's ring. */
struct capture_record {
	struct capture_head head;
	uint64_t tsc;
	uint32_t captured, length;
	uint16_t ingress, egress; // DPDK port ids; RTE_MBUF_PORT_INVALID: none, or not known
	uint8_t at;               // enum capture_at
	uint8_t reason;
	char handler[CAPTURE_NAME]; // that had it; "": none
	uint8_t octets[];
};

/** One lane's part. */
struct capture_lane {
	struct capture_ring ring;
	_Atomic uint64_t
		missed[LEDGER_PORTS]; // by the port it would have been shown at; the lane's
};

/** What lanes read. Immutable but for lanes that come later. */
struct capture {
	unsigned at;      // bit set of enum capture_at
	int reason;       // of drops; -1: all
	uint64_t ports;   // bit set of ledger lines
	uint32_t snaplen; // octets
	bool filters;
	struct bpf_program filter;
	uint32_t mark; // tells frames that a lane of this session has handed over
	_Atomic(struct capture_lane *) lane[PLAN_MAX_LCORES];
};

/** Frames that are about to be sent: recorded, not published. */
struct capture_sending {
	uint64_t missed;             // bit i: frame i found no room
	uint64_t end[OUT_BURST + 1]; // of the ring when i frames have been sent
	bool full;
};
_Static_assert((int)PLAN_BURST <= (int)OUT_BURST && (int)OUT_BURST <= 64, "frames of a call");

/** Received frames of one queue. */
void capture_received(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n);

/** n frames before the driver takes them, then that it took the first `sent`. */
void capture_send_begin(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	struct capture_sending *s);
void capture_send_end(
	struct lane *lane, uint16_t port, const struct capture_sending *s, uint16_t sent);

/** `struct out_ops`: a frame was dropped. */
void capture_discarded(struct out *out, struct rte_mbuf *m, enum drop_reason reason);

/** Frames that go to another lane to be sent: who had them goes with them. */
void capture_mark(struct lane *lane, struct rte_mbuf **pkts, uint16_t n);

/** The burst function of an inline handler; state: its struct lane_handler. */
void capture_inline(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out);

/** After a handler, or frames of another lane: those in the vectors leave while it is known whose
 *  they are. What is polled and dispatched in place has left before. */
static inline void capture_turn(struct lane *lane)
{
	if (unlikely(lane->view->capture != NULL))
		out_flush(&lane->out);
}

/** Before frames go to another lane. */
static inline void capture_handed(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	if (unlikely(lane->view->capture != NULL))
		capture_mark(lane, pkts, n);
}

#endif
