/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_LOG_H
#define NEIGH_LOG_H

/**
 * @file
 * What the control lcore noticed about addresses, in sentences: conflicts, addresses given up and
 * regained, neighbours that flap, static neighbours that are claimed, a table that is full. Bounded
 * and rate limited: at most NEIGH_LOG_LINES lines a second, those left out are counted.
 *
 * Context: management thread; counters may be read by others. Time: milliseconds of any clock
 * that does not jump.
 */

#include <stdint.h>

#include "base/log.h"
#include "neigh/event.h"
#include "steer/iface.h"

enum {
	NEIGH_LOG_LINES = 10,       // a second, one of them may be the number left out
	NEIGH_LOG_RECENT = 64,      // addresses that are remembered
	NEIGH_LOG_FLAPS = 5,        // moves in ...
	NEIGH_LOG_FLAP_MS = 10000,  // ... so long are flapping; also between two lines on moves
	NEIGH_LOG_AGAIN_MS = 60000, // until any other thing is said again of the same address
};

/** Events that were read; single writer. */
struct neigh_log_counts {
	uint64_t kind[NEIGH_EVENT_KINDS];
	uint64_t flapping;   // of NEIGH_EVENT_MOVED, by neighbours that flapped
	uint64_t suppressed; // lines left out: too many a second
};

struct neigh_log;

/** @param ifaces outlives the log. @param write NULL: base/log.h.
 *  @return NULL when out of memory. */
struct neigh_log *neigh_log_create(const struct iface_table *ifaces,
	void (*write)(void *arg, enum log_level level, const char *line), void *arg);

void neigh_log_free(struct neigh_log *log);

/** Take what there is and say what is worth it. To be called a few times a second. */
void neigh_log_drain(struct neigh_log *log, struct neigh_events *events, uint64_t now_ms);

const struct neigh_log_counts *neigh_log_counts(const struct neigh_log *log);

#endif
