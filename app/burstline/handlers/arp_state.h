/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ARP_STATE_H
#define ARP_STATE_H

/**
 * @file
 * State of the ARP handler, which arp.c (what is received) and arp_own.c (what time and events ask
 * for) share. Nobody else includes it. One thread, the instance's.
 */

#include <stdint.h>

#include "handler.h"
#include "neigh/event.h"
#include "neigh/neigh.h"
#include "neigh/own.h"

// clang-format off
#define ARP_COUNTERS(X) \
	X(rx_requests,      "requests received") \
	X(rx_replies,       "replies received") \
	X(rx_gratuitous,    "of these, announcements (sender is target)") \
	X(rx_probes,        "of these, address probes (sender is 0.0.0.0)") \
	X(tx_requests,      "requests sent to resolve or to poll a neighbour") \
	X(tx_replies,       "replies sent") \
	X(tx_gratuitous,    "announcements of our addresses sent") \
	X(tx_probes,        "probes sent of addresses that are to be ours (RFC 5227)") \
	X(short_packets,    "shorter than 28 octets") \
	X(unsupported,      "other hardware, protocol, lengths or opcode") \
	X(bad_senders,      "sender that must not be believed") \
	X(sender_mismatch,  "Ethernet source is not the sender hardware address") \
	X(own_looped,       "our own packets come back") \
	X(conflicts,        "another host claims one of our addresses") \
	X(given_up,         "of these, while it was probed: not used") \
	X(static_conflicts, "another MAC address claims a static neighbour's address") \
	X(created,          "neighbours learnt") \
	X(moved,            "neighbours with a new MAC address") \
	X(failed,           "neighbours that did not answer") \
	X(table_full,       "neighbours not learnt: table full") \
	X(no_buffer,        "packets not sent: no mbuf")
// clang-format on

struct arp_state {
	const struct iface_table *ifaces;
	struct neigh_table *neigh;
#define X(field, help) uint64_t field;
	ARP_COUNTERS(X)
#undef X
};

/** Another host claims an address of ours (RFC 5227): defend it, or give it up while it is probed.
 */
void arp_claimed(struct arp_state *s, struct out *out, const struct iface *iface, uint32_t ip_be,
	const uint8_t mac[6]);

/** A neighbour's address is known: what waited for it goes, in order. */
void arp_send_held(const struct arp_state *s, struct out *out, uint16_t iface, const uint8_t mac[6],
	const struct neigh_held *held);

/** Send what is due, and do what the neighbour table asks for: `struct handler`'s tick. */
void arp_tick(void *state, uint64_t now_tsc, struct out *out);

/** A new address is probed or announced, as all are when the link comes up; when it goes down, what
 *  waits behind it is dropped: `struct handler`'s event. */
void arp_event(
	void *state, enum handler_event event, uint16_t id, uint64_t now_tsc, struct out *out);

/** Drop what waits in the neighbour table: `struct handler`'s drain. */
void arp_drain(void *state, struct out *out);

#endif
