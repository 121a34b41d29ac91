/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RATES_H
#define RATES_H

/**
 * @file
 * Two readings of an instance's counters, and what happened a second between them.
 */

#include <jansson.h>

struct client;

/** The rows of the instance's tables, as `show` gives them, and when they were read: ns of one
 *  clock, that of the instance. */
struct reading {
	json_t *ports, *workers, *rings;
	json_int_t ports_ns, workers_ns;
};

/** Read all tables. @return the exit code; only of EXIT_OK there is something to drop. */
int reading_take(struct client *client, struct reading *reading);

void reading_drop(struct reading *reading);

/**
 * What happened between two readings, as one object:
 *
 *     time     when `now` came, in seconds since 1970
 *     seconds  between the two readings of the ports
 *     ports    name, link; rx_pps, rx_bps, tx_pps, tx_bps, dropped_pps; drops: pps by reason
 *     lcores   lcore, cpu, role; busy: percent of the time; rx_pps, tx_pps, dropped_pps
 *     rings    rows of that table: depth, slots, peak are of this moment
 *
 * Rates are real numbers. One that is not known is null: its row is new, or began anew because it
 * was cleared or replaced meanwhile. bps are bits of frames without FCS, preamble and gap.
 *
 * @return a new reference.
 */
json_t *rates_between(const struct reading *before, const struct reading *now);

#endif
