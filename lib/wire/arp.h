/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H

/**
 * @file
 * ARP for IPv4 over Ethernet, bytes to struct and back (RFC 826; numbers: RFC 5494).
 *
 * No mbuf, no I/O, no state; any thread.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ARP_ETHERTYPE = 0x0806,
	ARP_LEN = 28, // octets of a packet for Ethernet and IPv4, without padding
	ARP_REQUEST = 1,
	ARP_REPLY = 2
};

enum arp_error {
	ARP_OK,
	ARP_SHORT,   // fewer than ARP_LEN octets
	ARP_HTYPE,   // hardware type is not 1 (Ethernet); 6 (IEEE 802) is refused too
	ARP_PTYPE,   // protocol type is not 0x0800
	ARP_LENGTHS, // hlen is not 6 or plen is not 4
	ARP_OPCODE   // neither request nor reply
};

/** One packet; addresses as on the wire. */
struct arp {
	uint16_t op; // ARP_REQUEST or ARP_REPLY
	uint8_t sha[6];
	uint8_t tha[6];
	uint32_t spa_be;
	uint32_t tpa_be;
};

/**
 * Read and check a packet.
 *
 * @param p   first octet behind the EtherType; `len` octets are readable. What follows the first
 *            ARP_LEN is padding and never read.
 * @param arp set when ARP_OK is returned, else untouched.
 */
enum arp_error arp_parse(const uint8_t *p, size_t len, struct arp *arp);

/** Write a packet. @return ARP_LEN, or 0 with nothing written when `room` octets do not suffice. */
size_t arp_build(const struct arp *arp, uint8_t *p, size_t room);

#endif
