/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_H
#define PORT_H

/**
 * @file
 * Ports: a configured device as DPDK drives it. Cold; main thread before the lanes run, then the
 * management thread only (a kernel device takes 15 to 80 ms to probe or close).
 *
 * Functions return 0, or -1 with one sentence in `error` (cause and remedy).
 */

#include <stddef.h>

#include "instance.h"

struct topology;

/** Make DPDK take the device; sets the port's id, interface and MAC address. */
int port_probe(struct port *port, char *error, size_t error_size);

/** Note in the topology what the probed device offers, for the plan. */
int port_offer(const struct port *port, struct topology *topology, char *error, size_t error_size);

/** Queues, MTU, MAC address, promiscuous mode; `pool` is for all its RX queues. */
int port_configure(struct port *port, struct rte_mempool *pool, char *error, size_t error_size);

/** Start the port. A device that waits for its peer becomes PORT_STOPPED without an error. */
int port_start(struct port *port, char *error, size_t error_size);

/** Link state as the driver tells it; only for drivers that are to be believed. */
bool port_driver_link(const struct port *port);

/** Does a started port that connects by itself (memif client) have no peer? False for a second
 *  after its start: the two are still talking. */
bool port_lost_peer(const struct port *port);

/** Stop a started port, which can be started again. No lane may use it any more. */
void port_stop(struct port *port);

/** Stop and give the device back. No lane may use the port any more. */
void port_close(struct port *port);

#endif
