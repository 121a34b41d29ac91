/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_TABLES_H
#define LIVE_TABLES_H

/**
 * @file
 * Interfaces and bridges in a live change: which go on under their numbers, which are new. Private
 * to live*.c; management thread. Functions return 0, or -1 with a sentence in `error`.
 */

#include "live_change.h"

/** Does a bridge keep what it learned and counted? */
bool live_tables_same(const struct conf_bridge *a, const struct conf_bridge *b);

/** Did this bridge run before the change? */
bool live_tables_had(const struct live_change *c, const struct instance_bridge *bridge);

/** Match by name, and make what the new state needs besides: tables of interfaces, bridges that
 *  are new, room for VLANs. instance->ports are there. */
int live_tables_build(struct instance *instance, struct live_change *c, char *error, size_t size);

/** Free what live_tables_build() made; it is in no view. */
void live_tables_undo(struct instance *instance, struct live_change *c);

/** Just before the first view of the new state: handlers see its interfaces. */
void live_tables_show(struct instance *instance);

/** Free what no view has any more. */
void live_tables_close(struct instance *instance, struct live_change *c);

#endif
