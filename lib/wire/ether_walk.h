/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_WALK_H
#define WIRE_ETHER_WALK_H

/**
 * @file
 * The parser's one body, for flat frames (ether.c) and segmented ones (ether_mbuf.c). Not for
 * other callers.
 */

#include <endian.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "wire/ether.h"

/** `n` octets (14 or fewer) at `offset`, all inside the frame: where they lie, or a copy in `room`.
 */
typedef const uint8_t *(*ether_read)(const void *frame, uint32_t offset, uint32_t n, uint8_t *room);

enum { ETHER_READ_MAX = 14 };

static inline uint64_t ether_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/** Flags of addresses of which at least one is not that of a station. */
static inline uint8_t ether_special_flags(const uint8_t *addrs)
{
	const uint64_t broadcast = UINT64_C(0xffffffffffff), group = UINT64_C(0x010000000000);
	uint64_t dst = be64toh(ether_load64(addrs)) >> 16;
	uint64_t src = be64toh(ether_load64(addrs + ETHER_MAC_LEN)) >> 16;
	uint8_t flags = 0;

	if (dst == broadcast)
		flags |= ETHER_DST_BROADCAST;
	else if (dst & group)
		flags |= ETHER_DST_MULTICAST;
	if ((dst & ~UINT64_C(0xf)) == UINT64_C(0x0180c2000000)) // 802.1Q Table 8-1
		flags |= ETHER_DST_LINK_CONSTRAINED;
	if (src & group)
		flags |= ETHER_SRC_GROUP;
	if (src == 0)
		flags |= ETHER_SRC_ZERO;
	return flags;
}

/** Flags of the 14 octets of a header. */
static inline uint8_t ether_address_flags(const uint8_t *addrs)
{
	// The masks are turned round, at compile time, so that the octets need not be.
	uint64_t head = ether_load64(addrs);     // dst, and the begin of src
	uint64_t tail = ether_load64(addrs + 4); // the end of dst, and src

	if (likely((head & htobe64(UINT64_C(0x01) << 56)) == 0 &&
		    (tail & htobe64(UINT64_C(0x01) << 40)) == 0 &&
		    (tail & htobe64(UINT64_C(0xffffffffffff))) != 0))
		return 0;
	return ether_special_flags(addrs);
}

/** A frame whose type/length field is `length`, `e` telling what lies behind that field. */
static __rte_always_inline enum ether_error ether_walk_length(
	ether_read read, const void *frame, uint32_t length, struct ether *e)
{
	uint8_t room[ETHER_READ_MAX];
	uint32_t rest = e->payload_len;
	const uint8_t *llc;

	if (length > ETHER_LENGTH_MAX)
		return ETHER_LENGTH_RESERVED;
	if (length > rest)
		return ETHER_LENGTH_OVERRUN;
	if (length < 3)
		return ETHER_LLC_SHORT;
	e->payload_len = length;
	e->pad_len = rest - length;
	e->ethertype = 0;
	llc = read(frame, e->payload_offset, RTE_MIN(length, (uint32_t)ETHER_SNAP_LEN), room);
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

/** Offset of the type/length field behind the tags, of which there is one or more; 0: cut. */
static __rte_always_inline uint32_t ether_walk_tags(
	ether_read read, const void *frame, uint32_t len, unsigned tpids, uint8_t *flags)
{
	uint8_t room[ETHER_READ_MAX];
	uint32_t at = ETHER_ADDRS_LEN;
	const uint8_t *p;

	do {
		if (unlikely(len - at < ETHER_TAG_LEN + 2))
			return 0;
		p = read(frame, at + 2, 4, room);
		if (unlikely((tag_load_be16(p) & TAG_VID_MASK) == ETHER_VID_RESERVED))
			*flags |= ETHER_VID_IS_RESERVED;
		at += ETHER_TAG_LEN;
	} while (ether_is_tpid(tag_load_be16(p + 2), tpids));
	return at;
}

// Inlined by force: called through `read`, the flat parse would cost three indirect calls.
static __rte_always_inline enum ether_error ether_walk(
	ether_read read, const void *frame, uint32_t len, unsigned tpids, struct ether *e)
{
	uint8_t room[ETHER_READ_MAX];
	uint32_t at = ETHER_ADDRS_LEN;
	const uint8_t *p;
	uint16_t type;
	uint8_t flags;

	if (unlikely(len < ETHER_HEADER_LEN))
		return ETHER_SHORT_HEADER;
	p = read(frame, 0, ETHER_HEADER_LEN, room);
	flags = ether_address_flags(p);
	type = tag_load_be16(p + at);
	if (ether_is_tpid(type, tpids)) {
		at = ether_walk_tags(read, frame, len, tpids, &flags);
		if (unlikely(at == 0))
			return ETHER_SHORT_VLAN;
		p = read(frame, at, 2, room);
		type = tag_load_be16(p);
	}
	*e = (struct ether){.n_tags = (at - ETHER_ADDRS_LEN) / ETHER_TAG_LEN,
		.payload_offset = at + 2,
		.payload_len = len - at - 2,
		.ethertype = type,
		.kind = ETHER_ETHERNET2,
		.flags = flags};
	if (unlikely(type < ETHER_TYPE_MIN))
		return ether_walk_length(read, frame, type, e);
	return ETHER_OK;
}

#endif
