/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_LEDGER_H
#define BASE_LEDGER_H

/**
 * @file
 * The ledger: every frame leaves by exactly one named exit.
 *
 * Each lcore counts for itself, per ingress port, and at each of its burst boundaries
 *
 *     rx + originated + copies + ring_out + kept_out
 *         = sent + consumed + sum(drops) + ring_in + kept_in
 *
 * holds for its own counters alone, because what it took in equals what it passed on. The sum over
 * lcores therefore balances whatever the moments at which each one's copy was taken:
 *
 *     rx + originated + copies = sent + consumed + kept + in_flight + sum(drops)
 *     kept = kept_in - kept_out          in_flight = ring_in - ring_out
 *
 * Thread-safety: one writer (the lcore that owns the struct); others read copies that the owner
 * takes at a burst boundary (`ledger_answer`). Units are frames unless a name says bytes.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"

enum {
	LEDGER_PORTS = 33,              // RTE_MAX_ETHPORTS of Debian's DPDK, and `self`
	LEDGER_SELF = LEDGER_PORTS - 1, // ingress "port" of frames that we make
	LEDGER_CLASSES = 32             // of steer/classify.h
};

// clang-format off
/** Counters of one lcore for the frames of one ingress port: X(field, help). */
#define LEDGER_FIELDS(X) \
	X(rx,         "frames received from the driver") \
	X(rx_bytes,   "octets of these frames") \
	X(originated, "frames made by handlers") \
	X(copies,     "copies made of frames") \
	X(sent,       "frames accepted by a driver, on any port") \
	X(consumed,   "frames whose handler is done with them") \
	X(kept_in,    "frames a handler began to hold") \
	X(kept_out,   "held frames that got another verdict") \
	X(ring_in,    "frames put into a ring between lcores") \
	X(ring_out,   "frames taken out of such a ring")
// clang-format on

// clang-format off
/** Beside the equation: what drivers accepted for this port as the egress. */
#define LEDGER_EGRESS_FIELDS(X) \
	X(tx,         "frames accepted by this port's driver, from any port") \
	X(tx_bytes,   "octets of these frames")
// clang-format on

/** What each burst counts, up to `sent`, is in one cache line, and the classes of most frames in
 *  another one. */
struct ledger_port {
	_Alignas(64) struct {
#define X(field, help) uint64_t field;
		LEDGER_EGRESS_FIELDS(X)
		LEDGER_FIELDS(X)
#undef X
	};
	uint64_t class[LEDGER_CLASSES]; // of received frames; they sum to rx
	uint64_t drops[DROP_REASON_COUNT];
};
_Static_assert(offsetof(struct ledger_port, sent) < 64, "in the first line");

/** Ledger of one lcore. Cache-line aligned by its owner. */
struct ledger {
	struct ledger_port port[LEDGER_PORTS];
};

/** Index of the ledger line of an mbuf's `port` field (RTE_MBUF_PORT_INVALID means `self`). */
static inline unsigned ledger_index(uint16_t mbuf_port)
{
	return mbuf_port < LEDGER_SELF ? mbuf_port : LEDGER_SELF;
}

/** Add all counters of `from` to `to`. */
void ledger_port_add(struct ledger_port *to, const struct ledger_port *from);

uint64_t ledger_port_dropped(const struct ledger_port *p);

/** Frames held by handlers, and frames in rings. Never negative in a sum over all lcores of a
 *  quiet program; while frames flow the copies' different moments may show -n for a burst of n. */
int64_t ledger_port_kept(const struct ledger_port *p);
int64_t ledger_port_in_flight(const struct ledger_port *p);

/** Left side minus right side of the equation above: 0 when balanced. */
int64_t ledger_port_balance(const struct ledger_port *p);

/**
 * A copy of one lcore's ledger, on demand.
 *
 * The reader raises `asked`; the owner, at its next burst boundary, copies and raises `answered`.
 * One reader at a time (the telemetry mutex or the management thread's own order).
 */
struct ledger_snapshot {
	_Atomic uint32_t asked;
	_Atomic uint32_t answered;
	struct ledger copy;
};

/** Owner's side, once per loop: one load while nobody asks. */
static inline void ledger_answer(struct ledger_snapshot *s, const struct ledger *live)
{
	uint32_t asked = atomic_load_explicit(&s->asked, memory_order_acquire);

	if (__builtin_expect(asked == atomic_load_explicit(&s->answered, memory_order_relaxed), 1))
		return;
	s->copy = *live;
	atomic_store_explicit(&s->answered, asked, memory_order_release);
}

/** Reader's side: ask, then poll `ledger_answered` (with a deadline: an lcore may be stalled). */
void ledger_ask(struct ledger_snapshot *s);
bool ledger_answered(const struct ledger_snapshot *s);

#endif
