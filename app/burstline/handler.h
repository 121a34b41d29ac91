/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HANDLER_H
#define HANDLER_H

/**
 * @file
 * The contract of a handler: an upper protocol, registered by EtherType.
 *
 * The same functions run wherever the configuration places the handler; init, burst, tick, event
 * and fini of one instance are called by one thread at a time. The burst function gives every mbuf
 * one verdict (steer/out.h). A handler includes lib headers, this one and private ones of its own
 * (NAME_*.h beside it), never another handler.
 *
 * Frames: bytes as received, tags included; frame_meta(m) tells the ingress interface and the
 * length of the L2 header; m->port is the ingress port. The first segment holds the whole L2
 * header. A handler may write every frame it is given.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "base/row.h"
#include "steer/iface.h"
#include "steer/out.h"

struct neigh_table;

enum { HANDLER_ABI = 1, HANDLER_ETHERTYPES_MAX = 8 };

/** Places a handler may be put; a bit set. */
enum handler_place {
	HANDLER_INLINE = 1u << 0,  // in every worker, between rx and tx
	HANDLER_CONTROL = 1u << 1, // on the control lcore
	HANDLER_LCORE = 1u << 2,   // on lcores of its own
	HANDLER_OWN = 1u << 3      // in a thread of its own
};

/** What an instance may use; stays valid from init() to fini(). */
struct handler_env {
	const struct iface_table *ifaces;
	struct neigh_table *neigh;    // shared by handlers on the control lcore; NULL elsewhere
	const uint8_t (*port_mac)[6]; // [OUT_PORTS] MAC addresses by DPDK port id
	uint64_t tsc_hz;              // cycles a second of `now_tsc`
	unsigned instance;            // 0..n-1 of `lcore N,M`; the worker's index for inline
};

enum handler_event {
	HANDLER_LINK_UP,   // id: DPDK port id
	HANDLER_LINK_DOWN, // id: DPDK port id
	HANDLER_ADDRESS,   // id: interface id; its addresses are in use from now on, or there are
	                   // new hosts behind it: a member of its bridge is up
	HANDLER_IFACE_DOWN // id: interface id; nothing behind it can be reached: the last member
	                   // of its bridge is down
};

/** A counter of the handler's own: name (letters, digits, _), help, and where its uint64_t lies in
 *  the instance's state. */
struct handler_counter {
	const char *name;
	const char *help;
	size_t offset;
};

struct handler {
	uint32_t abi; // HANDLER_ABI
	const char *name;
	uint16_t ethertypes[HANDLER_ETHERTYPES_MAX]; // host order, 0x0600 and above
	unsigned n_ethertypes;
	unsigned places;          // bit set of enum handler_place
	enum handler_place place; // default
	bool state_per_instance;  // false: no state is shared or needed
	bool needs_address;       // runs by itself wherever an interface has an address
	uint32_t rate_pps;        // default police rate for each ingress port and worker; 0: none
	uint32_t rate_burst;      // depth of its bucket
	const struct handler_counter *counters;
	unsigned n_counters;

	/** Make the state of one instance. Cold. @return 0 or -errno; nothing left behind then. */
	int (*init)(void **state, const struct handler_env *env);
	/** Give each of n (1..64) mbufs a verdict. Burst path. */
	void (*burst)(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out);
	/** Timers: about every millisecond while busy, at least every 10 ms. NULL: none. */
	void (*tick)(void *state, uint64_t now_tsc, struct out *out);
	/** Something happened to a port or an interface. NULL: not interested. */
	void (*event)(void *state, enum handler_event event, uint16_t id, uint64_t now_tsc,
		struct out *out);
	/** Release and drop what is held. Called where burst was, before fini. NULL: holds nothing.
	 */
	void (*drain)(void *state, struct out *out);
	/**
	 * Fill the row behind *cursor (0 at first, then what the last call left) of the table that
	 * telemetry shows as /burstline/NAME. NULL: there is none. Any thread, while the instance
	 * runs: must not block, log or write the state.
	 *
	 * @return false: no more rows.
	 */
	bool (*row)(const void *state, uint64_t now_tsc, unsigned *cursor, struct row *row);
	/** Free the state. Cold. */
	void (*fini)(void *state);
};

/** All built-in handlers, NULL at the end (handlers/table.c). */
extern const struct handler *const handler_table[];

#endif
