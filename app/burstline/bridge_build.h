/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_BUILD_H
#define BRIDGE_BUILD_H

/**
 * @file
 * What of a bridge outlives views: the forwarding table with its static entries, counters and
 * buckets of each lane. A part of build.c's work; before the lanes run.
 */

#include <stddef.h>

#include "instance.h"

/**
 * Build the bridges of an instance that has its ports, pools, lanes and interfaces.
 *
 * @return 0, or -1 with a sentence in `error`; bridge_build_free() releases what was made either
 *         way.
 */
int bridge_build(struct instance *instance, char *error, size_t error_size);

/** What the bridges need of one lane more, before it starts. @return 0, or -1 without memory. */
int bridge_build_lane(struct instance *instance, unsigned l);

/** Lanes have returned, views are gone. */
void bridge_build_free(struct instance *instance);

#endif
