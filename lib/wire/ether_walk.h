/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_WALK_H
#define WIRE_ETHER_WALK_H

/**
 * @file
 * The parser's one body, for flat frames (ether.c) and segmented ones (ether_mbuf.c). Not for
 * other callers.
 */

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "wire/ether.h"

/** `n` octets (14 or fewer) at `offset`, all inside the frame: where they lie, or a copy in `room`.
 */
typedef const uint8_t *(*ether_read)(const void *frame, uint32_t offset, uint32_t n, uint8_t *room);

enum { ETHER_READ_MAX = 14 };

static inline uint8_t ether_address_flags(const uint8_t *addrs)
{
	static const uint8_t broadcast[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t zero[ETHER_MAC_LEN];
	static const uint8_t constrained[] = {0x01, 0x80, 0xc2, 0x00, 0x00}; // 802.1Q Table 8-1
	uint8_t flags = 0;

	if (addrs[0] & 1) {
		if (memcmp(addrs, broadcast, sizeof(broadcast)) == 0)
			flags |= ETHER_DST_BROADCAST;
		else
			flags |= ETHER_DST_MULTICAST;
		if (memcmp(addrs, constrained, sizeof(constrained)) == 0 && addrs[5] <= 0x0f)
			flags |= ETHER_DST_LINK_CONSTRAINED;
	}
	if (addrs[6] & 1)
		flags |= ETHER_SRC_GROUP;
	else if (memcmp(addrs + ETHER_MAC_LEN, zero, sizeof(zero)) == 0)
		flags |= ETHER_SRC_ZERO;
	return flags;
}

/** A frame whose type/length field, at `at`, is a length. */
static __rte_always_inline enum ether_error ether_walk_length(ether_read read, const void *frame,
	uint32_t at, uint32_t length, uint32_t len, struct ether *e)
{
	uint8_t room[ETHER_READ_MAX];
	uint32_t rest = len - at - 2;
	const uint8_t *llc;

	if (length > ETHER_LENGTH_MAX)
		return ETHER_LENGTH_RESERVED;
	if (length > rest)
		return ETHER_LENGTH_OVERRUN;
	if (length < 3)
		return ETHER_LLC_SHORT;
	e->payload_offset = at + 2;
	e->payload_len = length;
	e->pad_len = rest - length;
	e->ethertype = 0;
	llc = read(frame, at + 2, RTE_MIN(length, (uint32_t)ETHER_SNAP_LEN), room);
	if (llc[0] == 0xff && llc[1] == 0xff) {
		e->kind = ETHER_RAW8023;
	} else if (llc[0] == 0xaa && llc[1] == 0xaa && llc[2] == 0x03) {
		if (length < ETHER_SNAP_LEN)
			return ETHER_SNAP_SHORT;
		e->kind = ETHER_SNAP;
		e->payload_offset += ETHER_SNAP_LEN;
		e->payload_len -= ETHER_SNAP_LEN;
		if ((llc[3] | llc[4] | llc[5]) == 0 && tag_load_be16(llc + 6) >= ETHER_TYPE_MIN)
			e->ethertype = tag_load_be16(llc + 6);
	} else {
		e->kind = ETHER_LLC;
	}
	return ETHER_OK;
}

// Inlined by force: called through `read`, the flat parse would cost three indirect calls.
static __rte_always_inline enum ether_error ether_walk(
	ether_read read, const void *frame, uint32_t len, unsigned tpids, struct ether *e)
{
	uint8_t room[ETHER_READ_MAX];
	uint32_t at = ETHER_ADDRS_LEN;
	const uint8_t *p;
	uint16_t type;

	if (unlikely(len < ETHER_HEADER_LEN))
		return ETHER_SHORT_HEADER;
	p = read(frame, 0, ETHER_HEADER_LEN, room);
	e->flags = ether_address_flags(p);
	type = tag_load_be16(p + at);
	while (ether_is_tpid(type, tpids)) {
		if (unlikely(len - at < ETHER_TAG_LEN + 2))
			return ETHER_SHORT_VLAN;
		p = read(frame, at + 2, 4, room);
		if (unlikely((tag_load_be16(p) & TAG_VID_MASK) == ETHER_VID_RESERVED))
			e->flags |= ETHER_VID_IS_RESERVED;
		type = tag_load_be16(p + 2);
		at += ETHER_TAG_LEN;
	}
	e->n_tags = (at - ETHER_ADDRS_LEN) / ETHER_TAG_LEN;
	if (unlikely(type < ETHER_TYPE_MIN))
		return ether_walk_length(read, frame, at, type, len, e);
	e->payload_offset = at + 2;
	e->payload_len = len - at - 2;
	e->pad_len = 0;
	e->ethertype = type;
	e->kind = ETHER_ETHERNET2;
	return ETHER_OK;
}

#endif
