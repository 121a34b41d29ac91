/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_H
#define LIVE_H

/**
 * @file
 * Changes of `handlers` while the program runs: places, rings, plug-ins, handlers more or fewer. No
 * lane waits for one. Management thread.
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

#include <stdbool.h>
#include <stddef.h>

#include "instance.h"

struct live_change;
struct view;

/**
 * Go to the `handlers` of a file.
 *
 * @param path  read again; what differs besides `handlers` and `plugins` is refused.
 * @param error a sentence; always terminated.
 * @return 0: done, or under way (a slow handler has a backlog: live_round() goes on); -1: refused,
 *         nothing was changed.
 */
int live_apply(struct instance *instance, const char *path, char *error, size_t error_size);

/** The same with a configuration that was loaded; takes it over if it is not refused. */
int live_apply_conf(struct instance *instance, struct conf *conf, char *error, size_t error_size);

/** Go on with a change that is under way; false: there is none. Waits at most half a second. */
bool live_round(struct instance *instance);

/** The program is to end: rings no longer wait for each other. Before the last view. */
void live_end(struct instance *instance);

/** Free what a change left; lanes have returned. Before build_free(). */
void live_close(struct instance *instance);

/** Put a change under way into a view that was made from the instance. */
void live_graft(const struct instance *instance, struct view *view);

#endif
