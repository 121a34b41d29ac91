/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The usual burst, without a branch that depends on a single frame: sources that are up to date,
 * destinations that are known and may be reached, and tags alike for all frames, or tagged frames
 * of a trunk that stay as they are. Whatever else a burst holds, bridge.c decides frame by frame.
 */

#include <string.h>

#include <rte_ether.h>

#include "bridge/learn.h"
#include "bridge/usual.h"

/** Keys of a burst, and where they lead. */
struct keys {
	uint16_t n;     // 1 for a burst of one flow
	uint64_t group; // all of them: bit 0 when one is a group's
	uint32_t exits; // bit p: a frame leaves by port p
	uint64_t src[CLASSIFY_BURST], dst[CLASSIFY_BURST];
	struct fdb_slot *src_home[CLASSIFY_BURST], *dst_home[CLASSIFY_BURST];
	uint8_t to[CLASSIFY_BURST];
	uint16_t n_new;
	struct fdb_source new[CLASSIFY_BURST]; // sources that the table does not have
};

// Not by an initializer, which would clear all of the arrays for each burst.
static inline void begin(struct keys *keys, uint16_t n)
{
	keys->n = n;
	keys->exits = 0;
	keys->n_new = 0;
}

// Returns the bits of both addresses, for `group`.
static inline uint64_t add_key(
	struct keys *keys, unsigned i, struct fdb *fdb, const uint8_t *p, uint16_t vlan)
{
	keys->dst[i] = fdb_key(vlan, inside_mac(p));
	keys->src[i] = fdb_key(vlan, inside_mac(p + 6));
	keys->dst_home[i] = fdb_home(fdb, keys->dst[i]);
	keys->src_home[i] = fdb_home(fdb, keys->src[i]);
	rte_prefetch0(keys->dst_home[i]);
	rte_prefetch0(keys->src_home[i]);
	return keys->dst[i] | keys->src[i];
}

// A source that is not up to date. False: more than new.
static bool add_new(struct keys *keys, unsigned i, enum fdb_source_state state)
{
	if (state != FDB_ABSENT || (keys->src[i] & INSIDE_MAC) == 0)
		return false;
	if (i == 0 || keys->src[i] != keys->src[i - 1]) {
		struct fdb_source *new = &keys->new[keys->n_new++];

		new->key = keys->src[i];
		new->home = keys->src_home[i];
	}
	return true;
}

static inline bool look_up(const struct bridge_call *call, uint16_t port, struct keys *keys)
{
	struct fdb *fdb = call->bridge->fdb;
	uint32_t word = fdb_word_of(fdb, (uint8_t)port, call->seconds);
	uint32_t exits = 0;
	unsigned n = keys->n;

	if (inside_is_group(keys->group))
		return false;
	for (unsigned i = 0; i < n; i++) {
		enum fdb_source_state state =
			fdb_see_at(fdb, keys->src_home[i], keys->src[i], word);
		uint8_t to;

		if (unlikely(state != FDB_RENEWED) && !add_new(keys, i, state))
			return false;
		to = fdb_lookup_at(fdb, keys->dst_home[i], keys->dst[i]);
		if (unlikely(to >= OUT_PORTS))
			return false;
		keys->to[i] = to;
		exits |= UINT32_C(1) << to;
	}
	keys->exits = exits;
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

// All frames of one flow? A look at the last one tells most bursts of many.
static bool is_one_flow(struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t first, other, low = 0;
	uint32_t end, last, high = 0;

	memcpy(&first, rte_pktmbuf_mtod(pkts[0], const uint8_t *), sizeof(first));
	memcpy(&end, rte_pktmbuf_mtod(pkts[0], const uint8_t *) + 8, sizeof(end));
	memcpy(&last, rte_pktmbuf_mtod(pkts[n - 1], const uint8_t *) + 8, sizeof(last));
	if (last != end)
		return false;
	for (unsigned i = 1; i < n; i++) {
		memcpy(&other, rte_pktmbuf_mtod(pkts[i], const uint8_t *), sizeof(other));
		memcpy(&last, rte_pktmbuf_mtod(pkts[i], const uint8_t *) + 8, sizeof(last));
		low |= other ^ first;
		high |= last ^ end;
	}
	return (low | high) == 0;
}

static bool are_untagged(const struct classified *c)
{
	unsigned longer = 0;

	for (uint16_t i = 0; i < (c->uniform ? 1 : c->n); i++)
		longer |= c->l2_len[i] ^ RTE_ETHER_HDR_LEN;
	return longer == 0;
}

/** What the frames of a burst have in common. */
struct alike {
	bool tags;      // one inside form for all
	bool addresses; // and both addresses: one flow
};

static struct alike compare(
	const struct bridge *b, uint16_t port, struct rte_mbuf **pkts, const struct classified *c)
{
	uint64_t first[2], other[2], low = 0, high = 0;

	if (!b->vlan_aware || are_untagged(c))
		return (struct alike){true, is_one_flow(pkts, c->n)};
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
	return (struct alike){.tags = high >> 32 == 0, .addresses = (low | (uint32_t)high) == 0};
}

// May all frames be written, and begin so many octets before?
static bool are_writable(struct rte_mbuf **pkts, uint16_t n, int grow)
{
	uint64_t flags = 0;
	uint16_t shared = 0, room = UINT16_MAX;

	for (unsigned i = 0; i < n; i++) {
		flags |= pkts[i]->ol_flags;
		shared |= rte_mbuf_refcnt_read(pkts[i]) ^ 1;
		room = RTE_MIN(room, pkts[i]->data_off);
	}
	return (flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)) == 0 && shared == 0 &&
	       room >= grow;
}

static inline void resize(struct rte_mbuf *m, int grow)
{
	m->data_off = (uint16_t)(m->data_off - grow);
	m->data_len = (uint16_t)(m->data_len + grow);
	m->pkt_len += (uint32_t)grow;
}

static inline uint64_t read_u64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

// Stores of such sizes that none spans two cache lines where the frame begins with one.
static void push_tag(struct rte_mbuf **pkts, uint16_t n, uint32_t tag_be)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = rte_pktmbuf_mtod(pkts[i], uint8_t *);
		uint64_t addresses[2] = {read_u64(p), read_u64(p + 4)};

		memcpy(p - 4, &addresses[0], 4);
		memcpy(p, &addresses[1], 8);
		memcpy(p + 8, &tag_be, 4);
		resize(pkts[i], 4);
	}
}

static void pop_tag(struct rte_mbuf **pkts, uint16_t n)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = rte_pktmbuf_mtod(pkts[i], uint8_t *);
		uint64_t addresses[2] = {read_u64(p), read_u64(p + 4)};

		memcpy(p + 4, &addresses[0], 4);
		memcpy(p + 8, &addresses[1], 8);
		resize(pkts[i], -4);
	}
}

static void rewrite(struct rte_mbuf **pkts, uint16_t n, const struct outside *tags)
{
	if (tags->pop == 0 && tags->push == 1)
		push_tag(pkts, n, rte_cpu_to_be_32(tags->tag[0]));
	else if (tags->pop == 1 && tags->push == 0)
		pop_tag(pkts, n);
	else
		for (unsigned i = 0; i < n; i++)
			outside_apply(pkts[i], tags);
}

// All frames leave by one port: their octets, together, and what they are then.
static struct bridge_exit leave(const struct bridge_call *call, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c, const struct inside *in, uint16_t to)
{
	struct bridge_exit exit = {.port = to, .n = c->n, .bytes = c->bytes, .max_len = c->max_len};
	struct outside tags;
	int grow;

	outside_of(call->bridge, to, rte_pktmbuf_mtod(pkts[0], const uint8_t *), pkts[0]->pkt_len,
		in, &tags);
	if (tags.same)
		return exit;
	grow = 4 * (tags.push - tags.pop);
	if (unlikely(!are_writable(pkts, c->n, grow))) {
		for (uint16_t i = 0; i < c->n; i++)
			flood_one(call, counts_of(call, port), pkts[i], in, to);
		return (struct bridge_exit){.n = 0};
	}
	rewrite(pkts, c->n, &tags);
	exit.bytes += (uint64_t)((int64_t)exit.n * grow);
	exit.max_len += 4u * tags.push;
	return exit;
}

// Tags alike: one inside form, and one outside form a member.
static bool one_tag(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct alike alike, struct bridge_exit *exit)
{
	const struct bridge *b = call->bridge;
	struct inside in = {0};
	uint16_t n = alike.addresses ? 1 : c->n;
	uint64_t group = 0;
	struct keys keys;

	begin(&keys, n);
	if (b->vlan_aware && inside_of(b, port, rte_pktmbuf_mtod(pkts[0], const uint8_t *),
				     pkts[0]->pkt_len, &in) != INSIDE_OK)
		return false;
	for (unsigned i = 0; i < n; i++)
		group |= add_key(&keys, i, b->fdb, rte_pktmbuf_mtod(pkts[i], const uint8_t *),
			inside_vlan(&in));
	keys.group = group;
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
	uint64_t group = 0;
	struct keys keys;

	begin(&keys, c->n);
	for (uint16_t i = 0; i < c->n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(pkts[i], const uint8_t *);

		if (unlikely(pkts[i]->data_len < 18) || tag_load_be16(p + 12) != b->tpid)
			return false;
		vlan[i] = &b->vlan[tag_load_be16(p + 14) & TAG_VID_MASK];
		if (unlikely(((vlan[i]->members & ~vlan[i]->translated) >> port & 1) == 0))
			return false;
		group |= add_key(&keys, i, b->fdb, p, (uint16_t)(vlan[i] - b->vlan));
	}
	keys.group = group;
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

// The addresses, and the type that tells tags, are in the first segment.
static bool are_readable(struct rte_mbuf **pkts, const struct classified *c)
{
	uint16_t min = UINT16_MAX;

	for (uint16_t i = 0; !c->uniform && i < c->n; i++)
		min = RTE_MIN(min, pkts[i]->data_len);
	return min >= RTE_ETHER_HDR_LEN;
}

bool usual_burst(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	struct alike alike;
	bool done = false;

	if (unlikely(!are_readable(pkts, c)))
		return false;
	alike = compare(call->bridge, port, pkts, c);
	if (likely(alike.tags))
		done = one_tag(call, port, pkts, c, alike, exit);
	else if (is_plain_trunk(call->bridge, port))
		done = trunk(call, port, pkts, c, exit);
	if (likely(done))
		counts_of(call, port)->unicast += c->n;
	return done;
}
