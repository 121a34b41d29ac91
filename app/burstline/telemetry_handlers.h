/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_HANDLERS_H
#define TELEMETRY_HANDLERS_H

#include <rte_telemetry.h>

#include "instance.h"

/**
 * /burstline/handlers: every instance with its verdicts, its rings (how full, what was dropped for
 * which reason, how long frames waited from ring to verdict) and its own counters.
 *
 * waits_us: `under_N` frames waited less than N and at least N / 2 microseconds; `longer`: the
 * rest.
 *
 * @param first entries to pass over. @return 0 or -errno.
 */
int telemetry_handlers(struct instance *instance, unsigned first, struct rte_tel_data *list);

#endif
