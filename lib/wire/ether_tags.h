/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_TAGS_H
#define WIRE_ETHER_TAGS_H

/**
 * @file
 * Push, pop and translation of tags: one operation that takes tags off the outside of a frame and
 * puts others in their place (IEEE 802.1Q 6.9, 802.1ad). Pop 0 push n is a push, pop n push 0 a
 * pop, pop n push m a translation n-m.
 *
 * No length limit is applied: a frame at the MTU grows beyond it, and the port that sends it
 * decides (drop `tx_too_long`). Nothing is padded: the sender pads. The FCS, where a port carries
 * one, is made after the last change.
 */

#include "wire/ether_build.h"

enum { ETHER_REWRITE_TAGS = 4 };

/** Where PCP and DEI of pushed tags come from. */
enum ether_priority {
	ETHER_PRIORITY_SET, // from the rewrite's own tags
	/** From the popped tag in the same place; where fewer were popped, from the innermost of
	 *  them; where none was, from the frame's outermost tag; untagged: 0. */
	ETHER_PRIORITY_KEEP
};

struct ether_rewrite {
	uint8_t pop, push; // tags, 0 to ETHER_REWRITE_TAGS
	enum ether_priority priority;
	unsigned tpids; // of enum ether_tpids: what counts as a tag when popping
	struct ether_tag tags[ETHER_REWRITE_TAGS]; // to push, outermost first
};

enum ether_rewrite_error {
	ETHER_REWRITE_OK,
	ETHER_REWRITE_SHORT,  // under 14 octets, or it ends inside a tag that is looked at
	ETHER_REWRITE_NO_TAG, // fewer tags than are to be popped
	ETHER_REWRITE_ROOM,   // too little room before the frame
	ETHER_REWRITE_SHARED, // mbuf: another reference sees these octets
	ETHER_REWRITE_SPLIT   // mbuf: addresses and tags do not lie in the first segment
};

/** Can this rewrite be done to any frame? Once, when it is configured. */
enum ether_build_error ether_rewrite_check(const struct ether_rewrite *rewrite);

/**
 * Rewrite the tags of a frame; on an error it is unchanged.
 *
 * @param frame    its first octet; moves down by four for each tag more, up for each one less.
 * @param len      its length; changes alike.
 * @param headroom octets before it that may be written.
 * @param rewrite  passed ether_rewrite_check().
 *
 * Context: burst path. Reads and writes at most the addresses and ETHER_REWRITE_TAGS tags.
 */
enum ether_rewrite_error ether_rewrite(
	uint8_t **frame, uint32_t *len, uint32_t headroom, const struct ether_rewrite *rewrite);

#endif
