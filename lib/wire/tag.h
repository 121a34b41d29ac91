/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_TAG_H
#define WIRE_TAG_H

/**
 * @file
 * The fields of a VLAN tag, which every parser shares (IEEE 802.1Q 9.6, 802.1ad).
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	TAG_TPID_C = 0x8100, // C-tag, IEEE 802.1Q
	TAG_TPID_S = 0x88a8, // S-tag, IEEE 802.1ad
	TAG_VID_MASK = 0x0fff,
	TAG_DEI = 0x1000,
	TAG_PCP_SHIFT = 13
};

/** The two octets at `p` in network order, which compilers make one load of. */
static inline uint16_t tag_load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/** The two TPIDs that are tags without being named in a configuration. */
static inline bool tag_is_tpid(uint16_t type)
{
	return type == TAG_TPID_C || type == TAG_TPID_S;
}

#endif
