/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_H
#define PORT_H

/**
 * @file
 * Ports: a probed device (port_device.h) as DPDK drives it. Cold; main thread before the lanes run,
 * then the management thread only.
 *
 * Functions return 0, or -1 with one sentence in `error` (cause and remedy).
 */

#include <stddef.h>

#include "instance.h"

/** Queues, MTU, MAC address, promiscuous mode; `pool` is for all its RX queues. */
int port_configure(struct port *port, struct rte_mempool *pool, char *error, size_t error_size);

/** Start the port. A device that waits for its peer becomes PORT_STOPPED without an error. */
int port_start(struct port *port, char *error, size_t error_size);

/** Link state as the driver tells it; only for drivers that are to be believed. */
bool port_driver_link(const struct port *port);

/** Does a started port that connects by itself (memif, vhost-user client) have no peer? Of a memif
 *  false for a second after its start: the two are still talking. */
bool port_lost_peer(const struct port *port);

/** Ask the driver of a port that has its device what it lost. */
void port_read_stats(struct port *port);

/** Stop a started port, which can be started again. No lane may use it any more. */
void port_stop(struct port *port);

/** rte_eth_dev_stop() or rte_eth_dev_close(), while no callback of the port's driver runs. */
void port_in_turn(const struct port *port, int (*run)(uint16_t id));

/** The MTU of the kernel's interface changed: what may be sent follows, up to what was planned.
 *  True when the lanes must be told. */
bool port_follow_mtu(struct port *port, unsigned mtu);

/** Does it connect to a peer when it is started, and only then (memif client)? */
bool port_is_client(const struct port *port);

/** A sentence with what DPDK's log said last and the meaning of `err`. @return -1 */
int port_fail(const struct port *port, char *error, size_t size, const char *what, int err);

#endif
