/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_LOG_H
#define BRIDGE_LOG_H

/**
 * @file
 * What bridges noticed, in sentences: addresses that move, flap, are held or are ours. Bounded
 * and rate limited: at most BRIDGE_LOG_LINES lines a second, those left out are counted.
 *
 * Context: management thread; counters may be read by others. Time: milliseconds of any clock
 * that does not jump.
 */

#include <stdint.h>

#include "base/log.h"
#include "bridge/event.h"

enum {
	BRIDGE_LOG_LINES = 10,       // a second, one of them may be the number left out
	BRIDGE_LOG_RECENT = 64,      // addresses that are remembered
	BRIDGE_LOG_FLAPS = 5,        // moves in ...
	BRIDGE_LOG_FLAP_MS = 10000,  // ... so long are flapping; also between two lines on moves
	BRIDGE_LOG_AGAIN_MS = 60000, // until any other thing is said again of the same address
};

struct bridge_log_config {
	const char *const *bridges; // names, by id; NULL: none. These arrays outlive the log
	const char *const *ports;   // names, by DPDK port id
	unsigned n_bridges, n_ports;
	void (*write)(void *arg, enum log_level level, const char *line); // NULL: base/log.h
	void *arg;
};

/** Events of a bridge; single writer. */
struct bridge_log_counts {
	uint64_t moved, held, own, full; // by kind
	uint64_t flapping;               // of `moved`, by addresses that flapped
	uint64_t suppressed;             // lines left out: too many a second
};

struct bridge_log;

/** NULL when out of memory. */
struct bridge_log *bridge_log_create(const struct bridge_log_config *config);

void bridge_log_free(struct bridge_log *log);

/** Take all events of a lane and say what is worth it. */
void bridge_log_drain(struct bridge_log *log, struct bridge_events *events, uint64_t now_ms);

/** Say how many lines were left out, if a second has passed. To be called a few times a second. */
void bridge_log_tick(struct bridge_log *log, uint64_t now_ms);

/** NULL when there is no such bridge. */
const struct bridge_log_counts *bridge_log_counts(const struct bridge_log *log, uint8_t bridge);

#endif
