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

/** One bridge, conf->bridges[b], without what lanes keep for it (bridge_build_lane()). NULL
 *  with a sentence in `error`. While lanes run: management, before it is in a view. */
struct instance_bridge *bridge_build_one(
	struct instance *instance, unsigned b, char *error, size_t error_size);

/** Free a bridge that is in no view any more; the lanes that are still there forget it. */
void bridge_build_free_one(struct instance *instance, struct instance_bridge *bridge);

/** A bridge that goes on: counters for VLANs that it has not had. Lanes run; a grace period passes
 *  if there must be more. @return 0, or -1 without memory. */
int bridge_build_vlans(struct instance *instance, unsigned b);

/** The same: static entries and our own addresses, where they are not there. Control lane. */
int bridge_build_entries(const struct instance *instance, unsigned b);

/** The same: its ageing time as in conf. Control lane. */
void bridge_build_ageing(const struct instance *instance, unsigned b);

/** The same: limits and rates as in conf. Management thread. */
void bridge_build_limits(struct instance *instance, unsigned b);

/** Names for the log, by id, once conf->bridges and instance->bridges are what they are to be. */
void bridge_build_names(struct instance *instance);

/** What the bridges need of one lane more, before it starts. @return 0, or -1 without memory. */
int bridge_build_lane(struct instance *instance, unsigned l);

/** Lanes have returned, views are gone. */
void bridge_build_free(struct instance *instance);

#endif
