/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef UNMAP_H
#define UNMAP_H

#include <rte_rcu_qsbr.h>

/**
 * From now on memory that EAL's interrupt thread unmaps waits until every lane has passed a burst
 * boundary; NULL: no longer. Management thread. unmap.c says why.
 */
void unmap_guard(struct rte_rcu_qsbr *qsbr);

#endif
