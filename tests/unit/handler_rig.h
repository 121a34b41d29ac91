/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HANDLER_RIG_H
#define HANDLER_RIG_H

/**
 * @file
 * Runs a handler's functions without EAL: frames in hand-made mbufs whose last octet lies before a
 * guard page, and a `struct out` that records the verdicts. rig_close() asserts that every frame
 * left by one exit and that the ledger balances.
 *
 * Interfaces: 0 "p0" on port 0, 192.0.2.1/24 and 198.51.100.1/25; 1 "p0.10" on port 0, the same
 * address, behind a tag; 2 "p1" on port 1, 203.0.113.1/24. The clock has 1000 cycles a second.
 */

#include "handler.h"

enum { RIG_HZ = 1000, RIG_FRAMES = 600, RIG_START = 5000, RIG_MEMBER = 5, RIG_ICMP_ERRORS = 10 };

/** One frame that left. */
struct rig_sent {
	struct rte_mbuf *m;
	uint16_t port;  // OUT_PORTS: by `send`
	uint16_t iface; // of `send`
};

struct rig {
	const struct handler *handler;
	void *state;
	struct iface_table ifaces;
	struct handler_env env;
	struct out out;
	struct out_ops ops;
	struct ledger ledger;
	struct handler_counts counts;
	struct rte_mbuf *made[RIG_FRAMES];
	unsigned n_made;
	struct rig_sent sent[RIG_FRAMES];
	unsigned n_sent;
	unsigned n_done;
	unsigned refuse_new; // that many out_new() fail
	uint64_t now;
};

extern const uint8_t rig_mac[3][6]; // of the interfaces
extern const uint8_t rig_broadcast[6];

struct rig *rig_open(const struct handler *handler);

/** The same; the addresses of interface 0 are probed before they are used. */
struct rig *rig_open_probing(const struct handler *handler, bool probe);

/** From now on the interface is on a bridge; what it receives comes in at port RIG_MEMBER. */
void rig_move_to_bridge(struct rig *r, uint16_t iface);

/** Drain, check that nothing is left, free. */
void rig_close(struct rig *r);

/** A frame received on the port of `iface`, of `len` octets and `room` octets of room behind. */
struct rte_mbuf *rig_frame(struct rig *r, uint16_t iface, uint16_t l2_len, const uint8_t *bytes,
	uint16_t len, uint16_t room);

/** The frame was made by a handler, with the verdict local: it came by no port. */
void rig_as_made(struct rig *r, struct rte_mbuf *m);

/** Append a segment to a frame: the last `len` octets of it are moved there. */
void rig_split(struct rig *r, struct rte_mbuf *m, uint16_t len);

/** Run burst on one frame, then flush. */
void rig_burst(struct rig *r, struct rte_mbuf *m);

/** Run the tick `cycles` later, then flush. */
void rig_tick(struct rig *r, uint64_t cycles);

void rig_event(struct rig *r, enum handler_event event, uint16_t id);

/** Drops for a reason, all ports. */
uint64_t rig_drops(const struct rig *r, enum drop_reason reason);

/** A handler's own counter, by name. */
uint64_t rig_counter(const struct rig *r, const char *name);

#endif
