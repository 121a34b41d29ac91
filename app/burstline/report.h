/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPORT_H
#define REPORT_H

/**
 * @file
 * What the counters say, gathered once: the ledger summed over lanes, and its renderings (table at
 * exit, JSON file, telemetry). Cold.
 */

#include <stdbool.h>

#include "base/ledger.h"
#include "instance.h"

/**
 * Sum the ledgers of all lanes, each as it was at one of its burst boundaries.
 *
 * Takes instance->readers. A lane that does not answer within 200 ms is read as it stands.
 *
 * @param sum room for a whole ledger; overwritten.
 * @return    false when a lane did not answer: the sum may then be off by its last burst.
 */
bool report_ledger(struct instance *instance, struct ledger *sum);

/** Whether every line of a ledger balances. */
bool report_balanced(const struct ledger *sum);

/** The table for people, to standard output: ports, drops, what drivers lost, balance. Waits at
 * most half a second for who reads it; a line in the log says when it could not be printed. */
void report_print(struct instance *instance);

/**
 * Write the ledger as JSON (tests/golden/schema/ledger.schema.json fixes the shape).
 *
 * @param mbufs_in_use of all pools, after the ports were closed: 0 is the baseline.
 * @return 0 or -errno.
 */
int report_write(struct instance *instance, unsigned mbufs_in_use, const char *path);

/** Name of a class for people and telemetry: "ipv4", or what a registered one goes by: 0xcccc,
 *  sap_0x42, snap_00000c_2000. */
const char *report_class_name(
	const struct classifier *classifier, unsigned class, char *name, size_t size);

#endif
