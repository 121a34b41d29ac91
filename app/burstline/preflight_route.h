/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_ROUTE_H
#define PREFLIGHT_ROUTE_H

/**
 * @file
 * Whether this machine is reached through an interface. Reads /proc/net and sysfs; changes nothing.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * Whether an IPv4 or IPv6 default route of the main table goes through the interface, or through
 * one above it (bridge, bond, VLAN).
 *
 * @param proc "/proc" and
 * @param sys  "/sys", or folders made for a test.
 * @param via  set to the interface that has the route.
 */
bool preflight_has_default_route(
	const char *proc, const char *sys, const char *iface, char *via, size_t via_size);

#endif
