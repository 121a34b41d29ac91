/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 headers to structs, and the Internet checksum. Called by handlers on the control lcore.
 * The order of the checks is that of RFC 1812 5.2.2: nothing is read before a length allows it.
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "wire/ipv4.h"

_Static_assert(sizeof(struct rte_ipv4_hdr) == IPV4_HEADER_MIN, "header without options");

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_LOOSE_ROUTE = 0x83, OPTION_STRICT_ROUTE = 0x89 };

/** @return false: an option whose length leads astray, so that nobody knows what follows. */
static bool read_options(const uint8_t *p, size_t len, bool *source_route)
{
	size_t step;

	*source_route = false;
	for (size_t at = 0; at < len && p[at] != OPTION_END; at += step) {
		step = 1;
		if (p[at] == OPTION_NOP)
			continue;
		if (len - at < 2 || p[at + 1] < 2 || p[at + 1] > len - at)
			return false;
		step = p[at + 1];
		if (p[at] == OPTION_LOOSE_ROUTE || p[at] == OPTION_STRICT_ROUTE)
			*source_route = true;
	}
	return true;
}

enum ipv4_error ipv4_parse(const uint8_t *p, size_t len, size_t present, struct ipv4 *ip)
{
	struct rte_ipv4_hdr h;
	bool source_route;
	uint16_t total_len;
	uint8_t header_len;

	if (len < IPV4_HEADER_MIN)
		return IPV4_SHORT;
	memcpy(&h, p, sizeof(h));
	if (h.version_ihl >> 4 != 4)
		return IPV4_VERSION;
	header_len = rte_ipv4_hdr_len(&h);
	if (header_len < IPV4_HEADER_MIN)
		return IPV4_IHL;
	if (header_len > len)
		return IPV4_SHORT;
	total_len = rte_be_to_cpu_16(h.total_length);
	if (total_len < header_len)
		return IPV4_TOTAL_LENGTH;
	if (total_len > present)
		return IPV4_OVERRUN;
	if (ipv4_sum(p, header_len) != 0xffff)
		return IPV4_CHECKSUM;
	if (!read_options(p + IPV4_HEADER_MIN, header_len - (size_t)IPV4_HEADER_MIN, &source_route))
		return IPV4_OPTIONS;
	*ip = (struct ipv4){
		.src_be = h.src_addr,
		.dst_be = h.dst_addr,
		.total_len = total_len,
		.header_len = header_len,
		.protocol = h.next_proto_id,
		.ttl = h.time_to_live,
		.tos = h.type_of_service,
		.source_route = source_route,
		.fragment = (h.fragment_offset &
				    RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0,
	};
	return IPV4_OK;
}

void ipv4_build(const struct ipv4 *ip, uint8_t *p)
{
	struct rte_ipv4_hdr h = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = ip->tos,
		.total_length = rte_cpu_to_be_16(ip->total_len),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = ip->ttl,
		.next_proto_id = ip->protocol,
		.src_addr = ip->src_be,
		.dst_addr = ip->dst_be,
	};

	memcpy(p, &h, sizeof(h));
	ipv4_set_checksum(p, IPV4_HEADER_MIN);
}

void ipv4_set_checksum(uint8_t *p, uint8_t header_len)
{
	const size_t at = offsetof(struct rte_ipv4_hdr, hdr_checksum);
	uint16_t checksum = 0;

	memcpy(p + at, &checksum, sizeof(checksum));
	checksum = (uint16_t)~ipv4_sum(p, header_len);
	memcpy(p + at, &checksum, sizeof(checksum));
}

uint16_t ipv4_sum(const uint8_t *p, size_t len)
{
	return rte_raw_cksum(p, len);
}

bool ipv4_is_host(uint32_t ip_be)
{
	uint32_t first = rte_be_to_cpu_32(ip_be) >> 24;

	return first != 0 && first != 127 && first < 224;
}
