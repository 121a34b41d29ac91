/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_BRIDGES_H
#define TELEMETRY_BRIDGES_H

/**
 * @file
 * What telemetry tells of bridges. Each fills one page of a list, as `struct telemetry_answer`
 * wants it; telemetry's threads.
 */

#include <rte_telemetry.h>

#include "instance.h"

int telemetry_bridges(struct instance *instance, unsigned first, struct rte_tel_data *list);
int telemetry_bridge_members(struct instance *instance, unsigned first, struct rte_tel_data *list);

/** VLANs that a member or an interface of ours is in. */
int telemetry_bridge_vlans(struct instance *instance, unsigned first, struct rte_tel_data *list);
int telemetry_fdb(struct instance *instance, unsigned first, struct rte_tel_data *list);

#endif
