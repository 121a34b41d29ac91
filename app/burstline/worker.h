/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORKER_H
#define WORKER_H

#include "lane.h"

/** What a worker's lane does with verdicts: it owns queues and frees. */
extern const struct out_ops worker_out_ops;

/** Loop of a worker lcore (EAL launch function); `arg` is its struct lane. Returns at
 *  PHASE_STOP. */
int worker_main(void *arg);

#endif
