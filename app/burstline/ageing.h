/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AGEING_H
#define AGEING_H

/**
 * @file
 * Ageing and flushes of one bridge's forwarding database, a bit at a time on the control lane.
 *
 * A sweep begins every second, or every sixteenth of the ageing time where that is longer, and an
 * entry tells when it was seen to a second or a thirtieth of that time: so an address that is
 * not seen any more is forgotten an eighth of the ageing time, or three seconds, after it at the
 * latest, and the time that the sweep takes. A flush begins a sweep at once.
 *
 * Thread-safety: ageing_request() from one thread (management), ageing_poll() from another
 * (control, the only one that changes the table besides the workers); the rest while neither runs.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bridge/fdb.h"

enum {
	AGEING_BUCKETS = 512,        // looked at by one call
	AGEING_FLUSH_BUCKETS = 8192, // by one call while a flush is pending
	AGEING_REQUESTS = 64         // flushes that wait
};

struct ageing;

/** NULL when out of memory. The table stays the caller's and outlives it. */
struct ageing *ageing_create(struct fdb *fdb);

void ageing_free(struct ageing *ageing);

/** Take what matches out of the table, soon. False when AGEING_REQUESTS wait already. */
bool ageing_request(struct ageing *ageing, const struct fdb_match *match);

/** All flushes that were asked for have been done. The requesting thread. */
bool ageing_flushed(const struct ageing *ageing);

/**
 * Do the next bit. Never blocks.
 *
 * @param seconds of the FDB's clock.
 * @return buckets looked at for a flush; 0 when nothing is urgent, so that the lane may nap.
 */
unsigned ageing_poll(struct ageing *ageing, uint32_t seconds, uint64_t now_tsc, uint64_t tsc_hz);

#endif
