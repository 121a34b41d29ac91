/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_HANDLERS_H
#define LIVE_HANDLERS_H

/**
 * @file
 * Handlers in a live change, with the lanes they run on and the police before them: which go on,
 * which come and which go. Private to live*.c; management thread.
 */

#include "live_change.h"

/** Make those of the new plan. What was made is there at an error, for live_handlers_undo().
 *  @return 0, or -1 with a sentence in `error`. */
int live_handlers_make(
	struct instance *instance, struct live_change *c, char *error, size_t error_size);

/** End and free what live_handlers_make() and live_handlers_start() made; it is in no view. */
void live_handlers_undo(struct instance *instance, struct live_change *c);

/** Start the threads of new lanes, which wait for a view that has them.
 *  @return 0, or -1 with a sentence in `error`. */
int live_handlers_start(
	struct instance *instance, const struct live_change *c, char *error, size_t error_size);

/** Did this handler run before the change? */
bool live_handlers_had(const struct live_change *c, const struct lane_handler *h);

/** Free those that went; what they and their rings counted stays with who took over. No view has
 *  them. Before live_rings_close(). */
void live_handlers_close(struct instance *instance, struct live_change *c);

#endif
