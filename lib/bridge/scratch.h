/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_SCRATCH_H
#define BRIDGE_SCRATCH_H

/**
 * @file
 * A bridge to try one frame on: its rules are those of the live one, its table holds only the
 * entries that this frame can meet, and nobody else sees what the frame does to it. Cold; the
 * thread that owns views.
 */

#include "bridge/bridge.h"

/** What the live table says of the frame's addresses, before it is tried. */
struct bridge_glance {
	bool enters;                // false: the member's rules drop it, and the rest is not set
	uint16_t vlan;              // inside
	uint8_t src_port, dst_port; // as fdb_lookup() has them
	uint64_t src;               // fdb_key()
};

/**
 * @param frame octets of the frame, BRIDGE_SCRATCH_READ readable, zeros behind its end.
 * @param len   its octets, 14 at least.
 * @return a bridge with a table of its own; free() releases both. NULL: no memory.
 */
struct bridge *bridge_scratch(const struct bridge *live, uint16_t port, const uint8_t *frame,
	uint32_t len, struct bridge_glance *glance);

enum { BRIDGE_SCRATCH_READ = 64 };

#endif
