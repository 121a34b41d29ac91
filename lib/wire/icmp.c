/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP messages to structs and the echo reply. Called by the icmp handler. The checksum of a reply
 * is computed anew: updating it (RFC 1624) cannot tell the two zeros of ones' complement apart
 * when the rest of the message is zero.
 */

#include <string.h>

#include <rte_icmp.h>

#include "wire/icmp.h"

_Static_assert(sizeof(struct rte_icmp_hdr) == ICMP_HEADER_LEN, "echo message");

enum icmp_error icmp_parse(const uint8_t *p, size_t len, uint16_t sum, struct icmp *icmp)
{
	if (len < ICMP_HEADER_LEN)
		return ICMP_SHORT;
	if (sum != 0xffff)
		return ICMP_CHECKSUM;
	*icmp = (struct icmp){
		.type = p[offsetof(struct rte_icmp_hdr, icmp_type)],
		.code = p[offsetof(struct rte_icmp_hdr, icmp_code)],
	};
	return ICMP_OK;
}

void icmp_set_echo_reply(uint8_t *p)
{
	p[offsetof(struct rte_icmp_hdr, icmp_type)] = ICMP_ECHO_REPLY;
	memset(p + offsetof(struct rte_icmp_hdr, icmp_cksum), 0, sizeof(uint16_t));
}

void icmp_build_error(uint8_t *p, uint8_t type, uint8_t code)
{
	memset(p, 0, ICMP_HEADER_LEN);
	p[offsetof(struct rte_icmp_hdr, icmp_type)] = type;
	p[offsetof(struct rte_icmp_hdr, icmp_code)] = code;
}

void icmp_set_checksum(uint8_t *p, uint16_t sum)
{
	uint16_t checksum = (uint16_t)~sum;

	memcpy(p + offsetof(struct rte_icmp_hdr, icmp_cksum), &checksum, sizeof(checksum));
}
