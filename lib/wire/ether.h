/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_H
#define WIRE_ETHER_H

/**
 * @file
 * Ethernet frames, read: Ethernet II, 802.3 length with LLC, SNAP and raw 802.3, behind any stack
 * of tags (IEEE 802.3 clause 3, 802.1Q clause 9, 802.2, RFC 1042).
 *
 * Frames begin at the destination address and end before the FCS. Lengths are octets, values host
 * order. Nothing here allocates, keeps state or blocks; any thread may call it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tag.h"

enum {
	ETHER_MAC_LEN = 6,
	ETHER_ADDRS_LEN = 12,  // both addresses: offset of the first TPID or type/length field
	ETHER_HEADER_LEN = 14, // untagged
	ETHER_TAG_LEN = 4,
	ETHER_SNAP_LEN = 8,        // AA-AA-03, OUI, PID
	ETHER_MIN_FRAME = 60,      // shortest frame without FCS and tags (802.3 3.2.8)
	ETHER_BASIC_LEN = 1514,    // longest, without FCS and tags
	ETHER_ENVELOPE_LEN = 1996, // longest envelope frame, all tags included (802.3as)
	ETHER_LENGTH_MAX = 1500,   // a type/length field up to here is a length
	ETHER_TYPE_MIN = 0x0600,   // and from here on an EtherType
	ETHER_VID_RESERVED = 4095
};

/** TPIDs that are tags only where they are named; a bit set. 0x8100 and 0x88a8 always are. */
enum ether_tpids {
	ETHER_TPIDS_STANDARD = 0,
	ETHER_TPIDS_9100 = 1u << 1,
	ETHER_TPIDS_9200 = 1u << 2,
	ETHER_TPIDS_9300 = 1u << 3
};

enum ether_error {
	ETHER_OK,
	ETHER_SHORT_HEADER,    // fewer than 14 octets
	ETHER_SHORT_VLAN,      // ends inside its tags, or before the type/length field behind them
	ETHER_LENGTH_RESERVED, // type/length from 1501 to 1535; judged before overrun
	ETHER_LENGTH_OVERRUN,  // length says more octets than there are
	ETHER_LLC_SHORT,       // length below 3
	ETHER_SNAP_SHORT       // SNAP, and length below 8
};

enum ether_kind {
	ETHER_ETHERNET2,
	ETHER_LLC,    // payload begins with the LLC header
	ETHER_SNAP,   // AA-AA-03; payload begins after OUI and PID
	ETHER_RAW8023 // FF-FF after the length: Novell's IPX
};

/** What is special about a frame; a bit set. */
enum ether_flag {
	ETHER_DST_BROADCAST = 1u << 0,
	ETHER_DST_MULTICAST = 1u << 1,        // group, but not broadcast
	ETHER_DST_LINK_CONSTRAINED = 1u << 2, // in addition: 01-80-C2-00-00-00 to 0F
	ETHER_SRC_GROUP = 1u << 3,
	ETHER_SRC_ZERO = 1u << 4,
	ETHER_VID_IS_RESERVED = 1u << 5 // a tag with VID 4095
};

/** A parsed frame. The tags are not copied: ether_tag() reads them, so their number is bounded by
 *  the frame alone. */
struct ether {
	uint32_t n_tags;
	uint32_t payload_offset;
	uint32_t payload_len; // to the end of the frame, or what the length field leaves
	uint32_t pad_len;     // octets behind the payload of a length frame
	uint16_t ethertype;   // 0: none. SNAP with OUI 0 and PID >= 0x0600 has its PID
	uint8_t kind;         // enum ether_kind
	uint8_t flags;        // enum ether_flag
};

struct ether_tag {
	uint16_t tpid;
	uint16_t vid; // 0 to 4095
	uint8_t pcp;  // 0 to 7
	uint8_t dei;  // 0 or 1
};

/** How long a frame is. */
enum ether_size {
	ETHER_RUNT,     // under 60 octets
	ETHER_BASIC,    // up to 1514, and four more for each tag
	ETHER_ENVELOPE, // up to 1996 (802.3as)
	ETHER_JUMBO     // longer: no standard, the MTU decides
};

static inline bool ether_is_tpid(uint16_t type, unsigned tpids)
{
	enum { NAMED = ETHER_TPIDS_9100 | ETHER_TPIDS_9200 | ETHER_TPIDS_9300 };

	return tag_is_tpid(type) ||
	       ((type & 0xfcff) == 0x9000 && ((tpids & NAMED) >> (type >> 8 & 3) & 1));
}

/**
 * Parse a frame.
 *
 * @param p     `len` octets from the destination address on; only headers are read.
 * @param len   without FCS.
 * @param tpids set of enum ether_tpids.
 * @param e     set on ETHER_OK; else undefined.
 * @return      ETHER_OK or the first fault, in the order of enum ether_error.
 */
enum ether_error ether_parse(const uint8_t *p, uint32_t len, unsigned tpids, struct ether *e);

/** Tag `i` (0: the outermost) of a frame whose parse counted more than `i`. */
static inline struct ether_tag ether_tag(const uint8_t *p, uint32_t i)
{
	const uint8_t *at = p + ETHER_ADDRS_LEN + (size_t)i * ETHER_TAG_LEN;
	uint16_t tci = tag_load_be16(at + 2);

	return (struct ether_tag){tag_load_be16(at), tci & TAG_VID_MASK,
		(uint8_t)(tci >> TAG_PCP_SHIFT), (tci & TAG_DEI) != 0};
}

/** Offset of the type/length field behind the tags. */
static inline uint32_t ether_type_offset(const struct ether *e)
{
	return ETHER_ADDRS_LEN + e->n_tags * ETHER_TAG_LEN;
}

static inline enum ether_size ether_size(uint32_t len, uint32_t n_tags)
{
	if (len < ETHER_MIN_FRAME)
		return ETHER_RUNT;
	if (len <= ETHER_BASIC_LEN + (uint64_t)n_tags * ETHER_TAG_LEN)
		return ETHER_BASIC;
	return len <= ETHER_ENVELOPE_LEN ? ETHER_ENVELOPE : ETHER_JUMBO;
}

/** Does the frame fit an MTU? The header and all tags come on top of it. */
static inline bool ether_fits(uint32_t len, uint32_t n_tags, uint32_t mtu)
{
	return len <= (uint64_t)mtu + ETHER_HEADER_LEN + (uint64_t)n_tags * ETHER_TAG_LEN;
}

/** "short_header" ...; static. ETHER_OK is "ok". */
const char *ether_error_name(enum ether_error error);

/** "ethernet2", "llc", "snap", "raw8023"; static. */
const char *ether_kind_name(enum ether_kind kind);

/** Names of the bits of enum ether_flag, lowest first; NULL past the last. */
const char *ether_flag_name(unsigned bit);

#endif
