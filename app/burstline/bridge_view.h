/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_VIEW_H
#define BRIDGE_VIEW_H

/**
 * @file
 * Bridges as a view shows them: the configuration's rules, for the members that work now.
 * Management thread.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "instance.h"
#include "view.h"

/** Make the bridges of a view, which has its index of interfaces. @return 0, or -1 without
 *  memory. */
int bridge_view_make(const struct instance *instance, struct view *view);
void bridge_view_free(struct view *view);

/** What lane l takes headers and copies of floods from. */
struct rte_mempool *bridge_view_pool(const struct instance *instance, unsigned l);

/** Index of the bridge that a port (by index) is a member of, or -1. */
int bridge_of_port(const struct conf *conf, unsigned port);

/** May a member take part in its bridge: is it started, with a link? */
static inline bool port_forwards(const struct port *port)
{
	return port->state == PORT_STARTED && atomic_load(&port->link_up);
}

#endif
