/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_IPV4_H
#define WIRE_IPV4_H

/**
 * @file
 * IPv4 headers, bytes to struct (RFC 791), the checks of RFC 1812 5.2.2, and the Internet
 * checksum (RFC 1071).
 *
 * No mbuf, no I/O, no state; any thread. Of options only source routes are told.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IPV4_ETHERTYPE = 0x0800,
	IPV4_HEADER_MIN = 20, // octets
	IPV4_HEADER_MAX = 60,
	IPV4_ICMP = 1, // protocol numbers
	IPV4_UDP = 17,
	IPV4_TTL = 64 // of what we send (RFC 1700)
};

enum ipv4_error {
	IPV4_OK,
	IPV4_SHORT,        // fewer than 20 octets, or fewer than the header says it has
	IPV4_VERSION,      // not 4
	IPV4_IHL,          // below 5
	IPV4_TOTAL_LENGTH, // below the header's length
	IPV4_OVERRUN,      // total length above the octets present
	IPV4_CHECKSUM,
	IPV4_OPTIONS // an option's length is below 2, or leads out of the header
};

struct ipv4 {
	uint32_t src_be;
	uint32_t dst_be;
	uint16_t total_len; // octets, header included
	uint8_t header_len; // octets, 20 to 60
	uint8_t protocol;
	uint8_t ttl;
	uint8_t tos;
	bool fragment;     // one of several, first or not
	bool source_route; // has a loose or strict one, at its end or not
};

/**
 * Read and check a header.
 *
 * @param p       first octet behind the EtherType; `len` octets are readable.
 * @param present octets of the packet, padding included; `len` or more when the frame has further
 *                segments.
 * @param ip      set when IPV4_OK is returned, else untouched.
 */
enum ipv4_error ipv4_parse(const uint8_t *p, size_t len, size_t present, struct ipv4 *ip);

/** Write a header of 20 octets, checksum included, of a packet that is not to be fragmented (so its
 *  identification is 0, RFC 6864 4.1). Of `ip`, src_be, dst_be, total_len, protocol, ttl and tos
 *  are read. */
void ipv4_build(const struct ipv4 *ip, uint8_t *p);

/** Write the checksum of the header at `p` of `header_len` octets. */
void ipv4_set_checksum(uint8_t *p, uint8_t header_len);

/** RFC 1071 sum (not inverted) of `len` octets, 0 to 65535, in the octet order of memory: stored
 *  as it is, inverted, it is a checksum; over a packet with a right checksum it is 0xffff. */
uint16_t ipv4_sum(const uint8_t *p, size_t len);

/** May a host have this address? Not in 0/8, 127/8, multicast, class E, 255.255.255.255. */
bool ipv4_is_host(uint32_t ip_be);

#endif
