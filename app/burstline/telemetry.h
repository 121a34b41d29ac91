/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include <jansson.h>

#include "instance.h"

/**
 * Register /burstline/NAME of every table of show.h with DPDK telemetry.
 * The callbacks run in EAL's threads until telemetry_close().
 *
 * @return 0 or -errno.
 */
int telemetry_open(struct instance *instance);

/** Callbacks wait: what the instance consists of changes. Management thread. */
void telemetry_pause(void);
void telemetry_resume(void);

/** show_page() for threads that are not the management thread. -ENODEV: there is nothing to tell.
 */
int telemetry_page(const char *name, unsigned first, unsigned max, json_t **rows);

/** From now on callbacks answer with nothing: the instance is about to be freed. */
void telemetry_close(void);

#endif
