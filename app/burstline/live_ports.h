/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_PORTS_H
#define LIVE_PORTS_H

/**
 * @file
 * Ports in a live change: which go on, which come, which go, and which are opened anew because
 * their driver can do the change only so. Private to live*.c; management thread.
 *
 * Functions return 0, or -1 with a sentence in `error`.
 */

#include "live_change.h"

/** Match by name: instance->ports becomes the new list, with NULL where a port is new. */
int live_ports_match(struct instance *instance, struct live_change *c, char *error, size_t size);

/** Probe the devices of new ports and note what they offer; plan_change() then knows. */
int live_ports_probe(struct instance *instance, struct live_change *c, char *error, size_t size);

/** Set up and start them; their pools are there. No view has them yet. */
int live_ports_start(struct instance *instance, struct live_change *c, char *error, size_t size);

/** All ports point to what the instance has as conf and plan now. */
void live_ports_point(struct instance *instance);

/** Open those anew that need it. The old state is in the instance at the call and, if it failed, at
 *  the end, and every port runs by it again, or is looked for once a second; else the new is. */
int live_ports_reopen(struct instance *instance, struct live_change *c, char *error, size_t size);

/** Close and free new ports; they are in no view. */
void live_ports_undo(struct instance *instance, struct live_change *c);

/** A view has the new ports and not the old: tell who has to know. */
void live_ports_switched(struct instance *instance, struct live_change *c);

/** Close the ports that went; no view has them. */
void live_ports_shut(struct instance *instance, struct live_change *c);

/** The same, and free them; no view has them. */
void live_ports_close(struct instance *instance, struct live_change *c);

#endif
