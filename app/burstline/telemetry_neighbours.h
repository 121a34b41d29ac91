/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_NEIGHBOURS_H
#define TELEMETRY_NEIGHBOURS_H

/**
 * @file
 * Answers of telemetry about neighbours and our own addresses: functions of the table in
 * telemetry_answers.c. Telemetry's threads.
 */

#include <rte_telemetry.h>

#include "instance.h"

/** Each fills one page, from entry `first` on. @return 0 or -errno. */
int telemetry_neighbours(struct instance *instance, unsigned first, struct rte_tel_data *list);
int telemetry_addresses(struct instance *instance, unsigned first, struct rte_tel_data *list);
int telemetry_neighbour_events(
	struct instance *instance, unsigned first, struct rte_tel_data *list);

#endif
