/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_BUILD_H
#define WIRE_ETHER_BUILD_H

/**
 * @file
 * Ethernet frames, written: the inverse of ether_parse(). Conventions as there.
 */

#include "wire/ether.h"

/** A frame to be built. Pointers are borrowed. */
struct ether_spec {
	uint8_t dst[ETHER_MAC_LEN], src[ETHER_MAC_LEN];
	const struct ether_tag *tags; // outermost first
	uint32_t n_tags;
	enum ether_kind kind;
	uint16_t ethertype; // of ETHER_ETHERNET2: 0x0600 and above, not 0x8100, 0x88a8 or a tag's
	                    // TPID
	uint8_t oui[3];     // of ETHER_SNAP
	uint16_t pid;
	const uint8_t *payload; // as ether_parse() reports it: of LLC and raw 802.3 from the octet
	uint32_t payload_len;   // after the length field on, of SNAP from the one after the PID
	const uint8_t *trailer; // octets behind the payload, as they are
	uint32_t trailer_len;
	uint32_t min_len; // zeros follow until the frame has this length; ether_min_len() or 0
};

enum ether_build_error {
	ETHER_BUILD_OK,
	ETHER_BUILD_TPID,      // not one of the five
	ETHER_BUILD_VID,       // above 4094: 4095 is reserved (802.1Q Table 9-2)
	ETHER_BUILD_PCP,       // above 7, or DEI above 1
	ETHER_BUILD_TYPE,      // below 0x0600, or the TPID of a tag
	ETHER_BUILD_TOO_LONG,  // payload above 1500 octets, with what SNAP adds
	ETHER_BUILD_LLC_SHORT, // LLC or raw 802.3, and fewer than 3 octets of payload
	ETHER_BUILD_LLC_KIND,  // the payload's first octets would be read as another kind
	ETHER_BUILD_ROOM       // longer than the room
};

/**
 * The length that `min_len` should be: 60 octets, and four for each tag, so that the last of them
 * can be popped without leaving a runt (802.3 allows 60 for tagged frames too).
 */
static inline uint32_t ether_min_len(uint32_t n_tags)
{
	return ETHER_MIN_FRAME + n_tags * ETHER_TAG_LEN;
}

/** Would a builder accept this tag? */
enum ether_build_error ether_tag_check(const struct ether_tag *tag);

/**
 * Build a frame.
 *
 * @param s    what is to be sent; a trailer of an Ethernet II frame just follows its payload.
 * @param p    written on ETHER_BUILD_OK only.
 * @param room octets at `p`.
 * @param len  set on ETHER_BUILD_OK: length without FCS.
 */
enum ether_build_error ether_build(
	const struct ether_spec *s, uint8_t *p, uint32_t room, uint32_t *len);

/**
 * Describe a parsed frame, so that ether_build() gives the same octets again.
 *
 * @param p, e frame that was parsed to ETHER_OK, and what came out.
 * @param tags room for e->n_tags, borrowed by *s, which borrows the frame too.
 */
void ether_describe(
	const uint8_t *p, const struct ether *e, struct ether_tag *tags, struct ether_spec *s);

/** One sentence, without a full stop; static. */
const char *ether_build_error_text(enum ether_build_error error);

#endif
