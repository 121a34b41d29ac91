/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_LIFE_H
#define PORT_LIFE_H

/**
 * @file
 * Ports that come and go while the program runs: the only writer of port states then. Management
 * thread.
 *
 *            start                  peer lost
 *   STOPPED ───────► STARTED ─────────────────────┐
 *    ▲  ▲               │                         ▼
 *    │  │               │ device gone          LEAVING ── no lane uses it: stop ─────► STOPPED
 *    │  │               └────────────────────► LEAVING ── no lane uses it: close ────► GONE
 *    │  └── probe, set up, at the program's start                                       │
 *    └───── its device is there again: probe, set up (looked for once a second) ────────┘
 *
 * A port that is kept down stays STOPPED or GONE. One that does not start then is tried again, or
 * is lost like a started one where its device has gone.
 *
 * A started port has a link or not. When it loses or leaves, handlers drop what they hold for it
 * and bridges forget who was behind it; when the link is there, addresses are announced.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bridge_link.h"
#include "instance.h"

struct link_watch;

struct port_life {
	struct instance *instance;
	struct link_watch *links; // of the kernel's interfaces; NULL: none are watched
	struct bridge_links bridge_links;
	uint64_t next_stats_tsc; // when drivers are asked what they lost
};

/** Start all ports and publish the first view. @return 0, or -1 with a sentence in `error`. */
int port_life_start(struct port_life *life, char *error, size_t error_size);

/** What rtnetlink tells of an interface: a link_change_fn, `arg` is the struct port_life. */
void port_life_link(void *arg, unsigned ifindex, bool up, unsigned mtu);

/** Take a port down, or let it come up again. Going down takes a grace period of the lanes and the
 *  time that its driver needs to stop. @return 0, or -1 with a sentence: it could not come back. */
int port_life_keep_down(
	struct port_life *life, struct port *port, bool down, char *error, size_t error_size);

/** Look at all ports: several times a second, and whenever something was heard. */
void port_life_round(struct port_life *life);

#endif
