/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_IFACE_H
#define STEER_IFACE_H

/**
 * @file
 * Interfaces: where our addresses live. A port and a stack of tags name one.
 *
 * The table hangs from a view: immutable, read by any lcore.
 */

#include <stdbool.h>
#include <stdint.h>

/** One of our IPv4 interfaces, as handlers see it; immutable while a view stands. */
struct iface_address {
	uint32_t ip_be;
	uint8_t prefix;
};

enum { IFACE_TAGS_MAX = 4 };

struct iface_tag {
	uint16_t tpid;
	uint16_t vid;
};

struct iface {
	char name[32];
	uint16_t id;   // index in the table
	uint16_t port; // DPDK port id
	uint8_t mac[6];
	bool probe;
	uint8_t n_tags;
	struct iface_tag tags[IFACE_TAGS_MAX]; // outermost first
	uint16_t n_addresses;
	struct iface_address *addresses;
};

struct iface_table {
	uint16_t n;
	struct iface *iface; // [n]; index = interface id
};

#endif
