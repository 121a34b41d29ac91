/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

/**
 * @file
 * ICMP messages (RFC 792), bytes to struct, and the echo reply in place.
 *
 * A message may lie in several pieces, so its sum is the caller's: ipv4_sum() over all of it.
 * No mbuf, no I/O, no state; any thread.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ICMP_HEADER_LEN = 8, // octets
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_ECHO_REQUEST = 8,
	ICMP_UNREACHABLE_PROTOCOL = 2, // codes
	ICMP_UNREACHABLE_PORT = 3
};

enum icmp_error {
	ICMP_OK,
	ICMP_SHORT, // fewer than 8 octets
	ICMP_CHECKSUM
};

struct icmp {
	uint8_t type;
	uint8_t code;
};

/**
 * Read and check a message.
 *
 * @param p    its first octet; at least 8 octets are readable when `len` is 8 or more.
 * @param len  octets of the message.
 * @param sum  ipv4_sum() of the message, ignored when it is short.
 * @param icmp set when ICMP_OK is returned, else untouched.
 */
enum icmp_error icmp_parse(const uint8_t *p, size_t len, uint16_t sum, struct icmp *icmp);

/**
 * Turn an echo request into its reply: type 0; identifier, sequence number and data stay. The
 * checksum field is set to 0: icmp_set_checksum() must follow.
 */
void icmp_set_echo_reply(uint8_t *p);

/** Write the header of an error (RFC 792: 8 octets, the last four unused). The checksum field is 0:
 *  icmp_set_checksum() must follow. */
void icmp_build_error(uint8_t *p, uint8_t type, uint8_t code);

/** Store the checksum, given the ipv4_sum() of the message with a checksum field of 0. */
void icmp_set_checksum(uint8_t *p, uint16_t sum);

#endif
