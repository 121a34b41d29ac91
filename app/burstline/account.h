/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ACCOUNT_H
#define ACCOUNT_H

/**
 * @file
 * Frames by owner. Debug and AddressSanitizer builds mark each frame while a handler has it, and
 * name a handler that gives it two verdicts, or none, at once; in other builds only the end of a
 * handler looks at its counters. Called where handlers are.
 */

#include "lane.h"

/** Say what a handler that ends still owes. Management thread. */
void account_close(const struct lane_handler *h);

#ifdef BURSTLINE_ACCOUNT

/** Before the first pool is made. @return 0, or -1: no room in mbufs. */
int account_open(void);

/** `struct out_ops` that look at marks before they do what `ops` does. */
const struct out_ops *account_ops(const struct out_ops *ops);

/** Before and after a function of the handler; n frames are given to it. */
struct lane_handler *account_begin(
	struct lane *lane, struct lane_handler *h, struct rte_mbuf **pkts, uint16_t n);
void account_end(struct lane *lane, struct lane_handler *before);

/** The burst function of an inline handler; state: its struct lane_handler. */
void account_inline(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out);

#else

static inline int account_open(void)
{
	return 0;
}

static inline const struct out_ops *account_ops(const struct out_ops *ops)
{
	return ops;
}

static inline struct lane_handler *account_begin(
	struct lane *lane, struct lane_handler *h, struct rte_mbuf **pkts, uint16_t n)
{
	return NULL;
}

static inline void account_end(struct lane *lane, struct lane_handler *before)
{
}

#endif
#endif
