/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_H
#define PREFLIGHT_H

/**
 * @file
 * What can be known of the ports before EAL starts. Changes nothing on the machine.
 */

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "finding.h"
#include "topology.h"

/** Note for each port what this machine tells without its driver: MTU, frames of captures.
 *  @return 0, or -1 with one sentence in `error` (cause and remedy). */
int preflight_note_ports(
	struct topology *topology, const struct conf *conf, char *error, size_t error_size);

/**
 * Find what EAL and the drivers would only fail on later, and less clearly: capabilities,
 * /dev/net/tun, interfaces, PCI devices and what they are bound to; and what will disturb:
 * addresses of the kernel's, unfinished checksums of a veth's other end.
 *
 * @param force take what carries a default route, too.
 */
void preflight_check(const struct conf *conf, bool force, struct findings *f);

/** The errors among it of one port, of a program that runs. @return 0, or -1 with a sentence. */
int preflight_check_port(const struct conf_port *port, bool force, char *error, size_t error_size);

/** Whether a program that runs, and has given capabilities up, may take the device of a port that
 * it did not start with. @return 0, or -1 with a sentence. */
int preflight_check_privilege(const struct conf_port *port, char *error, size_t error_size);

/** Whether the kernel has addresses on an interface, so that it answers there, too. */
bool preflight_has_address(const char *iface);

#endif
