/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_LINK_H
#define BRIDGE_LINK_H

/**
 * @file
 * What links mean to bridges: a member without link gets no frames, its addresses are forgotten,
 * and our interfaces behind it are told. Management thread.
 *
 * The order matters: first a view in which no lane learns from the member any more, then the
 * flush; first a view that sends to it, then announcements.
 */

#include <stdbool.h>
#include <stdint.h>

#include "instance.h"

/** What has happened to members that bridges do not show yet; zeroed at first. */
struct bridge_links {
	bool stale; // the view in use is older than some change
	uint64_t settled_tsc;
	uint32_t went_down, came_up;       // by DPDK port id
	bool reached[CONF_INTERFACES_MAX]; // interfaces with a member that is up
	bool again[CONF_INTERFACES_MAX];   // that are to be announced then
};

/** The link of a port, or the port itself, has changed. Ports in no bridge are passed over. */
void bridge_link_changed(
	struct bridge_links *links, const struct instance *instance, const struct port *port);

/** Is there something to settle? Not more often than ten times a second, so that a link that flaps
 *  costs no more than that. If `stale` is set, a new view must be published first. */
bool bridge_link_due(const struct bridge_links *links, const struct instance *instance);

/** An interface has another address than it had: it is to be announced, if anybody is there. */
void bridge_link_again(struct bridge_links *links, uint16_t iface);

/** After the view: flush what is behind members that went down, tell handlers. */
void bridge_link_settle(struct bridge_links *links, struct instance *instance);

#endif
