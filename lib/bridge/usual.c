/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The usual burst, without a branch that depends on a single frame: sources that are up to date,
 * destinations that are known and may be reached, and tags alike for all frames, or tagged frames
 * of a trunk that stay as they are. Whatever else a burst holds, bridge.c decides frame by frame.
 */

#include <string.h>

#include "bridge/learn.h"
#include "bridge/usual.h"

/** Keys of a burst, and where they lead. */
struct keys {
	uint16_t n;     // 1 for a burst of one flow
	uint64_t group; // bit 0: one of the addresses is a group's
	uint32_t exits; // bit p: a frame leaves by port p
	uint64_t src[CLASSIFY_BURST], dst[CLASSIFY_BURST];
	struct fdb_bucket *src_bucket[CLASSIFY_BURST], *dst_bucket[CLASSIFY_BURST];
	uint8_t to[CLASSIFY_BURST];
	uint16_t n_new;
	struct fdb_source new[CLASSIFY_BURST]; // sources that the table does not have
};

// Not by an initializer, which would clear all of the arrays for each burst.
static inline void begin(struct keys *keys, uint16_t n)
{
	keys->n = n;
	keys->group = 0;
	keys->exits = 0;
	keys->n_new = 0;
}

static inline void add_key(
	struct keys *keys, uint16_t i, struct fdb *fdb, const uint8_t *p, uint16_t vlan)
{
	keys->dst[i] = fdb_key(vlan, inside_mac(p));
	keys->src[i] = fdb_key(vlan, inside_mac(p + 6));
	keys->group |= keys->dst[i] | keys->src[i];
	keys->dst_bucket[i] = fdb_bucket_of(fdb, keys->dst[i]);
	keys->src_bucket[i] = fdb_bucket_of(fdb, keys->src[i]);
	rte_prefetch0(keys->dst_bucket[i]);
	rte_prefetch0(keys->src_bucket[i]);
}

// A source that is not up to date. False: more than new.
static bool add_new(const struct fdb *fdb, struct keys *keys, uint16_t i)
{
	if ((keys->src[i] & INSIDE_MAC) == 0 ||
		fdb_lookup_in(fdb, keys->src_bucket[i], keys->src[i]) != FDB_NONE)
		return false;
	if (i == 0 || keys->src[i] != keys->src[i - 1])
		keys->new[keys->n_new++].key = keys->src[i];
	return true;
}

static inline bool look_up(const struct bridge_call *call, uint16_t port, struct keys *keys)
{
	struct fdb *fdb = call->bridge->fdb;

	if (inside_is_group(keys->group))
		return false;
	for (uint16_t i = 0; i < keys->n; i++) {
		if (unlikely(!fdb_renew_in(fdb, keys->src_bucket[i], keys->src[i], (uint8_t)port,
			    call->seconds)) &&
			!add_new(fdb, keys, i))
			return false;
		keys->to[i] = fdb_lookup_in(fdb, keys->dst_bucket[i], keys->dst[i]);
		if (unlikely(keys->to[i] >= OUT_PORTS))
			return false;
		keys->exits |= UINT32_C(1) << keys->to[i];
	}
	return true;
}

// Only when nothing else can hand the burst to bridge.c, which would learn them once more. One that
// control has made ours since the look-up counts as seen before.
static inline void learn_new(const struct bridge_call *call, uint16_t port, struct keys *keys)
{
	if (unlikely(keys->n_new != 0))
		learn_sources(call, port, keys->new, keys->n_new);
}

static bool is_one_exit(const struct keys *keys)
{
	return (keys->exits & (keys->exits - 1)) == 0;
}

/** What the frames of a burst have in common. */
struct alike {
	bool tags;      // type field and first tag: one inside form for all
	bool addresses; // and both addresses: one flow
};

static struct alike compare(
	const struct bridge *b, uint16_t port, struct rte_mbuf **pkts, const struct classified *c)
{
	uint64_t first[2], other[2], low = 0, high = 0;
	uint16_t type;

	// Translations look at a second tag.
	if (pkts[0]->data_len < 18 || b->member[port].n_translations != 0)
		return (struct alike){false, false};
	memcpy(first, rte_pktmbuf_mtod(pkts[0], const void *), sizeof(first));
	for (uint16_t i = 1; i < c->n; i++) {
		if (unlikely(pkts[i]->data_len < 18))
			return (struct alike){false, false};
		memcpy(other, rte_pktmbuf_mtod(pkts[i], const void *), sizeof(other));
		low |= other[0] ^ first[0];
		high |= other[1] ^ first[1];
	}
	// Untagged: octets 14 and 15 are payload. A customer's tag lends a tunnel its priority.
	type = rte_be_to_cpu_16((uint16_t)(first[1] >> 32));
	if (c->uniform && type != b->tpid &&
		!(b->member[port].mode == BRIDGE_QINQ && tag_is_tpid(type)))
		high &= INSIDE_MAC;
	return (struct alike){.tags = !b->vlan_aware || high >> 32 == 0,
		.addresses = (low | (uint32_t)high) == 0};
}

// All frames leave by one port: their octets, together, and what they are then.
static struct bridge_exit leave(const struct bridge_call *call, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c, const struct inside *in, uint16_t to)
{
	struct bridge_exit exit = {.port = to, .bytes = c->bytes, .max_len = c->max_len};
	struct outside tags;

	outside_of(call->bridge, to, rte_pktmbuf_mtod(pkts[0], const uint8_t *), pkts[0]->pkt_len,
		in, &tags);
	if (tags.same) {
		exit.n = c->n;
		return exit;
	}
	while (exit.n < c->n && likely(outside_apply(pkts[exit.n], &tags)))
		exit.n++;
	if (unlikely(exit.n < c->n)) {
		// One that is shared, or has no headroom: all go one by one, so that order is kept.
		for (uint16_t i = 0; i < exit.n; i++)
			out_put(call->out, pkts[i], to);
		for (uint16_t i = exit.n; i < c->n; i++)
			flood_one(call, counts_of(call, port), pkts[i], in, to);
		return (struct bridge_exit){.n = 0};
	}
	exit.bytes += (uint64_t)((int64_t)exit.n * 4 * (tags.push - tags.pop));
	exit.max_len += 4u * tags.push;
	return exit;
}

// Tags alike: one inside form, and one outside form a member.
static bool one_tag(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct alike alike, struct bridge_exit *exit)
{
	const struct bridge *b = call->bridge;
	struct inside in = {0};
	struct keys keys;

	begin(&keys, alike.addresses ? 1 : c->n);
	if (b->vlan_aware && inside_of(b, port, rte_pktmbuf_mtod(pkts[0], const uint8_t *),
				     pkts[0]->pkt_len, &in) != INSIDE_OK)
		return false;
	for (uint16_t i = 0; i < keys.n; i++)
		add_key(&keys, i, b->fdb, rte_pktmbuf_mtod(pkts[i], const uint8_t *),
			inside_vlan(&in));
	if (!look_up(call, port, &keys) || unlikely((keys.exits & ~reach(b, port, &in)) != 0) ||
		unlikely((keys.exits & bridge_vlan_of(b, &in)->translated) != 0))
		return false;
	learn_new(call, port, &keys);
	vlan_counts_of(call, &in)->frames += c->n;
	vlan_counts_of(call, &in)->bytes += c->bytes;
	if (is_one_exit(&keys)) {
		*exit = leave(call, port, pkts, c, &in, keys.to[0]);
		return true;
	}
	for (uint16_t i = 0; i < keys.n; i++)
		flood_one(call, counts_of(call, port), pkts[i], &in, keys.to[i]);
	*exit = (struct bridge_exit){.n = 0};
	return true;
}

// Tagged frames of many VLANs, from a trunk without rules of its own to trunks.
static bool trunk(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	const struct bridge_vlan *vlan[CLASSIFY_BURST];
	const struct bridge *b = call->bridge;
	uint32_t stay = UINT32_MAX; // members that all frames may leave by as they are
	struct keys keys;

	begin(&keys, c->n);
	for (uint16_t i = 0; i < c->n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(pkts[i], const uint8_t *);

		if (unlikely(pkts[i]->data_len < 18) || tag_load_be16(p + 12) != b->tpid)
			return false;
		vlan[i] = &b->vlan[tag_load_be16(p + 14) & TAG_VID_MASK];
		if (unlikely(((vlan[i]->members & ~vlan[i]->translated) >> port & 1) == 0))
			return false;
		add_key(&keys, i, b->fdb, p, (uint16_t)(vlan[i] - b->vlan));
	}
	if (!look_up(call, port, &keys) || unlikely(keys.exits >> port & 1) ||
		unlikely((b->isolated >> port & 1) != 0 && (keys.exits & b->isolated) != 0))
		return false;
	for (uint16_t i = 0; i < c->n; i++)
		stay &= ~(UINT32_C(1) << keys.to[i]) |
		        (vlan[i]->members & vlan[i]->tagged & ~vlan[i]->translated);
	if (unlikely((keys.exits & ~stay) != 0))
		return false;
	learn_new(call, port, &keys);
	for (uint16_t i = 0; i < c->n; i++) {
		struct bridge_vlan_counts *counts = &call->lane->vlan[vlan[i]->slot];

		counts->frames++;
		counts->bytes += pkts[i]->pkt_len;
	}
	*exit = (struct bridge_exit){.port = keys.to[0], .bytes = c->bytes, .max_len = c->max_len};
	if (is_one_exit(&keys)) {
		exit->n = c->n;
		return true;
	}
	for (uint16_t i = 0; i < c->n; i++)
		out_put(call->out, pkts[i], keys.to[i]);
	return true;
}

// Does a tagged frame come in as it is?
static bool is_plain_trunk(const struct bridge *b, uint16_t port)
{
	const struct bridge_member *member = &b->member[port];

	return b->vlan_aware && member->mode == BRIDGE_TRUNK && !member->maps_pcp &&
	       member->n_translations == 0 && member->accept != BRIDGE_ACCEPT_UNTAGGED;
}

bool usual_burst(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	struct alike alike = compare(call->bridge, port, pkts, c);
	bool done = false;

	if (likely(alike.tags))
		done = one_tag(call, port, pkts, c, alike, exit);
	else if (is_plain_trunk(call->bridge, port))
		done = trunk(call, port, pkts, c, exit);
	if (likely(done))
		counts_of(call, port)->unicast += c->n;
	return done;
}
