/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_LIST_H
#define TELEMETRY_LIST_H

/**
 * @file
 * Answers of telemetry are arrays of objects, in pages. Telemetry's threads.
 */

#include <rte_telemetry.h>

enum {
	TELEMETRY_LONG = 8,    // entries of a page, of those with all of a ledger's counters
	TELEMETRY_MIDDLE = 16, // with some twenty
	TELEMETRY_SHORT = 64
};

/** A new object in a list. DPDK 22.11 prints an array of objects but lets only arrays be added to
 *  an array: the entry is added as one and becomes an object afterwards. */
static inline struct rte_tel_data *telemetry_object(struct rte_tel_data *list)
{
	struct rte_tel_data *e = rte_tel_data_alloc();

	rte_tel_data_start_array(e, RTE_TEL_U64_VAL);
	rte_tel_data_add_array_container(list, e, 0);
	rte_tel_data_start_dict(e);
	return e;
}

/**
 * The next entry of an answer's list, or NULL where it is on another page.
 *
 * @param first entries to pass over.
 * @param page  entries of a page.
 * @param seen  counts them all; 0 at first.
 */
static inline struct rte_tel_data *telemetry_entry(
	struct rte_tel_data *list, unsigned first, unsigned page, unsigned *seen)
{
	unsigned i = (*seen)++;

	return i < first || i - first >= page ? NULL : telemetry_object(list);
}

#endif
