/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP on the control lcore (RFC 826, 1122 2.3.2, 1812 3.3.2, 5227): judges what is received,
 * answers for our addresses, feeds the neighbour table, and sends the frames that waited in it,
 * whichever handler left them there. Requests are answered in their own mbuf, so with their own
 * tags. What ARP says without being asked, and its timers, are arp_own.c's.
 *
 * Choices where the documents leave one:
 * - Ethernet source and sender hardware address may differ (VRRP): counted, the sender counts, and
 *   the reply goes to it. A sender of a foreign subnet gets no answer.
 * - Only a request for one of our addresses creates an entry; everything else updates a known one.
 * - An address that is not in use yet (own.h) is answered for to nobody.
 * - Hardware type 6 and SNAP are refused.
 * - Replies are padded with zeros to 60 octets, tags included, as far as the buffer has room.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arp_state.h"
#include "steer/answer.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

static const struct handler_counter counters[] = {
#define X(field, help) {#field, help, offsetof(struct arp_state, field)},
	ARP_COUNTERS(X)
#undef X
};

void arp_send_held(const struct arp_state *s, struct out *out, uint16_t iface, const uint8_t mac[6],
	const struct neigh_held *held)
{
	for (unsigned i = 0; i < held->n; i++) {
		struct rte_mbuf *m = held->frames[i];

		out_release(out, m);
		memcpy(rte_pktmbuf_mtod(m, uint8_t *), mac, 6);
		answer_station(out, m, &s->ifaces->iface[iface]);
	}
}

static void note(struct arp_state *s, enum neigh_event_kind kind, const struct iface *iface,
	const struct arp *arp, const uint8_t was[6])
{
	struct neigh_event event = {
		.kind = (uint8_t)kind, .iface = iface->id, .ip_be = arp->spa_be};

	memcpy(event.mac, arp->sha, sizeof(event.mac));
	memcpy(event.was, was, sizeof(event.was));
	neigh_event_put(neigh_events(s->neigh), event);
}

/** Tell the table of a sender. `create`: it spoke to us. */
static enum neigh_learnt learn(struct arp_state *s, struct out *out, const struct iface *iface,
	const struct arp *arp, bool create)
{
	struct neigh_info was = {.held = 0};
	enum neigh_learnt result;
	struct neigh_held held;

	neigh_get(s->neigh, iface->id, arp->spa_be, &was);
	result = create ? neigh_learn(s->neigh, iface->id, arp->spa_be, arp->sha, &held)
	                : neigh_update(s->neigh, iface->id, arp->spa_be, arp->sha, &held);
	s->created += result == NEIGH_CREATED;
	s->moved += result == NEIGH_MOVED;
	s->static_conflicts += result == NEIGH_STATIC_KEPT;
	s->table_full += result == NEIGH_TABLE_FULL;
	if (result == NEIGH_MOVED)
		note(s, NEIGH_EVENT_MOVED, iface, arp, was.mac);
	else if (result == NEIGH_STATIC_KEPT)
		note(s, NEIGH_EVENT_STATIC, iface, arp, was.mac);
	else if (result == NEIGH_TABLE_FULL)
		note(s, NEIGH_EVENT_FULL, iface, arp, was.mac);
	arp_send_held(s, out, iface->id, arp->sha, &held);
	return result;
}

/** Answer a request for `arp->tpa_be` in its own mbuf: the tags stay, the rest is rewritten. */
static void reply(struct arp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct arp *request)
{
	uint16_t l2_len = frame_meta(m).l2_len, port = m->port;
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct arp answer = {.op = ARP_REPLY, .spa_be = request->tpa_be, .tpa_be = request->spa_be};

	if (m->nb_segs > 1) {
		// Segments cannot be given back one by one: the answer gets a frame of its own.
		struct rte_mbuf *whole = out_new(out);

		if (whole == NULL ||
			rte_pktmbuf_append(whole, (uint16_t)(l2_len + ARP_LEN)) == NULL) {
			s->no_buffer++;
			if (whole != NULL)
				out_drop(out, whole, DROP_NO_BUFFER);
			out_drop(out, m, DROP_NO_BUFFER);
			return;
		}
		memcpy(rte_pktmbuf_mtod(whole, uint8_t *), p, l2_len);
		out_consume(out, m);
		m = whole;
		p = rte_pktmbuf_mtod(m, uint8_t *);
	}
	memcpy(answer.sha, iface->mac, sizeof(answer.sha));
	memcpy(answer.tha, request->sha, sizeof(answer.tha));
	memcpy(p, request->sha, 6);
	memcpy(p + 6, iface->mac, 6);
	arp_build(&answer, p + l2_len, ARP_LEN);
	frame_cut(m, (uint16_t)(l2_len + ARP_LEN));
	s->tx_replies++;
	answer_port(out, m, iface->id, l2_len, port);
}

/** A packet from a believable neighbour. */
static void from_neighbour(struct arp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct arp *arp)
{
	bool to_us = own_in_use(s->neigh, iface->id, arp->tpa_be);
	bool asked = arp->op == ARP_REQUEST && to_us;
	enum neigh_learnt result = learn(s, out, iface, arp, asked);

	if (asked)
		reply(s, out, m, iface, arp);
	else if (to_us || arp->spa_be == arp->tpa_be || result != NEIGH_IGNORED)
		out_consume(out, m);
	else
		out_drop(out, m, DROP_ARP_NOT_OURS);
}

/** An address probe (RFC 5227 1.1): answered when it is for us, never learnt from. Of an address
 *  that we probe too, it is a conflict (2.1.1). */
static void from_prober(struct arp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct arp *arp)
{
	s->rx_probes++;
	if (own_in_use(s->neigh, iface->id, arp->tpa_be)) {
		reply(s, out, m, iface, arp);
	} else if (own_is_probed(s->neigh, iface->id, arp->tpa_be)) {
		arp_claimed(s, out, iface, arp->tpa_be, arp->sha);
		out_drop(out, m, DROP_ARP_CONFLICT);
	} else {
		out_drop(out, m, DROP_ARP_NOT_OURS);
	}
}

/** Is it the address of one of our interfaces? Two of them may be in one segment. */
static bool is_ours(const struct arp_state *s, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < s->ifaces->n; i++) {
		if (memcmp(s->ifaces->iface[i].mac, mac, 6) == 0)
			return true;
	}
	return false;
}

/** Judge a packet that is well formed. */
static void judge(struct arp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct arp *arp)
{
	const uint8_t *eth_src = rte_pktmbuf_mtod(m, const uint8_t *) + 6;
	enum iface_relation sender = iface_relation(iface, arp->spa_be);

	s->rx_requests += arp->op == ARP_REQUEST;
	s->rx_replies += arp->op == ARP_REPLY;
	s->rx_gratuitous += arp->spa_be == arp->tpa_be;
	if (!frame_is_station(arp->sha) || !frame_is_station(eth_src)) {
		s->bad_senders++;
		out_drop(out, m, DROP_ARP_BAD_SENDER);
		return;
	}
	// Of all our interfaces only where it makes a difference: it is a search.
	if (memcmp(arp->sha, iface->mac, 6) == 0 ||
		((sender == IFACE_OURS || arp->spa_be == 0) && is_ours(s, arp->sha))) {
		s->own_looped++;
		out_consume(out, m);
		return;
	}
	s->sender_mismatch += memcmp(arp->sha, eth_src, 6) != 0;
	if (arp->spa_be == 0 && arp->op == ARP_REQUEST) {
		from_prober(s, out, m, iface, arp);
	} else if (sender == IFACE_OURS) {
		arp_claimed(s, out, iface, arp->spa_be, arp->sha);
		out_drop(out, m, DROP_ARP_CONFLICT);
	} else if (sender != IFACE_ON_LINK || !ipv4_is_host(arp->spa_be)) {
		s->bad_senders++;
		out_drop(out, m, DROP_ARP_BAD_SENDER);
	} else {
		from_neighbour(s, out, m, iface, arp);
	}
}

static void arp_one(struct arp_state *s, struct rte_mbuf *m, struct out *out)
{
	struct frame_meta meta = frame_meta(m);
	uint8_t room[ARP_LEN];
	const struct iface *iface;
	const uint8_t *dst, *p;
	enum arp_error error;
	struct arp arp;

	if (meta.iface >= s->ifaces->n) {
		out_drop(out, m, DROP_NO_INTERFACE);
		return;
	}
	iface = &s->ifaces->iface[meta.iface];
	dst = rte_pktmbuf_mtod(m, const uint8_t *);
	if ((dst[0] & 1) == 0 && memcmp(dst, iface->mac, 6) != 0) {
		out_drop(out, m, DROP_NOT_FOR_US);
		return;
	}
	p = rte_pktmbuf_read(m, meta.l2_len, ARP_LEN, room);
	error = p == NULL ? ARP_SHORT : arp_parse(p, ARP_LEN, &arp);
	if (error == ARP_SHORT) {
		s->short_packets++;
		out_drop(out, m, DROP_ARP_SHORT);
	} else if (error != ARP_OK) {
		s->unsupported++;
		out_drop(out, m, DROP_ARP_UNSUPPORTED);
	} else {
		judge(s, out, m, iface, &arp);
	}
}

static void arp_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++)
		arp_one(state, pkts[i], out);
}

static __rte_cold int arp_init(void **state, const struct handler_env *env)
{
	struct arp_state *s;

	if (env->neigh == NULL)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->ifaces = env->ifaces;
	s->neigh = env->neigh;
	*state = s;
	return 0;
}

const struct handler handler_arp = {
	.abi = HANDLER_ABI,
	.name = "arp",
	.ethertypes = {ARP_ETHERTYPE},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL,
	.place = HANDLER_CONTROL,
	.state_per_instance = true,
	.needs_address = true,
	.keep_max = HANDLER_KEEP_SHARED,
	.rate_pps = 1000,
	.rate_burst = 256,
	.counters = counters,
	.n_counters = sizeof(counters) / sizeof(counters[0]),
	.init = arp_init,
	.burst = arp_burst,
	.tick = arp_tick,
	.event = arp_event,
	.drain = arp_drain,
	.fini = free,
};
