/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_KEYS_H
#define BRIDGE_KEYS_H

/**
 * @file
 * What the addresses of a burst are to the forwarding database, all at once. Internal to
 * lib/bridge; burst path.
 */

#include "bridge/inside.h"

enum {
	KEYS_AT_ONCE = 4, // frames
	KEYS_READ = 16    // octets of each
};

/** Sources and destinations of a burst. */
struct keys {
	uint16_t n_src;
	uint16_t n_dst; // 1 for a burst to one address
	uint16_t late;  // the first source that is not known on this port; n_src: all are
	uint64_t group; // bits of all addresses: bit 0 is set when one is a group's
	// Of destinations, when all sources are known:
	uint64_t any, all; // bits below the tag that one of their entries has, and that all have
	uint8_t to[CLASSIFY_BURST]; // see keys_to()
	// Written some at once.
	_Alignas(32) uint64_t src[CLASSIFY_BURST],
		src_wanted[CLASSIFY_BURST], dst_tag[CLASSIFY_BURST];
	_Alignas(32) struct fdb_bucket *src_home[CLASSIFY_BURST], *dst_home[CLASSIFY_BURST];
};
_Static_assert(CLASSIFY_BURST % KEYS_AT_ONCE == 0, "keys are made some at once");

/** Is each destination known, and a member's port? */
static inline bool keys_lead_to_members(const struct keys *keys)
{
	return (keys->any >> FDB_STEP | (keys->any & FDB_LOCAL)) == 0;
}

/** The port that destination i leads to, if it leads to a member. */
static inline uint8_t keys_to(const struct keys *keys, unsigned i)
{
	return keys->to[i] & FDB_PORT;
}

/** Do all destinations lead to one port? */
static inline bool keys_lead_to_one(const struct keys *keys)
{
	return ((keys->any ^ keys->all) & FDB_PORT) == 0;
}

/**
 * Look up the addresses of a burst, in which no group's is. Changes nothing but the time of sources
 * that are known.
 *
 * @param word of an entry that is seen now on the port the burst came in by.
 * @param pkts  KEYS_READ octets of each are in the first segment.
 * @param vlans of as many frames as there are keys, KEYS_AT_ONCE at least; `step` is 0 where the
 *              first KEYS_AT_ONCE are those of all frames, else 1.
 * @param keys  with n_src and n_dst.
 */
typedef void keys_pass(struct fdb *fdb, struct rte_mbuf *const *pkts, const uint64_t *vlans,
	unsigned step, uint64_t word, struct keys *keys);

/** By keys.c as it is built for each instruction set. */
keys_pass keys_look_up_portable, keys_look_up_avx2;

#endif
