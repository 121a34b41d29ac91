/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BUILD_H
#define BUILD_H

/**
 * @file
 * From plan to DPDK objects: pools, rings, lanes, handlers, ports. Executes the plan, decides
 * nothing. Before the lanes run; the main thread.
 */

#include <stddef.h>

#include "instance.h"

/**
 * Build everything but the ports' start.
 *
 * @param instance zeroed but for ports[], which are probed; conf and plan are borrowed.
 * @return 0, or -1 with a sentence in `error`; build_free() releases what was made either way.
 */
int build_instance(struct instance *instance, const struct conf *conf, const struct plan *plan,
	char *error, size_t error_size);

/** The pools of the plan that are not there yet, into instance->pools, which has room for them.
 *  @return 0, or -1 with a sentence in `error`: those that were made are there. */
int build_pools(struct instance *instance, char *error, size_t error_size);

/** The interfaces of instance->conf, by instance->iface_id, as a table of its own; freed by
 *  free(table->iface). @param n_before ids that were given out. @return 0, or -1 without memory. */
int build_ifaces(const struct instance *instance, uint16_t n_before, struct iface_table *table);

/** Free handlers, rings and tables. Lanes have returned, ports are closed. */
void build_free(struct instance *instance);

/** Mbufs in use over all pools: 0 after all ports were closed, or somebody lost some. */
unsigned build_mbufs_in_use(const struct instance *instance);

#endif
