/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_OUT_H
#define STEER_OUT_H

/**
 * @file
 * Verdicts: what a handler says about each frame it is given.
 *
 * Every mbuf handed to a burst function gets exactly one verdict before the function returns
 * (`out_keep` and a verdict later counts too). After the verdict the mbuf is no longer the
 * handler's: it may not be read. Handlers never free and never transmit.
 *
 * Context: burst path. No call here makes a system call, takes a lock or blocks. Each lcore has
 * its own `struct out`; it may be used only in the call it was passed to.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_mbuf.h>

#include "base/drop.h"
#include "base/ledger.h"

enum {
	OUT_BURST = 32, // frames collected for one port before they are flushed
	OUT_DONE = 64,  // finished mbufs collected before they are given back
	OUT_PORTS = 32, // DPDK port ids 0..31
	OUT_IFACE_NONE = 0xffff
};

struct out;

/** What the lcore that owns a `struct out` does with full vectors; set once at start. */
struct out_ops {
	/** Transmit or hand over pkts[0..n) to `port`; takes all of them, counts what it drops. */
	void (*flush_port)(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n);
	/** Give back n finished mbufs (already counted) to their pools. */
	void (*give_back)(struct out *out, struct rte_mbuf **pkts, uint16_t n);
	/** The verdict `send`; counts what it drops. */
	void (*send)(struct out *out, struct rte_mbuf *m, uint16_t iface);
	/** The verdict `local`; counts what it drops. */
	void (*local)(struct out *out, struct rte_mbuf *m, uint16_t iface);
	/** A new mbuf for this lcore, or NULL; not counted yet. */
	struct rte_mbuf *(*alloc)(struct out *out);
	/** A frame was dropped, and lies in `done` (out_discard above `done_limit`). NULL: nobody
	 *  looks. */
	void (*discarded)(struct out *out, struct rte_mbuf *m, enum drop_reason reason);
};

/** Counters of one handler instance on one lcore; single writer. X(field, help). */
// clang-format off
#define HANDLER_FIELDS(X) \
	X(frames,     "frames given to the handler") \
	X(bursts,     "calls of its burst function") \
	X(tx,         "verdict tx: sent to a port as they are") \
	X(send,       "verdict send: sent through an interface") \
	X(local,      "verdict local: to the handlers of an interface") \
	X(drop,       "verdict drop") \
	X(consume,    "verdict consume") \
	X(keep,       "verdict keep") \
	X(release,    "kept frames taken up again") \
	X(originated, "frames made")
// clang-format on

struct handler_counts {
#define X(field, help) uint64_t field;
	HANDLER_FIELDS(X)
#undef X
	int64_t keep_max; // frames that out_keep() takes; set once
	uint64_t called;  // TSC at which the last round of its lcore began that ran it,
	uint64_t took;    // and the TSC cycles that it took in that round, if that was timed
};

/** The handler's functions ran for so many TSC cycles, in a round that began at `round`. */
static inline void handler_took(struct handler_counts *c, uint64_t round, uint64_t cycles)
{
	c->took = (c->called == round ? c->took : 0) + cycles;
	c->called = round;
}

/** Frames that were taken less frames that got a verdict: 0 between calls of the handler. Above 0
 *  it lost frames, below 0 it gave some two verdicts. */
static inline int64_t handler_open(const struct handler_counts *c)
{
	return (int64_t)(c->frames + c->originated + c->release - c->tx - c->send - c->local -
			 c->drop - c->consume - c->keep);
}

struct out_vector {
	uint16_t n;
	struct rte_mbuf *pkts[OUT_BURST];
};

struct out {
	const struct out_ops *ops;
	void *owner;                   // the lcore's own struct, for ops
	struct ledger *ledger;         // of this lcore
	struct handler_counts *counts; // of the handler that runs now; NULL: none does
	uint32_t dirty;                // bit p: port[p] is not empty
	uint16_t n_done;
	// From so many finished mbufs on each drop is shown to ops->discarded: OUT_DONE, where the
	// vector is full anyway, so that nothing is asked when nobody looks; 1 when somebody does.
	uint16_t done_limit;
	bool timed; // calls of handlers in place are timed: two TSC reads, 90 cycles, for each
	struct rte_mbuf *done[OUT_DONE];
	struct out_vector port[OUT_PORTS];
};

_Static_assert(offsetof(struct out, done) <= RTE_CACHE_LINE_MIN_SIZE, "verdicts read one line");

/** Ingress interface and length of the L2 header (MAC addresses, tags, EtherType) of a frame;
 *  set by dispatch, kept across rings: they live in the mbuf's first cache line. */
struct frame_meta {
	uint16_t iface;  // id of the ingress interface, or OUT_IFACE_NONE
	uint16_t l2_len; // octets
};

_Static_assert(
	offsetof(struct rte_mbuf, hash.fdir.hi) + sizeof(uint32_t) <= RTE_CACHE_LINE_MIN_SIZE,
	"frame_meta is in the line that the driver has just written");

/** Beside the length: the frame had its second dispatch. */
enum { FRAME_META_AGAIN = 0x8000 };

/** l2_len: below FRAME_META_AGAIN, or with it. */
static inline void frame_meta_set(struct rte_mbuf *m, uint16_t iface, uint16_t l2_len)
{
	m->hash.fdir.hi = (uint32_t)iface << 16 | l2_len;
}

static inline struct frame_meta frame_meta(const struct rte_mbuf *m)
{
	return (struct frame_meta){(uint16_t)(m->hash.fdir.hi >> 16),
		(uint16_t)(m->hash.fdir.hi & (FRAME_META_AGAIN - 1))};
}

static inline bool frame_meta_is_again(const struct rte_mbuf *m)
{
	return (m->hash.fdir.hi & FRAME_META_AGAIN) != 0;
}

/** When the frame came into a ring: a short time stamp beside the meta, of gate.h. */
static inline void frame_stamp_set(struct rte_mbuf *m, uint32_t stamp)
{
	m->hash.fdir.lo = stamp;
}

static inline uint32_t frame_stamp(const struct rte_mbuf *m)
{
	return m->hash.fdir.lo;
}

static inline struct ledger_port *out_line(struct out *out, const struct rte_mbuf *m)
{
	return &out->ledger->port[ledger_index(m->port)];
}

// Shared ends of the verdicts; not for handlers.

static inline void out_flush_port(struct out *out, uint16_t port)
{
	struct out_vector *v = &out->port[port];
	uint16_t n = v->n;

	v->n = 0;
	out->dirty &= ~(UINT32_C(1) << port);
	out->ops->flush_port(out, port, v->pkts, n);
}

static inline void out_put(struct out *out, struct rte_mbuf *m, uint16_t port)
{
	struct out_vector *v = &out->port[port];

	v->pkts[v->n++] = m;
	out->dirty |= UINT32_C(1) << port;
	if (unlikely(v->n == OUT_BURST))
		out_flush_port(out, port);
}

static inline void out_give_back(struct out *out)
{
	uint16_t n = out->n_done;

	out->n_done = 0;
	out->ops->give_back(out, out->done, n);
}

static inline void out_done(struct out *out, struct rte_mbuf *m)
{
	out->done[out->n_done++] = m;
	if (unlikely(out->n_done == OUT_DONE))
		out_give_back(out);
}

/** Count a drop and give the mbuf back; for dispatch and for the ops, outside a verdict. */
static inline void out_discard(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
	out_line(out, m)->drops[reason]++;
	out->done[out->n_done++] = m;
	if (likely(out->n_done < out->done_limit))
		return;
	if (out->ops->discarded != NULL)
		out->ops->discarded(out, m, reason);
	if (out->n_done == OUT_DONE)
		out_give_back(out);
}

/** How many of n (1 and more) frames, from the first on, came by the same port; for verdicts in
 *  bulk, too. */
static inline uint16_t out_run(struct rte_mbuf *const *pkts, uint16_t n)
{
	uint16_t port = pkts[0]->port, i = 1;

	while (i < n && pkts[i]->port == port)
		i++;
	return i;
}

static inline void out_put_bulk(struct out *out, struct rte_mbuf **pkts, uint16_t n, uint16_t port)
{
	struct out_vector *v = &out->port[port];

	for (uint16_t some; n != 0; pkts += some, n -= some) {
		some = (uint16_t)RTE_MIN(n, OUT_BURST - v->n);
		memcpy(&v->pkts[v->n], pkts, some * sizeof(*pkts));
		v->n += some;
		out->dirty |= UINT32_C(1) << port;
		if (v->n == OUT_BURST)
			out_flush_port(out, port);
	}
}

static inline void out_done_bulk(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t some; n != 0; pkts += some, n -= some) {
		some = (uint16_t)RTE_MIN(n, OUT_DONE - out->n_done);
		memcpy(&out->done[out->n_done], pkts, some * sizeof(*pkts));
		out->n_done += some;
		if (out->n_done == OUT_DONE)
			out_give_back(out);
	}
}

/** out_discard() of frames that go for one reason. */
static inline void out_discard_bulk(
	struct out *out, struct rte_mbuf **pkts, uint16_t n, enum drop_reason reason)
{
	if (unlikely(out->done_limit != OUT_DONE)) { // somebody looks at each
		for (uint16_t i = 0; i < n; i++)
			out_discard(out, pkts[i], reason);
		return;
	}
	for (uint16_t i = 0, run; i < n; i += run) {
		run = out_run(&pkts[i], n - i);
		out_line(out, pkts[i])->drops[reason] += run;
	}
	out_done_bulk(out, pkts, n);
}

/** Send the frame's bytes as they are to `port` (a DPDK port id below OUT_PORTS). */
static inline void out_tx(struct out *out, struct rte_mbuf *m, uint16_t port)
{
	out->counts->tx++;
	out_put(out, m, port);
}

/** Send through interface `iface` (its id): its tags are pushed behind the MAC addresses. */
static inline void out_send(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	out->counts->send++;
	out->ops->send(out, m, iface);
}

/**
 * To the handler of its type on interface `iface` (an id), as if this frame had been received
 * there: for what was unwrapped or put together. Its bytes begin with MAC addresses that are not
 * looked at; its tags are passed over. A frame has one second dispatch, never a third: what a
 * handler was given so and gives on so is dropped (local_limit), and so is everything where the
 * handler does not say `.local`. Without a handler for the type it is dropped (unknown).
 */
static inline void out_local(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	out->counts->local++;
	out->ops->local(out, m, iface);
}

/** Drop the frame for `reason`. */
static inline void out_drop(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
	out->counts->drop++;
	out_discard(out, m, reason);
}

/** The handler has what it wanted of the frame. */
static inline void out_consume(struct out *out, struct rte_mbuf *m)
{
	out->counts->consume++;
	out_line(out, m)->consumed++;
	out_done(out, m);
}

/**
 * Hold the frame: it stays the handler's until out_release() and another verdict. What is still
 * held in drain() must be released and dropped there.
 *
 * @return false when the instance holds the `keep_max` frames of its struct handler: the frame is
 *         not held, and another verdict must follow.
 */
static inline bool out_keep(struct out *out, struct rte_mbuf *m)
{
	struct handler_counts *counts = out->counts;

	if (unlikely((int64_t)(counts->keep - counts->release) >= counts->keep_max))
		return false;
	counts->keep++;
	out_line(out, m)->kept_in++;
	return true;
}

/** Take a held frame up again; one verdict must follow. */
static inline void out_release(struct out *out, struct rte_mbuf *m)
{
	out->counts->release++;
	out_line(out, m)->kept_out++;
}

/** A new, empty mbuf of this lcore's own pool (headroom RTE_PKTMBUF_HEADROOM), or NULL when there
 *  is none. One verdict must follow. */
static inline struct rte_mbuf *out_new(struct out *out)
{
	struct rte_mbuf *m = out->ops->alloc(out);

	if (unlikely(m == NULL))
		return NULL;
	m->port = RTE_MBUF_PORT_INVALID;
	frame_meta_set(m, OUT_IFACE_NONE, 0);
	out->counts->originated++;
	out->ledger->port[LEDGER_SELF].originated++;
	return m;
}

// The same in bulk: all frames get one verdict, and counters are written once for all that came by
// one port.

static inline void out_tx_bulk(struct out *out, struct rte_mbuf **pkts, uint16_t n, uint16_t port)
{
	out->counts->tx += n;
	out_put_bulk(out, pkts, n, port);
}

static inline void out_drop_bulk(
	struct out *out, struct rte_mbuf **pkts, uint16_t n, enum drop_reason reason)
{
	out->counts->drop += n;
	out_discard_bulk(out, pkts, n, reason);
}

static inline void out_consume_bulk(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	out->counts->consume += n;
	for (uint16_t i = 0, run; i < n; i += run) {
		run = out_run(&pkts[i], n - i);
		out_line(out, pkts[i])->consumed += run;
	}
	out_done_bulk(out, pkts, n);
}

/** Flush everything that was collected: the owner's last act of a burst. */
static inline void out_flush(struct out *out)
{
	while (out->dirty != 0)
		out_flush_port(out, (uint16_t)__builtin_ctz(out->dirty));
	if (out->n_done != 0)
		out_give_back(out);
}

#endif
