/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_DROP_H
#define BASE_DROP_H

/**
 * @file
 * Every reason why a frame may be dropped, by name.
 *
 * One list: the ledger, telemetry, the tests and the exit report read it. A name is a contract
 * (it is printed and scraped); a reason is added at the end of its group and never renamed.
 */

// clang-format off
#define DROP_REASONS(X) \
	/* the frame itself */ \
	X(SHORT_HEADER,     "short_header",     "fewer than 14 octets") \
	X(SHORT_VLAN,       "short_vlan",       "the frame ends inside its tags") \
	X(LENGTH_RESERVED,  "length_reserved",  "type/length field from 1501 to 1535 (IEEE 802.3 3.2.6)") \
	X(FCS,              "fcs",              "frame check sequence is wrong") \
	X(RX_CUT,           "rx_cut",           "longer than the device's buffers, so it may have been cut") \
	/* dispatch */ \
	X(UNKNOWN,          "unknown",          "no handler for this EtherType on a plain port") \
	X(NOT_FOR_US,       "not_for_us",       "unicast to another MAC address on a plain port") \
	X(POLICED,          "policed",          "over the rate of its handler") \
	X(HANDLER_RING,     "handler_ring",     "the ring to the handler is full") \
	X(HANDLER_DEI,      "handler_dei",      "drop eligible (DEI 1), and the ring to the handler is nearly full") \
	X(HANDLER_HEAD,     "handler_head",     "the oldest in the ring to its handler, to make room (drop-head)") \
	X(LOCAL_LIMIT,      "local_limit",      "a handler wanted a third dispatch, or may not ask for a second") \
	X(REPLACED,         "replaced",         "did not fit the ring of a handler that took another's place") \
	/* bridges */ \
	X(BRIDGE_SOURCE,    "bridge_source",    "group or zero source address on a bridge") \
	X(BRIDGE_OWN,       "bridge_own",       "source address of an interface of this bridge: a loop, or spoofed") \
	X(BRIDGE_RESERVED,  "bridge_reserved",  "reserved group address that bridges do not forward (IEEE 802.1Q 8.6.3)") \
	X(BRIDGE_SAME_PORT, "bridge_same_port", "the destination is behind the ingress port") \
	X(BRIDGE_NOBODY,    "bridge_nobody",    "no other member may take it") \
	X(BRIDGE_VLAN,      "bridge_vlan",      "VLAN that its ingress member is not in, or 4095") \
	X(BRIDGE_TYPE,      "bridge_type",      "tagged or untagged frame that the member does not accept") \
	X(BRIDGE_STORM,     "bridge_storm",     "over the member's rate of broadcast, multicast or unknown unicast") \
	X(BRIDGE_TRANSLATE, "bridge_translate", "tags that the egress member's translation cannot express") \
	/* output */ \
	X(TX_RING,          "tx_ring",          "the ring to the owner of the TX queue is full") \
	X(TX_FULL,          "tx_full",          "the driver took no more frames") \
	X(TX_TOO_LONG,      "tx_too_long",      "longer than the egress port can send") \
	X(TX_DOWN,          "tx_down",          "the egress port is gone") \
	X(NO_BUFFER,        "no_buffer",        "no mbuf or no room in it") \
	/* ARP and neighbours */ \
	X(NO_INTERFACE,     "no_interface",     "no interface with these tags on the port") \
	X(ARP_SHORT,        "arp_short",        "ARP shorter than 28 octets") \
	X(ARP_UNSUPPORTED,  "arp_unsupported",  "ARP hardware, protocol, lengths or opcode not Ethernet/IPv4") \
	X(ARP_BAD_SENDER,   "arp_bad_sender",   "ARP sender that must not be believed (RFC 1812 3.3.2)") \
	X(ARP_NOT_OURS,     "arp_not_ours",     "ARP for an address that is not ours") \
	X(ARP_CONFLICT,     "arp_conflict",     "ARP from another host that claims our address") \
	X(NEIGH_UNRESOLVED, "neigh_unresolved", "next hop did not answer ARP") \
	X(NEIGH_QUEUE,      "neigh_queue",      "too many frames wait for this neighbour, or in all") \
	X(NEIGH_FULL,       "neigh_full",       "neighbour table is full") \
	/* IPv4 host */ \
	X(IP_MALFORMED,     "ip_malformed",     "IPv4 header length, version, options, checksum or total length") \
	X(IP_NOT_OURS,      "ip_not_ours",      "IPv4 destination is not ours") \
	X(IP_BAD_SOURCE,    "ip_bad_source",    "IPv4 source that must not be answered") \
	X(IP_FRAGMENT,      "ip_fragment",      "IPv4 fragment to us") \
	X(IP_PROTOCOL,      "ip_protocol",      "no handler for this IPv4 protocol") \
	X(ICMP_MALFORMED,   "icmp_malformed",   "ICMP shorter than 8 octets or checksum wrong") \
	X(ICMP_TYPE,        "icmp_type",        "ICMP type that is not answered") \
	X(IP_LINK_GROUP,    "ip_link_group",    "IPv4 to us in a link-layer broadcast or multicast") \
	X(IP_SOURCE_ROUTE,  "ip_source_route",  "IPv4 to us with a source route") \
	/* life cycle */ \
	X(SHUTDOWN,         "shutdown",         "still held when its owner stopped") \
	X(STALLED,          "stalled",          "with a handler that had not returned when the program ended") \
	X(HANDLER,          "handler",          "dropped by a handler without a reason of its own")
// clang-format on

enum drop_reason {
#define X(id, name, help) DROP_##id,
	DROP_REASONS(X)
#undef X
		DROP_REASON_COUNT
};

/** Name and one-line meaning of a reason; both static. `r` must be below DROP_REASON_COUNT. */
const char *drop_name(enum drop_reason r);
const char *drop_help(enum drop_reason r);

#endif
