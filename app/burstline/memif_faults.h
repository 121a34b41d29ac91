/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MEMIF_FAULTS_H
#define MEMIF_FAULTS_H

#include <stdint.h>

#include <rte_rcu_qsbr.h>

/**
 * From now on memory that EAL's interrupt thread unmaps waits until every lane has passed a burst
 * boundary; NULL: no longer. Management thread. memif_faults.c says why.
 */
void memif_guard_lanes(struct rte_rcu_qsbr *qsbr);

/**
 * From now on nothing is unmapped: the program ends, EAL's interrupt thread goes on until it has.
 * Main thread, before EAL's clean-up.
 */
void memif_keep_mapped(void);

/**
 * Stop or close a port of net_memif while no callback of the driver's runs: waits for it.
 * Management thread, or main when that has ended.
 */
void memif_in_turn(int (*run)(uint16_t id), uint16_t id);

#endif
