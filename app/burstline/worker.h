/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORKER_H
#define WORKER_H

#include "lane.h"

/** What a worker's lane does with verdicts: it owns queues and frees. */
extern const struct out_ops worker_out_ops;

/** Give each of n (1..PLAN_BURST) frames that were received from a queue its way: classify, forward
 *  or dispatch, and send what was collected. Burst path. */
void worker_forward(struct lane *lane, const struct view_rxq *q, struct rte_mbuf **pkts, uint16_t n,
	uint64_t now);

/** Loop of a worker lcore (EAL launch function); `arg` is its struct lane. Returns at
 *  PHASE_STOP. */
int worker_main(void *arg);

#endif
