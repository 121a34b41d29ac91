/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WATCHDOG_H
#define WATCHDOG_H

/**
 * @file
 * Names handlers that do not return, or take milliseconds for a frame, and says when that is over.
 * Looks at what lanes count anyway. Management thread.
 */

#include <stdbool.h>

#include "instance.h"

enum { WATCHDOG_STALL_MS = 1000, WATCHDOG_SLOW_MS = 500 };

/** Look at every lane and handler; call it ten times a second. */
void watchdog_round(struct instance *instance);

/** Whether control and all workers go on: none has stood still for WATCHDOG_STALL_MS. Those of
 *  handlers of their own do not count, for they hurt nobody else. */
bool watchdog_all_well(const struct instance *instance);

/** The handler that a lane runs now, or NULL. It may be another one a moment later. */
const struct lane_handler *watchdog_running(const struct instance *instance, unsigned lane);

/** "handler NAME NUMBER (PLACE, CPU N)" into text. */
void watchdog_name(
	const struct instance *instance, const struct lane_handler *h, char *text, size_t size);

#endif
