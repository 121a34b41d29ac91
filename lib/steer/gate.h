/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_GATE_H
#define STEER_GATE_H

/**
 * @file
 * The ring from one worker to one handler instance: what it takes in when the handler is slower
 * than the wire, and how long frames wait in it.
 *
 *     0 ........ low ........ high ........ size - reserve ... size
 *     frames in the ring
 *                             above `high`: DEI 1 is dropped
 *                                           above: only PCP 6 and 7 come in
 *
 * Priority and DEI are those of the outermost tag (IEEE 802.1Q 9.6); a frame without one is a
 * normal frame. Nothing here reorders what comes in.
 *
 * Thread-safety: gate_send() by the worker, gate_shed(), gate_arrive() and gate_leave() by the
 * handler's lane; each side writes only its own half. Context: burst path.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "handoff/handoff.h"
#include "steer/out.h"

enum gate_overload {
	GATE_DROP_TAIL, // what does not fit is dropped
	GATE_DROP_HEAD, // above `high` the consumer drops the oldest down to `low`
	GATE_PASS       // what does not fit goes to a port
};

enum {
	GATE_WAITS = 24,      // entries of the histogram: the last is everything from 4 s on
	GATE_STAMP_SHIFT = 10 // a stamp counts 1024 TSC cycles
};

/** What the worker counts: X(field, help). */
// clang-format off
#define GATE_IN_FIELDS(X) \
	X(entered,   "frames that came into the ring") \
	X(drop_tail, "dropped: no room") \
	X(replaced,  "dropped: no room, while the ring waited for another to run empty") \
	X(drop_dei,  "dropped: drop eligible (DEI) above the high-water mark") \
	X(passed,    "sent to the port that pass-to names")
// clang-format on

struct gate {
	// Set at creation.
	struct handoff handoff;
	enum gate_overload overload;
	uint16_t pass_port; // DPDK port id
	uint32_t size;      // frames that it holds
	uint32_t low, high; // marks; low is drop-head's
	uint32_t reserve;   // places for PCP 6 and 7 alone
	uint64_t us_scale;  // stamps to microseconds, times 2^32
	// The handler takes another's place and waits until that one's ring is empty: what does not
	// fit meanwhile is dropped for that reason. Management's.
	_Atomic bool replaces;

	// The worker's.
	_Alignas(RTE_CACHE_LINE_SIZE) uint64_t peak; // most frames there ever were
#define X(field, help) uint64_t field;
	GATE_IN_FIELDS(X)
#undef X

	// The handler's lane's.
	_Alignas(RTE_CACHE_LINE_SIZE) uint64_t drop_head; // dropped: the oldest, to make room
	bool sheds;                 // it was too full, and is not down to `low` yet
	uint64_t waits[GATE_WAITS]; // frames by time from here to the verdict: entry n is less than
	                            // 2^n us
};

/** Frames of one burst that came into the ring at the same time. */
struct gate_arrivals {
	uint16_t n;
	uint32_t stamp[OUT_BURST];
	uint16_t frames[OUT_BURST];
};

/** The marks of a ring of `slots` (a power of two) and the scale of a clock of `hz`. Cold. */
void gate_init(struct gate *g, uint32_t slots, enum gate_overload overload, uint64_t hz);

/** Add the counters of a ring to a sum. Cold. */
void gate_add(struct gate *sum, const struct gate *g);

/**
 * Send n frames of one ingress port to the handler. What is not taken in is dropped by name, or
 * passed on.
 *
 * @param pkts owned by the callee from now on; their frame_meta() is set.
 * @param now  TSC, of this round: what the wait is counted from.
 */
void gate_send(struct gate *g, struct rte_mbuf **pkts, uint16_t n, uint16_t port, struct out *out,
	uint64_t now);

/**
 * Drop-head, before a round of the handler: above the high-water mark, drop the oldest down to the
 * low one, in as many calls as it takes. Frames with PCP 6 and 7 among them are not dropped.
 *
 * @param most frames to take out in this call: what is dropped has to find room.
 * @param keep gets these, in order: room for OUT_BURST.
 * @param n    number of them; when it is not 0 they are to be handled before another call.
 * @return frames taken out of the ring; 0: it is not too full.
 */
uint16_t gate_shed(
	struct gate *g, uint16_t most, struct rte_mbuf **keep, uint16_t *n, struct out *out);

/** Remember when n (1..OUT_BURST) frames came; they are the handler's afterwards. */
void gate_arrive(struct rte_mbuf **pkts, uint16_t n, struct gate_arrivals *a);

/** Count their waits: they have got their verdicts at `now` (TSC). */
void gate_leave(struct gate *g, const struct gate_arrivals *a, uint64_t now);

#endif
