/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_IFACE_H
#define STEER_IFACE_H

/**
 * @file
 * Interfaces: where our addresses live. A port or a bridge, and a stack of tags, name one.
 *
 * The table hangs from a view: immutable, read by any lcore.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>

/** One of our IPv4 interfaces, as handlers see it; immutable while a view stands. */
struct iface_address {
	uint32_t ip_be;
	uint8_t prefix;
};

enum { IFACE_TAGS_MAX = 4, IFACE_NO_PORT = 0xffff, IFACE_MAX = 1024 };

struct iface_tag {
	uint16_t tpid;
	uint16_t vid;
};

struct iface {
	char name[32];
	uint16_t id;   // index in the table, for good
	bool unused;   // there is none, or no more, of this id: no address, no port
	uint16_t port; // DPDK port id, or IFACE_NO_PORT on a bridge
	bool on_bridge;
	uint8_t bridge; // id
	uint16_t vlan;  // of the bridge: tags[0].vid when it is VLAN-aware, else 0
	uint8_t mac[6];
	bool probe;
	uint32_t icmp_errors; // a second that may be sent; 0: none
	uint8_t n_tags;
	struct iface_tag tags[IFACE_TAGS_MAX]; // outermost first
	uint16_t n_addresses;
	struct iface_address *addresses;
};

struct iface_table {
	uint16_t n;
	struct iface *iface; // [n]; index = interface id. While the program runs n only grows
};

/** Index by port and tags; immutable. Owned by the view. */
struct iface_index;

/** Index a table, which must outlive it. NULL when out of memory. Cold. */
struct iface_index *iface_index_create(const struct iface_table *table);
void iface_index_free(struct iface_index *index);

/**
 * The interface a frame arrived on.
 *
 * Priority tags (VID 0, IEEE 802.1Q 6.9) do not name a VLAN: they are skipped.
 *
 * @param index NULL: there are none.
 * @param frame first octet of the L2 header, l2_len octets readable in one piece.
 * @return the interface, or NULL. Context: burst path.
 */
const struct iface *iface_find(
	const struct iface_index *index, uint16_t port, const uint8_t *frame, uint16_t l2_len);

/**
 * The interface of a bridge that a frame is for, or NULL.
 *
 * @param inside n_inside tags of the bridge that need not be in the frame, outermost first.
 * @param at     offset of the first tag (or the type field) that follows these.
 */
const struct iface *iface_find_inside(const struct iface_index *index, uint8_t bridge,
	const struct iface_tag *inside, unsigned n_inside, const uint8_t *frame, uint16_t at,
	uint16_t l2_len);

/** What an IPv4 address is to an interface. */
enum iface_relation {
	IFACE_OFF_LINK,       // in none of its subnets
	IFACE_ON_LINK,        // a host in one of them
	IFACE_OURS,           // one of its own addresses
	IFACE_SUBNET_ADDRESS, // a subnet's own or broadcast address; a prefix of 31 has none
};

static inline enum iface_relation iface_relation(const struct iface *iface, uint32_t ip_be)
{
	enum iface_relation relation = IFACE_OFF_LINK;
	uint32_t ip = rte_be_to_cpu_32(ip_be);

	for (uint16_t i = 0; i < iface->n_addresses; i++) {
		const struct iface_address *a = &iface->addresses[i];
		uint32_t hosts =
			a->prefix == 0 ? UINT32_MAX : (UINT32_C(1) << (32 - a->prefix)) - 1;

		if (a->ip_be == ip_be)
			return IFACE_OURS;
		if (((ip ^ rte_be_to_cpu_32(a->ip_be)) & ~hosts) != 0)
			continue;
		if (hosts > 1 && ((ip & hosts) == 0 || (ip & hosts) == hosts))
			relation = IFACE_SUBNET_ADDRESS;
		else if (relation == IFACE_OFF_LINK)
			relation = IFACE_ON_LINK;
	}
	return relation;
}

#endif
