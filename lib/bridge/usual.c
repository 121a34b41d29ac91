/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The usual burst, without a branch that depends on a single frame: sources that are up to date,
 * destinations that are known and may be reached, and tags alike for all frames, or tagged frames
 * of a trunk that stay as they are. Whatever else a burst holds, bridge.c decides frame by frame.
 */

#include <rte_ether.h>

#include "bridge/keys.h"
#include "bridge/learn.h"
#include "bridge/usual.h"

/** Sources that were not simply added. */
struct left {
	uint16_t n;
	uint64_t *src;
};

// Sources that are not up to date, and destinations, which may be one of them.
static __rte_noinline bool look_up_late(
	const struct bridge_call *call, uint16_t port, struct keys *keys, struct left *left)
{
	struct fdb *fdb = call->bridge->fdb;
	struct fdb_learning l = learn_begin(call, port);
	uint16_t at = keys->late;
	bool seen;

	// Learns what is simply new, too: bridge.c, when it has to decide after all, learns before
	// it looks up as well, and finds those known.
	left->src = &keys->src[at];
	seen = fdb_see_burst(&l, left->src, &keys->src_home[at], &keys->src_wanted[at],
		keys->n_src - at, &left->n);
	learn_end(call, &l);
	if (!seen)
		return false;
	keys->any = 0;
	keys->all = UINT64_MAX;
	for (uint16_t i = 0; i < keys->n_dst; i++) {
		struct fdb_place place = {keys->dst_home[i], keys->dst_tag[i]};
		uint8_t to = fdb_lookup_at(fdb, place);

		if (to == FDB_NONE)
			return false;
		keys->to[i] = to;
		keys->any |= to;
		keys->all &= to;
	}
	return true;
}

static keys_pass *const passes[CLASSIFY_ISAS] = {
	[CLASSIFY_PORTABLE] = keys_look_up_portable,
#ifdef RTE_ARCH_X86_64
	[CLASSIFY_AVX2] = keys_look_up_avx2,
	[CLASSIFY_AVX512] = keys_look_up_avx2,
#endif
};

// The member that one flow leads to, if its source is known, or something else.
static inline uint8_t look_up_flow(
	const struct bridge_call *call, uint16_t port, const uint8_t *p, uint16_t vlan)
{
	struct fdb *fdb = call->bridge->fdb;
	uint64_t dst = fdb_key(vlan, inside_mac(p)), src = fdb_key(vlan, inside_mac(p + 6));
	struct fdb_place from = fdb_place(fdb, src), to = fdb_place(fdb, dst);
	uint64_t wanted = from.tag | fdb_word_of(fdb, (uint8_t)port, call->seconds);

	if (unlikely(inside_is_group(dst | src)) ||
		(unlikely(fdb_which(fdb_read(from.home), wanted, 0) == 0) &&
			fdb_see_far(fdb, from.home, wanted) != FDB_RENEWED))
		return FDB_NONE;
	return fdb_lookup_at(fdb, to);
}

// True when all sources are known and all destinations are members'.
static bool look_up(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const uint64_t *vlans, unsigned step, struct keys *keys, struct left *left)
{
	struct fdb *fdb = call->bridge->fdb;

	left->n = 0;
	passes[call->dispatch->classifier->isa](
		fdb, pkts, vlans, step, fdb_word_of(fdb, (uint8_t)port, call->seconds), keys);
	if (inside_is_group(keys->group))
		return false;
	if (unlikely(keys->late != keys->n_src) && !look_up_late(call, port, keys, left))
		return false;
	return keys_lead_to_members(keys);
}

static uint32_t exits_of(const struct keys *keys)
{
	uint32_t exits = 0;

	if (likely(keys_lead_to_one(keys)))
		return UINT32_C(1) << keys_to(keys, 0);
	for (uint16_t i = 0; i < keys->n_dst; i++)
		exits |= UINT32_C(1) << keys_to(keys, i);
	return exits;
}

// Only when nothing else can hand the burst to bridge.c, which would count them once more. One that
// control has made ours since the look-up counts as seen before.
static __rte_noinline void learn_left(
	const struct bridge_call *call, uint16_t port, const struct left *left)
{
	struct fdb_source sources[CLASSIFY_BURST];

	for (uint16_t i = 0; i < left->n; i++)
		sources[i].key = left->src[i];
	learn_sources(call, port, sources, left->n);
}

static inline void learn(const struct bridge_call *call, uint16_t port, const struct left *left)
{
	if (unlikely(left->n != 0))
		learn_left(call, port, left);
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
	bool dst;       // and the destination
	bool addresses; // and both addresses: one flow
};

static struct alike compare(const struct bridge *b, uint16_t port, const struct classified *c)
{
	// Translations look at a second tag.
	return (struct alike){
		.tags = !b->vlan_aware || are_untagged(c) ||
	                (c->differ[1] >> 32 == 0 && b->member[port].n_translations == 0),
		.dst = (c->differ[0] & FDB_MAC) == 0,
		.addresses = (c->differ[0] | (uint32_t)c->differ[1]) == 0};
}

// All frames leave by one port: their octets, together, and what they are then.
static struct bridge_exit leave(const struct bridge_call *call, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c, const struct inside *in, uint16_t to)
{
	struct bridge_exit exit = {.port = to, .n = c->n, .bytes = c->bytes, .max_len = c->max_len};
	struct outside tags;
	uint16_t done;

	outside_of(call->bridge, to, rte_pktmbuf_mtod(pkts[0], const uint8_t *), pkts[0]->pkt_len,
		in, &tags);
	if (tags.same)
		return exit;
	done = outside_apply_burst(pkts, c->n, &tags);
	if (unlikely(done != c->n)) {
		for (uint16_t i = 0; i < done; i++)
			out_put(call->out, pkts[i], to);
		for (uint16_t i = done; i < c->n; i++)
			flood_one(call, counts_of(call, port), pkts[i], in, to);
		return (struct bridge_exit){.n = 0};
	}
	exit.bytes += (uint64_t)((int64_t)exit.n * 4 * (tags.push - tags.pop));
	exit.max_len += 4u * tags.push;
	return exit;
}

static bool enter(
	const struct bridge *b, uint16_t port, const struct rte_mbuf *m, struct inside *in)
{
	return !b->vlan_aware || inside_of(b, port, rte_pktmbuf_mtod(m, const uint8_t *),
					 m->pkt_len, in) == INSIDE_OK;
}

static bool may_leave(
	const struct bridge *b, uint16_t port, const struct inside *in, uint32_t exits)
{
	return likely((exits & ~reach(b, port, in)) == 0) &&
	       likely((exits & bridge_vlan_of(b, in)->translated) == 0);
}

static void count_vlan(
	const struct bridge_call *call, const struct inside *in, const struct classified *c)
{
	struct bridge_vlan_counts *counts = vlan_counts_of(call, in);

	counts->frames += c->n;
	counts->bytes += c->bytes;
}

// All frames have the same addresses and tags.
static bool flow(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	struct inside in = {0};
	uint8_t to;

	if (!enter(call->bridge, port, pkts[0], &in))
		return false;
	to = look_up_flow(call, port, rte_pktmbuf_mtod(pkts[0], const uint8_t *), inside_vlan(&in));
	if (to >= OUT_PORTS || !may_leave(call->bridge, port, &in, UINT32_C(1) << to))
		return false;
	count_vlan(call, &in, c);
	*exit = leave(call, port, pkts, c, &in, to);
	return true;
}

// Tags alike: one inside form, and one outside form a member.
static bool one_tag(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, bool one_dst, struct bridge_exit *exit)
{
	_Alignas(32) uint64_t vlans[KEYS_AT_ONCE];
	struct inside in = {0};
	struct left left;
	struct keys keys;

	keys.n_src = c->n;
	keys.n_dst = one_dst ? 1 : c->n;
	if (!enter(call->bridge, port, pkts[0], &in))
		return false;
	for (unsigned i = 0; i < KEYS_AT_ONCE; i++)
		vlans[i] = fdb_key(inside_vlan(&in), 0);
	if (!look_up(call, port, pkts, vlans, 0, &keys, &left) ||
		!may_leave(call->bridge, port, &in, exits_of(&keys)))
		return false;
	learn(call, port, &left);
	count_vlan(call, &in, c);
	if (keys_lead_to_one(&keys)) {
		*exit = leave(call, port, pkts, c, &in, keys_to(&keys, 0));
		return true;
	}
	for (uint16_t i = 0; i < c->n; i++)
		flood_one(call, counts_of(call, port), pkts[i], &in, keys_to(&keys, i));
	*exit = (struct bridge_exit){.n = 0};
	return true;
}

// Tagged frames of many VLANs, from a trunk without rules of its own to trunks.
static bool trunk(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	_Alignas(32) uint64_t vlans[CLASSIFY_BURST];
	const struct bridge_vlan *vlan[CLASSIFY_BURST];
	const struct bridge *b = call->bridge;
	uint32_t exits, stay = UINT32_MAX; // members that all frames may leave by as they are
	struct left left;
	struct keys keys;

	keys.n_src = keys.n_dst = c->n;
	for (uint16_t i = 0; i < c->n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		uint16_t vid;

		if (unlikely(pkts[i]->data_len < 18) || tag_load_be16(p + 12) != b->tpid)
			return false;
		vid = tag_load_be16(p + 14) & TAG_VID_MASK;
		vlan[i] = &b->vlan[vid];
		if (unlikely(((vlan[i]->members & ~vlan[i]->translated) >> port & 1) == 0))
			return false;
		vlans[i] = fdb_key(vid, 0);
	}
	for (uint16_t i = c->n; i % KEYS_AT_ONCE != 0; i++)
		vlans[i] = vlans[c->n - 1];
	if (!look_up(call, port, pkts, vlans, 1, &keys, &left))
		return false;
	exits = exits_of(&keys);
	if (unlikely(exits >> port & 1) ||
		unlikely((b->isolated >> port & 1) != 0 && (exits & b->isolated) != 0))
		return false;
	for (uint16_t i = 0; i < c->n; i++)
		stay &= ~(UINT32_C(1) << keys_to(&keys, i)) |
		        (vlan[i]->members & vlan[i]->tagged & ~vlan[i]->translated);
	if (unlikely((exits & ~stay) != 0))
		return false;
	learn(call, port, &left);
	for (uint16_t i = 0; i < c->n; i++) {
		struct bridge_vlan_counts *counts = &call->lane->vlan[vlan[i]->slot];

		counts->frames++;
		counts->bytes += pkts[i]->pkt_len;
	}
	*exit = (struct bridge_exit){
		.port = keys_to(&keys, 0), .bytes = c->bytes, .max_len = c->max_len};
	if (keys_lead_to_one(&keys)) {
		exit->n = c->n;
		return true;
	}
	for (uint16_t i = 0; i < c->n; i++)
		out_put(call->out, pkts[i], keys_to(&keys, i));
	return true;
}

// Does a tagged frame come in as it is?
static bool is_plain_trunk(const struct bridge *b, uint16_t port)
{
	const struct bridge_member *member = &b->member[port];

	return b->vlan_aware && member->mode == BRIDGE_TRUNK && !member->maps_pcp &&
	       member->n_translations == 0 && member->accept != BRIDGE_ACCEPT_UNTAGGED;
}

// What keys.c loads, and the type that tells tags, are in the first segment.
static bool are_readable(struct rte_mbuf **pkts, const struct classified *c)
{
	uint16_t min = UINT16_MAX;

	for (uint16_t i = 0; !c->uniform && i < c->n; i++)
		min = RTE_MIN(min, pkts[i]->data_len);
	return min >= KEYS_READ;
}

bool usual_burst(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct bridge_exit *exit)
{
	struct alike alike;
	bool done = false;

	if (unlikely(!are_readable(pkts, c)))
		return false;
	alike = compare(call->bridge, port, c);
	if (likely(alike.tags) && alike.addresses)
		done = flow(call, port, pkts, c, exit);
	else if (likely(alike.tags))
		done = one_tag(call, port, pkts, c, alike.dst, exit);
	else if (is_plain_trunk(call->bridge, port))
		done = trunk(call, port, pkts, c, exit);
	if (likely(done))
		counts_of(call, port)->unicast += c->n;
	return done;
}
