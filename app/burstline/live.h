/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_H
#define LIVE_H

/**
 * @file
 * Changes of the configuration while the program runs: ports, wires, bridges, interfaces,
 * neighbours, handlers. All or nothing: what is new is made and opened first, and if that fails
 * nothing was changed. No lane waits for a change. Management thread.
 *
 * Objects are known by their names; what goes on under its name keeps its state and its counters:
 * ports their queues and lines of the ledger, bridges what they learned, interfaces their
 * neighbours. What a driver can do only when it is stopped interrupts that port alone.
 *
 *     start      new handlers, rings and threads are made; the old run on
 *     switching  a view sends frames to the new handlers, whose rings wait (held); the old handlers
 *                empty their own. What does not fit a ring that waits is dropped as `replaced`
 *     retiring   the old rings are empty and what came out of them was sent: a view lets the new
 *                rings go, and each lane drains its old handlers
 *     done       a view without the old; they are freed, their plug-ins unloaded
 *
 * So frames of a flow are handled in order, by the old or the new, and none is lost while it fits
 * the new ring. A handler that stays where it is keeps its state; a new number for its ring, rate
 * or budget replaces no more than that.
 */

#include <stddef.h>

#include "instance.h"

struct view;

/**
 * Go to the state of a configuration.
 *
 * @param conf  taken over if it is not refused; `name`, `lcores`, `memory` and `metrics` must be as
 *              they are.
 * @param error a sentence; always terminated.
 * @return 0: done, or under way (a slow handler has a backlog: live_round() goes on); -1: refused,
 *         nothing was changed.
 */
int live_apply(struct instance *instance, struct conf *conf, char *error, size_t error_size);

/** Go on with a change that is under way, if there is one. Waits at most half a second for each of
 *  the things that a step needs. */
void live_round(struct instance *instance);

/** The program is to end: rings no longer wait for each other. Before the last view. */
void live_end(struct instance *instance);

/** Close the ports that a change under way takes out; lanes have returned. */
void live_close_ports(struct instance *instance);

/** Free a change under way; lanes have returned. Before build_free(). */
void live_close(struct instance *instance);

/** Put a change under way into a view that was made from the instance. */
void live_graft(const struct instance *instance, struct view *view);

#endif
