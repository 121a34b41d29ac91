/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_RIG_H
#define STEER_RIG_H

/*
 * For tests of lib/steer without EAL: a burst of mbufs whose buffers end where readable memory
 * ends, and a `struct out` that writes down what it is given. Everything is static: one burst and
 * one out at a time.
 */

#include <sys/mman.h>

#include "steer/classify.h"
#include "steer/out.h"

enum {
	RIG_MBUFS = 2048, // made since the last rig_reset()
	RIG_ROOM = 2048,  // octets of each buffer, a page without access behind them
	RIG_PAGE = 4096,
	RIG_NOWHERE = 0xffff
};

struct steer_rig {
	struct out out;
	struct ledger ledger;
	struct handler_counts counts;
	struct rte_mbuf mbuf[RIG_MBUFS];
	unsigned n_made;
	// Where each mbuf went: times seen, and the last port (RIG_NOWHERE: given back).
	unsigned seen[RIG_MBUFS];
	uint16_t port[RIG_MBUFS];
	unsigned order[RIG_MBUFS]; // of sending, over all ports
	unsigned n_sent, n_done;
	unsigned n_flushes, last_flush; // calls of flush_port, and frames of the last
	unsigned n_gives, last_give;    // the same of give_back
};

extern struct steer_rig rig;

/** Forget all mbufs and counts. */
void rig_reset(void);

/**
 * The next mbuf, received on `port`.
 *
 * @param frame  len octets, copied.
 * @param behind octets between the frame and the page without access, all `fill`.
 */
struct rte_mbuf *rig_mbuf(
	const void *frame, uint16_t len, uint16_t behind, uint8_t fill, uint16_t port);

/** Number of an mbuf of the rig. */
unsigned rig_number(const struct rte_mbuf *m);

/** Every line balances: what came in is accounted for. */
void rig_balanced(void);

#endif
