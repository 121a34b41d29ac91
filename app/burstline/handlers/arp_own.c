/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ARP does on its own, with no packet to answer: announcements, defence, the neighbour
 * table's requests, what becomes of frames that wait in vain. Called on the control lcore by the
 * ticks and events, and by arp.c when it sees a conflict. Received packets are arp.c's.
 *
 * A conflict is defended with one announcement in 10 s and the address kept (RFC 5227 2.4 c).
 */

#include <string.h>

#include <rte_ether.h>

#include "arp_state.h"
#include "steer/frame.h"
#include "wire/arp.h"

enum {
	TICK_WORK = 64,             // requests of one tick; the rest goes on with the next
	DEFEND_INTERVAL_S = 10,     // RFC 5227 1.1
	ANNOUNCE_INTERVAL_S = 2,    // RFC 5227 1.1
	ANNOUNCE_NUM = 2,           // RFC 5227 1.1
	ANNOUNCE_MIN_INTERVAL_S = 1 // between announcements of a link that flaps
};

/** Send a packet of our own through an interface, which pushes its tags. */
static void send_new(struct arp_state *s, struct out *out, const struct iface *iface,
	const uint8_t dst[6], const struct arp *arp)
{
	struct rte_mbuf *m = out_new(out);
	uint8_t *p;

	if (m == NULL) {
		s->no_buffer++;
		return;
	}
	p = (uint8_t *)rte_pktmbuf_append(m, FRAME_MIN);
	if (p == NULL) {
		s->no_buffer++;
		out_drop(out, m, DROP_NO_BUFFER);
		return;
	}
	memset(p, 0, FRAME_MIN);
	memcpy(p, dst, 6);
	memcpy(p + 6, iface->mac, 6);
	p[12] = ARP_ETHERTYPE >> 8;
	p[13] = ARP_ETHERTYPE & 0xff;
	arp_build(arp, p + RTE_ETHER_HDR_LEN, FRAME_MIN - RTE_ETHER_HDR_LEN);
	out_send(out, m, iface->id);
}

/** ARP announcement: a request whose sender and target are our address (RFC 5227 2.3). */
static void announce(
	struct arp_state *s, struct out *out, const struct iface *iface, uint32_t ip_be)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct arp arp = {.op = ARP_REQUEST, .spa_be = ip_be, .tpa_be = ip_be};

	memcpy(arp.sha, iface->mac, sizeof(arp.sha));
	s->tx_gratuitous++;
	send_new(s, out, iface, broadcast, &arp);
}

/** Our address in the neighbour's subnet, or the first: what a request says about us. */
static uint32_t source_address(const struct iface *iface, uint32_t ip_be)
{
	for (uint16_t i = 0; i < iface->n_addresses; i++) {
		struct iface one = {.n_addresses = 1, .addresses = &iface->addresses[i]};

		if (iface_relation(&one, ip_be) == IFACE_ON_LINK)
			return iface->addresses[i].ip_be;
	}
	return iface->addresses[0].ip_be;
}

static void ask(
	struct arp_state *s, struct out *out, const struct neigh_work *work, const uint8_t dst[6])
{
	const struct iface *iface = &s->ifaces->iface[work->iface];
	struct arp arp = {
		.op = ARP_REQUEST,
		.spa_be = source_address(iface, work->ip_be),
		.tpa_be = work->ip_be,
	};

	memcpy(arp.sha, iface->mac, sizeof(arp.sha));
	s->tx_requests++;
	send_new(s, out, iface, dst, &arp);
}

static void drop_held(struct out *out, const struct neigh_held *held, enum drop_reason reason)
{
	for (unsigned i = 0; i < held->n; i++) {
		out_release(out, held->frames[i]);
		out_drop(out, held->frames[i], reason);
	}
}

void arp_defend(struct arp_state *s, struct out *out, const struct iface *iface, uint32_t ip_be)
{
	s->conflicts++;
	for (uint16_t i = 0; i < iface->n_addresses; i++) {
		uint64_t *last_tsc = &s->announcers[iface->id].defended_tsc[i];

		if (iface->addresses[i].ip_be != ip_be)
			continue;
		if (*last_tsc != 0 && s->now_tsc - *last_tsc < DEFEND_INTERVAL_S * s->hz)
			return;
		*last_tsc = s->now_tsc;
		announce(s, out, iface, ip_be);
		return;
	}
}

static void announce_due(struct arp_state *s, struct out *out)
{
	for (uint16_t id = 0; id < s->ifaces->n; id++) {
		const struct iface *iface = &s->ifaces->iface[id];
		struct announcer *a = &s->announcers[id];

		if (a->left == 0 || a->due_tsc > s->now_tsc)
			continue;
		for (uint16_t i = 0; i < iface->n_addresses; i++)
			announce(s, out, iface, iface->addresses[i].ip_be);
		a->sent_tsc = s->now_tsc;
		a->due_tsc = s->now_tsc + ANNOUNCE_INTERVAL_S * s->hz;
		a->left--;
		s->n_announcing -= a->left == 0;
	}
}

void arp_tick(void *state, uint64_t now_tsc, struct out *out)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct arp_state *s = state;
	struct neigh_work work;

	s->now_tsc = now_tsc;
	if (s->n_announcing > 0)
		announce_due(s, out);
	for (unsigned i = 0; i < TICK_WORK; i++) {
		switch (neigh_poll(s->neigh, now_tsc, &work)) {
		case NEIGH_IDLE:
			return;
		case NEIGH_ASK:
			ask(s, out, &work, broadcast);
			break;
		case NEIGH_ASK_KNOWN:
			ask(s, out, &work, work.mac);
			break;
		case NEIGH_GIVE_UP:
			s->failed++;
			drop_held(out, &work.held, DROP_NEIGH_UNRESOLVED);
			break;
		}
	}
}

/** Let the ticks announce an interface's addresses, from now on. */
static void announce_soon(struct arp_state *s, uint16_t id, uint64_t now_tsc)
{
	struct announcer *a = &s->announcers[id];
	uint64_t earliest_tsc = a->sent_tsc + ANNOUNCE_MIN_INTERVAL_S * s->hz;

	s->n_announcing += a->left == 0;
	a->left = ANNOUNCE_NUM;
	a->due_tsc = a->sent_tsc != 0 && earliest_tsc > now_tsc ? earliest_tsc : now_tsc;
}

static void flush(struct arp_state *s, struct out *out, uint16_t iface, enum drop_reason reason)
{
	struct neigh_held held;
	unsigned cursor = 0;

	while (neigh_flush(s->neigh, iface, &cursor, &held))
		drop_held(out, &held, reason);
}

void arp_event(
	void *state, enum handler_event event, uint16_t id, uint64_t now_tsc, struct out *out)
{
	struct arp_state *s = state;

	if (event == HANDLER_ADDRESS || event == HANDLER_IFACE_DOWN) {
		if (id >= s->ifaces->n)
			return;
		if (event == HANDLER_ADDRESS)
			announce_soon(s, id, now_tsc);
		else
			flush(s, out, id, DROP_NEIGH_UNRESOLVED);
		return;
	}
	for (uint16_t i = 0; i < s->ifaces->n; i++) {
		if (s->ifaces->iface[i].port != id)
			continue;
		if (event == HANDLER_LINK_UP)
			announce_soon(s, i, now_tsc);
		else
			flush(s, out, i, DROP_NEIGH_UNRESOLVED);
	}
}

void arp_drain(void *state, struct out *out)
{
	flush(state, out, NEIGH_IFACE_ALL, DROP_SHUTDOWN);
}
