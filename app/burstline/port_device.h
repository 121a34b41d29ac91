/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_DEVICE_H
#define PORT_DEVICE_H

/**
 * @file
 * A port's device: take it, give it back. Cold; main thread before the lanes run,
 * then the management thread only (a kernel device takes 15 to 80 ms to probe or close).
 *
 * Functions return 0, or -1 with one sentence in `error` (cause and remedy).
 */

#include <stdbool.h>
#include <stddef.h>

#include "instance.h"

struct topology;

/** A port without a device; free()d by the caller. NULL with a sentence in `error`. */
struct port *port_create(
	const struct conf_port *conf, const struct plan_port *plan, char *error, size_t error_size);

/** Make DPDK take the device; the port becomes PORT_STOPPED. The first probe sets the port's id
 *  and MAC address, which stay: a device that returns gets the same. */
int port_probe(struct port *port, char *error, size_t error_size);

/** Note in the topology what the probed device offers, for the plan. */
int port_offer(const struct port *port, struct topology *topology, char *error, size_t error_size);

/** Give an optional port without a device its id and MAC address, for good; it becomes PORT_GONE.
 *  Until port_reserve_end() no other port gets the id. */
int port_reserve(struct port *port, char *error, size_t error_size);
void port_reserve_end(const struct port *port);

/** Does a device of DPDK have this id? */
bool port_id_taken(uint16_t id);

/** In a program that runs: the id that a new port gets by port_probe(), which is free. */
void port_place(struct port *port, uint16_t id);

/** The same for one whose device is not there yet: PORT_GONE. */
void port_await(struct port *port, uint16_t id);

/** Stop and give the device back, if there is one. No lane may use the port any more. */
void port_close(struct port *port);

#endif
