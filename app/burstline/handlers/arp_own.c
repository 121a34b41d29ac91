/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ARP does on its own, with no packet to answer: probes and announcements of our addresses,
 * their defence, the neighbour table's requests, what becomes of frames that wait in vain. Called
 * on the control lcore by the ticks and events, and by arp.c when it sees a conflict. Received
 * packets are arp.c's; when to say what is lib/neigh's.
 *
 * A conflict of an address in use is defended with one announcement in 10 s, and the address kept
 * (RFC 5227 2.4 c). One that is being probed is given up (2.1.1).
 */

#include <string.h>

#include <rte_ether.h>

#include "arp_state.h"
#include "steer/frame.h"
#include "wire/arp.h"

enum { TICK_WORK = 64 }; // packets of one tick; the rest goes on with the next

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

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
	struct arp arp = {.op = ARP_REQUEST, .spa_be = ip_be, .tpa_be = ip_be};

	memcpy(arp.sha, iface->mac, sizeof(arp.sha));
	s->tx_gratuitous++;
	send_new(s, out, iface, broadcast, &arp);
}

/** ARP probe: a request from 0.0.0.0 (RFC 5227 2.1.1). */
static void probe(struct arp_state *s, struct out *out, const struct iface *iface, uint32_t ip_be)
{
	struct arp arp = {.op = ARP_REQUEST, .tpa_be = ip_be};

	memcpy(arp.sha, iface->mac, sizeof(arp.sha));
	s->tx_probes++;
	send_new(s, out, iface, broadcast, &arp);
}

/** What a request says about us: our address in the neighbour's subnet, or another that is in use;
 *  0: none is. */
static uint32_t source_address(const struct arp_state *s, const struct iface *iface, uint32_t ip_be)
{
	uint32_t any = 0;

	for (uint16_t i = 0; i < iface->n_addresses; i++) {
		struct iface one = {.n_addresses = 1, .addresses = &iface->addresses[i]};

		if (!own_in_use(s->neigh, iface->id, iface->addresses[i].ip_be))
			continue;
		if (iface_relation(&one, ip_be) == IFACE_ON_LINK)
			return iface->addresses[i].ip_be;
		if (any == 0)
			any = iface->addresses[i].ip_be;
	}
	return any;
}

static void ask(
	struct arp_state *s, struct out *out, const struct neigh_work *work, const uint8_t dst[6])
{
	const struct iface *iface = &s->ifaces->iface[work->iface];
	struct arp arp = {
		.op = ARP_REQUEST,
		.spa_be = source_address(s, iface, work->ip_be),
		.tpa_be = work->ip_be,
	};

	if (arp.spa_be == 0) // it would be a probe
		return;
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

void arp_claimed(struct arp_state *s, struct out *out, const struct iface *iface, uint32_t ip_be,
	const uint8_t mac[6])
{
	struct neigh_event event = {.ip_be = ip_be, .iface = iface->id};

	memcpy(event.mac, mac, sizeof(event.mac));
	s->conflicts++;
	switch (own_claimed(s->neigh, iface->id, ip_be, mac)) {
	case OWN_CLAIM_DEFEND:
		announce(s, out, iface, ip_be);
		event.kind = NEIGH_EVENT_CONFLICT;
		break;
	case OWN_CLAIM_LOST:
		s->given_up++;
		event.kind = NEIGH_EVENT_TAKEN;
		break;
	case OWN_CLAIM_LOST_AGAIN:
		s->given_up++;
		return;
	case OWN_CLAIM_DEFENDED:
	case OWN_CLAIM_NONE:
		return;
	}
	neigh_event_put(neigh_events(s->neigh), event);
}

/** Probes and announcements that are due. @return how many. */
static unsigned say_due(struct arp_state *s, uint64_t now_tsc, struct out *out)
{
	struct own_work work;
	unsigned n = 0;

	for (; n < TICK_WORK; n++) {
		enum own_todo todo = own_poll(s->neigh, now_tsc, &work);
		struct neigh_event event = {.kind = NEIGH_EVENT_REGAINED};

		if (todo == OWN_IDLE)
			break;
		if (todo == OWN_PROBE) {
			probe(s, out, &s->ifaces->iface[work.iface], work.ip_be);
			continue;
		}
		announce(s, out, &s->ifaces->iface[work.iface], work.ip_be);
		event.ip_be = work.ip_be;
		event.iface = work.iface;
		if (work.regained)
			neigh_event_put(neigh_events(s->neigh), event);
	}
	return n;
}

void arp_tick(void *state, uint64_t now_tsc, struct out *out)
{
	struct arp_state *s = state;
	struct neigh_work work;

	for (unsigned n = say_due(s, now_tsc, out); n < 2 * TICK_WORK; n++) {
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
		case NEIGH_SEND_HELD:
			arp_send_held(s, out, work.iface, work.mac, &work.held);
			break;
		case NEIGH_DROP_HELD:
			drop_held(out, &work.held, DROP_NEIGH_UNRESOLVED);
			break;
		}
	}
}

static void flush(struct arp_state *s, struct out *out, uint16_t iface, enum drop_reason reason)
{
	struct neigh_held held;
	unsigned cursor = 0;

	while (neigh_flush(s->neigh, iface, &cursor, &held))
		drop_held(out, &held, reason);
}

/** Nothing behind an interface can be reached. */
static void stop(struct arp_state *s, struct out *out, uint16_t iface)
{
	own_stop(s->neigh, iface);
	flush(s, out, iface, DROP_NEIGH_UNRESOLVED);
}

void arp_event(
	void *state, enum handler_event event, uint16_t id, uint64_t now_tsc, struct out *out)
{
	struct arp_state *s = state;

	if (event == HANDLER_ADDRESS || event == HANDLER_IFACE_DOWN) {
		if (id >= s->ifaces->n)
			return;
		if (event == HANDLER_ADDRESS)
			own_start(s->neigh, id, now_tsc);
		else
			stop(s, out, id);
		return;
	}
	for (uint16_t i = 0; i < s->ifaces->n; i++) {
		if (s->ifaces->iface[i].port != id)
			continue;
		if (event == HANDLER_LINK_UP)
			own_test(s->neigh, i, now_tsc);
		else
			stop(s, out, i);
	}
}

void arp_drain(void *state, struct out *out)
{
	flush(state, out, NEIGH_IFACE_ALL, DROP_SHUTDOWN);
}
