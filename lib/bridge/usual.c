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
	uint16_t n;      // 1 for a burst of one flow
	uint16_t n_dst;  // 1 for a burst to one address
	uint16_t n_left; // sources that were not simply added, in `left`
	uint64_t *left;
	uint64_t group; // all of them: bit 0 when one is a group's
	uint32_t exits; // bit p: a frame leaves by port p
	uint64_t src[CLASSIFY_BURST], dst[CLASSIFY_BURST];
	struct fdb_slot *src_home[CLASSIFY_BURST], *dst_home[CLASSIFY_BURST];
	uint8_t to[CLASSIFY_BURST];
};

// Not by an initializer, which would clear all of the arrays for each burst.
static inline void begin(struct keys *keys, uint16_t n, uint16_t n_dst)
{
	keys->n = n;
	keys->n_dst = n_dst;
	keys->n_left = 0;
}

static inline uint64_t add_src(
	struct keys *keys, unsigned i, struct fdb *fdb, const uint8_t *p, uint16_t vlan)
{
	keys->src[i] = fdb_key(vlan, inside_mac(p + 6));
	keys->src_home[i] = fdb_home(fdb, keys->src[i]);
	rte_prefetch0(keys->src_home[i]);
	return keys->src[i];
}

// Returns the bits of both addresses, for `group`.
static inline uint64_t add_key(
	struct keys *keys, unsigned i, struct fdb *fdb, const uint8_t *p, uint16_t vlan)
{
	keys->dst[i] = fdb_key(vlan, inside_mac(p));
	keys->dst_home[i] = fdb_home(fdb, keys->dst[i]);
	rte_prefetch0(keys->dst_home[i]);
	return keys->dst[i] | add_src(keys, i, fdb, p, vlan);
}

// False: a destination is not a member's.
static inline bool look_up_destinations(const struct fdb *fdb, struct keys *keys)
{
	uint32_t exits = 0;
	uint8_t all = 0;

	for (unsigned i = 0, n = keys->n_dst; i < n; i++) {
		uint8_t to = fdb_lookup_at(fdb, keys->dst_home[i], keys->dst[i]);

		keys->to[i] = to;
		all |= to;
		exits |= UINT32_C(1) << (to % OUT_PORTS);
	}
	keys->exits = exits;
	return all < OUT_PORTS;
}

// The sources from number `at` on. Learns what is simply new, too: bridge.c, when it has to decide
// after all, learns before it looks up as well, and finds those known.
static __rte_noinline bool see_rest(
	const struct bridge_call *call, uint16_t port, struct keys *keys, uint16_t at)
{
	struct fdb_learning l = learn_begin(call, port);
	bool seen =
		fdb_see_burst(&l, &keys->src[at], &keys->src_home[at], keys->n - at, &keys->n_left);

	keys->left = &keys->src[at];
	learn_end(call, &l);
	return seen;
}

static inline bool see_sources(const struct bridge_call *call, uint16_t port, struct keys *keys)
{
	uint32_t word = fdb_word_of(call->bridge->fdb, (uint8_t)port, call->seconds);
	uint16_t n = keys->n;

	for (uint16_t i = 0; i < n; i++) {
		if (unlikely(fdb_see_near(keys->src_home[i], keys->src[i], word) != FDB_RENEWED))
			return see_rest(call, port, keys, i);
	}
	return true;
}

static inline bool look_up(const struct bridge_call *call, uint16_t port, struct keys *keys)
{
	return !inside_is_group(keys->group) && see_sources(call, port, keys) &&
	       look_up_destinations(call->bridge->fdb, keys);
}

// Only when nothing else can hand the burst to bridge.c, which would count them once more. One that
// control has made ours since the look-up counts as seen before.
static __rte_noinline void learn_left(
	const struct bridge_call *call, uint16_t port, const struct keys *keys)
{
	struct fdb_source sources[CLASSIFY_BURST];

	for (uint16_t i = 0; i < keys->n_left; i++)
		sources[i].key = keys->left[i];
	learn_sources(call, port, sources, keys->n_left);
}

static inline void learn(const struct bridge_call *call, uint16_t port, const struct keys *keys)
{
	if (unlikely(keys->n_left != 0))
		learn_left(call, port, keys);
}

static bool is_one_exit(const struct keys *keys)
{
	return (keys->exits & (keys->exits - 1)) == 0;
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

static inline uint64_t read_u64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

// Both lengths in one piece: pkt_len and data_len lie one behind the other, and neither leaves its
// own, for a frame has the octets that go, and its buffer those that come.
static inline void resize(struct rte_mbuf *m, int grow)
{
	uint8_t *lengths = (uint8_t *)m + offsetof(struct rte_mbuf, pkt_len);
	uint64_t both = read_u64(lengths) + (uint64_t)grow * (1 + (UINT64_C(1) << 32));

	memcpy(lengths, &both, sizeof(both));
	m->data_off = (uint16_t)(m->data_off - grow);
}
_Static_assert(offsetof(struct rte_mbuf, data_len) == offsetof(struct rte_mbuf, pkt_len) + 4,
	"resize() writes both");

// Its octets, and so many before them?
static inline bool may_write(const struct rte_mbuf *m, int grow)
{
	return likely(outside_is_writable(m)) && likely(m->data_off >= grow);
}

// Stores of such sizes that none spans two cache lines where the frame begins with one.
static __rte_noinline uint16_t push_tag(struct rte_mbuf **pkts, uint16_t n, uint32_t tag_be)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint64_t addresses[2];

		if (unlikely(!may_write(m, 4)))
			break;
		addresses[0] = read_u64(p);
		addresses[1] = read_u64(p + 4);
		resize(m, 4);
		memcpy(p - 4, &addresses[0], 4);
		memcpy(p, &addresses[1], 8);
		memcpy(p + 8, &tag_be, 4);
	}
	return (uint16_t)i;
}

static __rte_noinline uint16_t pop_tag(struct rte_mbuf **pkts, uint16_t n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint64_t addresses[2];

		if (unlikely(!may_write(m, 0)))
			break;
		addresses[0] = read_u64(p);
		addresses[1] = read_u64(p + 4);
		resize(m, -4);
		memcpy(p + 4, &addresses[0], 4);
		memcpy(p + 8, &addresses[1], 8);
	}
	return (uint16_t)i;
}

// Up to the first frame that cannot be written in place; returns how many came before it.
static uint16_t rewrite(struct rte_mbuf **pkts, uint16_t n, const struct outside *tags)
{
	uint16_t i;

	if (tags->pop == 0 && tags->push == 1)
		return push_tag(pkts, n, rte_cpu_to_be_32(tags->tag[0]));
	if (tags->pop == 1 && tags->push == 0)
		return pop_tag(pkts, n);
	for (i = 0; i < n && outside_apply(pkts[i], tags); i++)
		;
	return i;
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
	done = rewrite(pkts, c->n, &tags);
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

// Tags alike: one inside form, and one outside form a member.
static bool one_tag(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct alike alike, struct bridge_exit *exit)
{
	const struct bridge *b = call->bridge;
	struct inside in = {0};
	uint16_t n = alike.addresses ? 1 : c->n, n_dst = alike.dst ? 1 : c->n;
	uint16_t vlan;
	uint64_t group = 0;
	struct keys keys;

	begin(&keys, n, n_dst);
	if (b->vlan_aware && inside_of(b, port, rte_pktmbuf_mtod(pkts[0], const uint8_t *),
				     pkts[0]->pkt_len, &in) != INSIDE_OK)
		return false;
	vlan = inside_vlan(&in);
	for (unsigned i = 0; i < n_dst; i++)
		group |=
			add_key(&keys, i, b->fdb, rte_pktmbuf_mtod(pkts[i], const uint8_t *), vlan);
	for (unsigned i = n_dst; i < n; i++)
		group |=
			add_src(&keys, i, b->fdb, rte_pktmbuf_mtod(pkts[i], const uint8_t *), vlan);
	keys.group = group;
	if (!look_up(call, port, &keys) || unlikely((keys.exits & ~reach(b, port, &in)) != 0) ||
		unlikely((keys.exits & bridge_vlan_of(b, &in)->translated) != 0))
		return false;
	learn(call, port, &keys);
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

	begin(&keys, c->n, c->n);
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
	learn(call, port, &keys);
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
	alike = compare(call->bridge, port, c);
	if (likely(alike.tags))
		done = one_tag(call, port, pkts, c, alike, exit);
	else if (is_plain_trunk(call->bridge, port))
		done = trunk(call, port, pkts, c, exit);
	if (likely(done))
		counts_of(call, port)->unicast += c->n;
	return done;
}
