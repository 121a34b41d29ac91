/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_RINGS_H
#define LIVE_RINGS_H

/**
 * @file
 * Rings between lanes in a live change: which go on with what is in them, which are new and have to
 * wait until the old ones are empty, and those for inline handlers that must wait. Private to
 * live*.c; management thread.
 */

#include "live_change.h"

/** Make those of the new plan; its lanes, ports and handlers are there. What was made is there at
 *  an error, for live_rings_undo(). @return 0, or -1 with a sentence in `error`. */
int live_rings_make(
	struct instance *instance, struct live_change *c, char *error, size_t error_size);

/** Free what live_rings_make() made; it is in no view. */
void live_rings_undo(struct instance *instance, struct live_change *c);

/** Are those that go empty? */
bool live_rings_empty(const struct live_change *c);

/** Name of a handler whose ring is not empty, or of one that goes. */
const char *live_rings_awaited(const struct live_change *c);

/** What those of these rings that lead to `from` have counted stays with `to`. */
void live_rings_count(struct lane_handler *to, const struct lane_handler *from,
	const struct live_ring *rings, unsigned n);

/** Free those that went, after live_rings_count(). No view has them. */
void live_rings_close(struct instance *instance, struct live_change *c);

#endif
