/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The burst of a bridge member: sources are learned, destinations looked up, and each frame goes
 * to one member, to all of its VLAN (flood.c), or to the handlers of an interface of ours. Most
 * bursts need less (usual.c). Called by workers for member ports, and by any lane for frames of
 * ours; must not know devices.
 */

#include <string.h>

#include "bridge/inside.h"
#include "bridge/learn.h"
#include "bridge/local.h"
#include "bridge/usual.h"

enum exit_kind {
	// Below OUT_PORTS: that member.
	EXIT_FLOOD = OUT_PORTS,
	EXIT_LOCAL, // to the handlers
	EXIT_GONE   // dropped already
};

// 01-80-C2-00-00-0X as fdb_key() has addresses, and the bits that count.
static const uint64_t RESERVED = UINT64_C(0x0000c28001);
static const uint64_t RESERVED_MASK = UINT64_C(0xf0ffffffffff);

/** A burst while it is worked on; index = arrival. */
struct burst {
	uint16_t n;
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	uint8_t of[CLASSIFY_BURST];                        // index in the classified burst
	uint64_t dst[CLASSIFY_BURST], src[CLASSIFY_BURST]; // keys
	struct inside in[CLASSIFY_BURST];
};

// Where a frame goes whose source has been learned. Drops are counted, the mbuf is the caller's.
static unsigned look_up(const struct bridge *b, uint16_t port, uint64_t dst,
	const struct inside *in, enum drop_reason *reason)
{
	uint8_t to;

	if (inside_is_group(dst))
		return EXIT_FLOOD;
	to = fdb_lookup(b->fdb, dst);
	if (to == FDB_NONE)
		return EXIT_FLOOD;
	if (to == FDB_LOCAL)
		return EXIT_LOCAL;
	if (likely(reach(b, port, in) >> to & 1))
		return to;
	*reason = to == port ? DROP_BRIDGE_SAME_PORT : DROP_BRIDGE_NOBODY;
	return EXIT_GONE;
}

static enum bridge_storm storm_of(uint64_t dst)
{
	if (!inside_is_group(dst))
		return BRIDGE_STORM_UNKNOWN;
	return (dst & FDB_MAC) == FDB_MAC ? BRIDGE_STORM_BROADCAST : BRIDGE_STORM_MULTICAST;
}

static void to_all(const struct bridge_call *call, uint16_t port, struct rte_mbuf *m,
	const struct inside *in, uint64_t dst, uint8_t class, uint16_t l2_len, struct local *local)
{
	struct bridge_member_counts *counts = counts_of(call, port);
	uint32_t mask = reach(call->bridge, port, in);
	enum bridge_storm storm = storm_of(dst);
	uint16_t n_local = local->n;

	if (bucket_take(&call->lane->storm[port][storm], 1, call->now) == 0) {
		vlan_counts_of(call, in)->storm++;
		out_discard(call->out, m, DROP_BRIDGE_STORM);
		return;
	}
	switch (storm) {
	case BRIDGE_STORM_BROADCAST:
		counts->broadcast++;
		local_copy(call, port, m, in, class, l2_len, local);
		break;
	case BRIDGE_STORM_MULTICAST:
		counts->multicast++;
		break;
	case BRIDGE_STORM_UNKNOWN:
		counts->unknown++;
		break;
	case BRIDGE_STORMS:
		break;
	}
	vlan_counts_of(call, in)->flooded++;
	if (mask != 0) {
		flood(call, counts, m, in, mask);
		return;
	}
	if (local->n == n_local) {
		out_discard(call->out, m, DROP_BRIDGE_NOBODY);
		return;
	}
	// Nobody but us: the copy is the frame.
	out_line(call->out, m)->copies--;
	out_done(call->out, m);
}

// The frame's first octets in one piece, as far as rules look. False: that cannot be.
static bool make_readable(struct rte_mbuf *m)
{
	return m->data_len >= INSIDE_READ || m->nb_segs == 1 ||
	       (outside_is_writable(m) && rte_pktmbuf_linearize(m) == 0);
}

// Frame i's inside form and keys; the reason to drop it, or INSIDE_OK.
static unsigned enter(const struct bridge_call *call, uint16_t port, const struct rte_mbuf *m,
	struct inside *in, uint64_t *src, uint64_t *dst)
{
	const struct bridge *b = call->bridge;
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned reason = INSIDE_OK;

	*dst = inside_mac(p);
	*src = inside_mac(p + 6);
	if (b->vlan_aware)
		reason = inside_of(b, port, p, m->pkt_len, in);
	else
		*in = (struct inside){0};
	if (unlikely(inside_is_group(*src) || *src == 0))
		return DROP_BRIDGE_SOURCE;
	*dst = fdb_key(inside_vlan(in), *dst);
	*src = fdb_key(inside_vlan(in), *src);
	return reason;
}

static bool is_reserved(const struct bridge *b, uint64_t dst)
{
	return unlikely((dst & RESERVED_MASK) == RESERVED) &&
	       (b->reserved >> (dst >> 40 & 0xf) & 1);
}

// Take the frames that follow the rules into the burst, and prefetch where their addresses are.
static void enter_all(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct burst *burst, struct local *local)
{
	const struct bridge *b = call->bridge;
	uint16_t n = 0;

	for (uint16_t i = 0; i < c->n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t class = classified_class(c, i);
		unsigned reason;

		if (unlikely(class == CLASS_SHORT) || unlikely(!make_readable(m))) {
			out_discard(call->out, m,
				class == CLASS_SHORT ? DROP_SHORT_HEADER : DROP_NO_BUFFER);
			continue;
		}
		reason = enter(call, port, m, &burst->in[n], &burst->src[n], &burst->dst[n]);
		// Reserved addresses end before the VLAN rules, which are the relay's (802.1Q 8.5).
		if (is_reserved(b, burst->dst[n] & FDB_MAC) && reason != DROP_BRIDGE_SOURCE) {
			if (dispatch_has_handler(call->dispatch, class))
				local_take(call, port, m, &burst->in[n], class,
					classified_l2_len(c, i), local);
			else
				out_discard(call->out, m, DROP_BRIDGE_RESERVED);
			continue;
		}
		if (unlikely(reason != INSIDE_OK)) {
			out_discard(call->out, m, (enum drop_reason)reason);
			continue;
		}
		fdb_prefetch(b->fdb, burst->src[n]);
		fdb_prefetch(b->fdb, burst->dst[n]);
		burst->pkts[n] = m;
		burst->of[n++] = (uint8_t)i;
	}
	burst->n = n;
}

// Drop the frames whose source is ours.
static void drop_own(const struct bridge_call *call, uint16_t port, struct burst *burst)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < burst->n; i++) {
		if (fdb_lookup(call->bridge->fdb, burst->src[i]) == FDB_LOCAL) {
			learn_tell(call, BRIDGE_EVENT_OWN, burst->src[i], port, FDB_NONE);
			out_discard(call->out, burst->pkts[i], DROP_BRIDGE_OWN);
			continue;
		}
		burst->pkts[n] = burst->pkts[i];
		burst->of[n] = burst->of[i];
		burst->dst[n] = burst->dst[i];
		burst->in[n++] = burst->in[i];
	}
	burst->n = n;
}

// All sources first: a frame's answer in the same burst already finds it.
static void learn_all(const struct bridge_call *call, uint16_t port, struct burst *burst)
{
	struct fdb_source sources[CLASSIFY_BURST];
	struct fdb *fdb = call->bridge->fdb;
	uint16_t n = 0;

	for (uint16_t i = 0; i < burst->n; i++) {
		if ((i == 0 || burst->src[i] != burst->src[i - 1]) &&
			!fdb_renew(fdb, burst->src[i], (uint8_t)port, call->seconds))
			sources[n++] = (struct fdb_source){.key = burst->src[i]};
	}
	if (n != 0 && unlikely(learn_sources(call, port, sources, n)))
		drop_own(call, port, burst);
}

static void count_vlans(const struct bridge_call *call, const struct burst *burst)
{
	for (uint16_t i = 0; i < burst->n; i++) {
		struct bridge_vlan_counts *v = vlan_counts_of(call, &burst->in[i]);

		v->frames++;
		v->bytes += burst->pkts[i]->pkt_len;
	}
}

static void mixed(const struct bridge_call *call, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c)
{
	struct bridge_member_counts *counts = counts_of(call, port);
	uint8_t exits[CLASSIFY_BURST];
	struct local local;
	struct burst burst;

	local.n = 0;
	enter_all(call, port, pkts, c, &burst, &local);
	learn_all(call, port, &burst);
	count_vlans(call, &burst);
	for (uint16_t i = 0; i < burst.n; i++) {
		enum drop_reason reason = DROP_BRIDGE_NOBODY;

		exits[i] =
			(uint8_t)look_up(call->bridge, port, burst.dst[i], &burst.in[i], &reason);
		if (exits[i] == EXIT_GONE)
			out_discard(call->out, burst.pkts[i], reason);
		counts->unicast += exits[i] < OUT_PORTS;
	}
	for (uint16_t i = 0; i < burst.n; i++) {
		struct rte_mbuf *m = burst.pkts[i];
		uint8_t class = classified_class(c, burst.of[i]);
		uint16_t l2_len = classified_l2_len(c, burst.of[i]);

		if (exits[i] < OUT_PORTS)
			flood_one(call, counts, m, &burst.in[i], exits[i]);
		else if (exits[i] == EXIT_FLOOD)
			to_all(call, port, m, &burst.in[i], burst.dst[i], class, l2_len, &local);
		else if (exits[i] == EXIT_LOCAL)
			local_take(call, port, m, &burst.in[i], class, l2_len, &local);
	}
	local_deliver(call, port, &local);
}

struct bridge_exit bridge_burst(const struct bridge_call *call, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c)
{
	struct bridge_exit exit;

	if (likely(usual_burst(call, port, pkts, c, &exit)))
		return exit;
	mixed(call, port, pkts, c);
	return (struct bridge_exit){.n = 0};
}

void bridge_send(const struct bridge_call *call, struct rte_mbuf *m, uint16_t vlan)
{
	const struct bridge *b = call->bridge;
	struct bridge_member_counts *counts = counts_of(call, BRIDGE_INSIDE);
	struct inside in = {.tci = vlan};
	uint64_t dst = fdb_key(vlan, inside_mac(rte_pktmbuf_mtod(m, const uint8_t *)));
	uint32_t mask = b->vlan[vlan].members;
	uint8_t to = inside_is_group(dst) ? FDB_NONE : fdb_lookup(b->fdb, dst);

	if (to == FDB_LOCAL || mask == 0 || (to != FDB_NONE && (mask >> to & 1) == 0)) {
		out_discard(call->out, m, DROP_BRIDGE_NOBODY);
		return;
	}
	if (to != FDB_NONE) {
		counts->unicast++;
		flood_one(call, counts, m, &in, to);
		return;
	}
	flood(call, counts, m, &in, mask);
}
