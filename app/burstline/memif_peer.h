/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MEMIF_PEER_H
#define MEMIF_PEER_H

#include <rte_rcu_qsbr.h>

/**
 * From now on memory that EAL's interrupt thread unmaps waits until every lane has passed a burst
 * boundary; NULL: no longer. Management thread. memif_peer.c says why.
 */
void memif_peer_guard(struct rte_rcu_qsbr *qsbr);

#endif
