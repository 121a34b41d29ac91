/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_INSIDE_H
#define BRIDGE_INSIDE_H

/**
 * @file
 * Between the files of the bridge: a frame's inside form, and the outside form of an egress
 * member. Internal; burst path.
 */

#include <string.h>

#include "base/drop.h"
#include "bridge/bridge.h"
#include "wire/tag.h"

enum {
	INSIDE_OK = DROP_REASON_COUNT, // of inside_of()
	INSIDE_READ = 32 // octets that lie in the first segment, of a frame that has so many
};

/** What a frame is inside a bridge: the bridge's tag, perhaps one more, then its octets behind
 *  `pop` tags. */
struct inside {
	uint16_t tci;    // the bridge's tag: PCP, DEI, VID
	uint8_t pop;     // tags in the octets that are not inside
	uint8_t n_inner; // 1: `inner` follows the bridge's tag
	uint32_t inner;  // TPID in the high half, TCI in the low
};

static inline uint16_t inside_vlan(const struct inside *in)
{
	return in->tci & TAG_VID_MASK;
}

/** The address at p, of which eight octets are readable, as fdb_key() has it. */
static inline uint64_t inside_mac(const uint8_t *p)
{
	uint64_t mac;

	memcpy(&mac, p, sizeof(mac));
	return mac & FDB_MAC;
}

static inline bool inside_is_group(uint64_t mac)
{
	return (mac & 1) != 0;
}

static inline struct bridge_member_counts *counts_of(const struct bridge_call *call, uint16_t port)
{
	return &call->lane->member[port];
}

static inline const struct bridge_vlan *bridge_vlan_of(
	const struct bridge *b, const struct inside *in)
{
	return &b->vlan[inside_vlan(in)];
}

static inline struct bridge_vlan_counts *vlan_counts_of(
	const struct bridge_call *call, const struct inside *in)
{
	return &call->lane->vlan[bridge_vlan_of(call->bridge, in)->slot];
}

/** Members that a frame from `port` may reach in its VLAN. */
static inline uint32_t reach(const struct bridge *b, uint16_t port, const struct inside *in)
{
	uint32_t mask = bridge_vlan_of(b, in)->members & ~(UINT32_C(1) << port);

	if (unlikely(b->isolated >> port & 1))
		mask &= ~b->isolated;
	return mask;
}

/**
 * The inside form of a frame that came in at a member of a VLAN-aware bridge.
 *
 * @param p   its octets; min(len, INSIDE_READ) are readable.
 * @return INSIDE_OK, or the reason to drop it.
 */
unsigned inside_of(
	const struct bridge *b, uint16_t port, const uint8_t *p, uint32_t len, struct inside *in);

/** Tags to write in place of the first `pop` ones of a frame. */
struct outside {
	uint8_t pop, push;
	bool same;       // the octets are right as they are
	uint32_t tag[3]; // TPID in the high half, TCI in the low
};

/** The outside form of a frame at an egress member; false: its translation cannot express it.
 *  @param p, len the octets to which `in` belongs, as for inside_of(). */
bool outside_of(const struct bridge *b, uint16_t port, const uint8_t *p, uint32_t len,
	const struct inside *in, struct outside *to);

/** May this mbuf's first octets be written? */
static inline bool outside_is_writable(const struct rte_mbuf *m)
{
	return rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

/** Write the tags `to` has in front of `frame`, whose addresses are at `addresses`; these may
 *  overlap. */
static inline void outside_write(uint8_t *frame, const uint8_t *addresses, const struct outside *to)
{
	uint64_t eight;
	uint32_t four;

	memcpy(&eight, addresses, 8);
	memcpy(&four, addresses + 8, 4);
	memcpy(frame, &eight, 8);
	memcpy(frame + 8, &four, 4);
	for (unsigned i = 0; i < to->push; i++) {
		uint32_t tag = rte_cpu_to_be_32(to->tag[i]);

		memcpy(frame + 12 + 4 * i, &tag, 4);
	}
}

/** Give a frame its outside form, in place. False: shared octets, or no headroom. */
static inline bool outside_apply(struct rte_mbuf *m, const struct outside *to)
{
	int grow = 4 * (to->push - to->pop);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);

	if (unlikely(!outside_is_writable(m) || (int)rte_pktmbuf_headroom(m) < grow))
		return false;
	outside_write(p - grow, p, to);
	m->data_off = (uint16_t)(m->data_off - grow);
	m->data_len = (uint16_t)(m->data_len + grow);
	m->pkt_len = (uint32_t)((int64_t)m->pkt_len + grow);
	return true;
}

/** The same of a burst, up to the first frame of which it is false: returns how many came before.
 */
uint16_t outside_apply_burst(struct rte_mbuf **pkts, uint16_t n, const struct outside *to);

/** Send one frame to one member, with its tags. */
void flood_one(const struct bridge_call *call, struct bridge_member_counts *counts,
	struct rte_mbuf *m, const struct inside *in, uint16_t port);

/** Send a frame to every member of `mask`, which is not empty; takes it. */
void flood(const struct bridge_call *call, struct bridge_member_counts *counts, struct rte_mbuf *m,
	const struct inside *in, uint32_t mask);

/** A private copy of all octets, or NULL (counted). */
struct rte_mbuf *flood_copy(const struct bridge_call *call, struct bridge_member_counts *counts,
	const struct rte_mbuf *m);

#endif
