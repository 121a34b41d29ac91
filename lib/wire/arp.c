/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP packets to structs and back. Called by the arp handler and by tools. Reads nothing before
 * the length is known to suffice; believes nothing that it did not check. Whether the addresses
 * make sense is the caller's question.
 */

#include <string.h>

#include <rte_arp.h>
#include <rte_byteorder.h>
#include <rte_ether.h>

#include "wire/arp.h"

_Static_assert(sizeof(struct rte_arp_hdr) == ARP_LEN, "ARP for IPv4 over Ethernet");

enum arp_error arp_parse(const uint8_t *p, size_t len, struct arp *arp)
{
	struct rte_arp_hdr h;
	uint16_t op;

	if (len < ARP_LEN)
		return ARP_SHORT;
	memcpy(&h, p, sizeof(h));
	if (h.arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER))
		return ARP_HTYPE;
	if (h.arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return ARP_PTYPE;
	if (h.arp_hlen != sizeof(arp->sha) || h.arp_plen != sizeof(arp->spa_be))
		return ARP_LENGTHS;
	op = rte_be_to_cpu_16(h.arp_opcode);
	if (op != ARP_REQUEST && op != ARP_REPLY)
		return ARP_OPCODE;
	arp->op = op;
	memcpy(arp->sha, &h.arp_data.arp_sha, sizeof(arp->sha));
	memcpy(arp->tha, &h.arp_data.arp_tha, sizeof(arp->tha));
	arp->spa_be = h.arp_data.arp_sip;
	arp->tpa_be = h.arp_data.arp_tip;
	return ARP_OK;
}

size_t arp_build(const struct arp *arp, uint8_t *p, size_t room)
{
	struct rte_arp_hdr h = {
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = sizeof(arp->sha),
		.arp_plen = sizeof(arp->spa_be),
		.arp_opcode = rte_cpu_to_be_16(arp->op),
		.arp_data = {.arp_sip = arp->spa_be, .arp_tip = arp->tpa_be},
	};

	if (room < ARP_LEN)
		return 0;
	memcpy(&h.arp_data.arp_sha, arp->sha, sizeof(arp->sha));
	memcpy(&h.arp_data.arp_tha, arp->tha, sizeof(arp->tha));
	memcpy(p, &h, sizeof(h));
	return ARP_LEN;
}
