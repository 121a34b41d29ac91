/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HANDLER_H
#define HANDLER_H

/**
 * @file
 * The contract of a handler: an upper protocol, registered by EtherType, LLC SAP or SNAP PID.
 *
 * The same functions run wherever the configuration places the handler: in the workers, on the
 * control lcore, on lcores or in a thread of its own. The functions of one instance are called by
 * one thread at a time; init() and fini() by the management thread, the others where the instance
 * is placed. Instances of one handler run side by side: what they share, they must guard.
 *
 * Frames. Bytes as they were received, tags included, without FCS. m->port is the ingress port
 * (DPDK port id; RTE_MBUF_PORT_INVALID: made by out_new()). frame_meta(m) has the ingress interface
 * and the length of the L2 header in octets: MAC addresses, tags and the type/length field; LLC
 * begins behind it. The first segment holds the whole L2 header; what follows may be spread over
 * segments. A frame is to a MAC address of ours or to a group. A handler may write every frame it
 * is given, and may use the headroom and tailroom of its mbuf.
 *
 * Ownership. Each mbuf that burst() gets, and each that out_new() returns, gets exactly one verdict
 * (steer/out.h), out_keep() included; after it the mbuf belongs to somebody else and may not be
 * touched. Handlers never free an mbuf, never transmit and take none from a pool of Burstline's. A
 * debug build names a handler that gives a frame two verdicts or none.
 *
 * What may be called where. In burst(), tick(), event() and drain(): the verdicts, and functions
 * that neither block nor allocate, log, lock or make a system call; time is what tick() was given
 * or rte_rdtsc(). In a handler that only runs in places control and own, more is bearable: it
 * delays itself and whoever shares its lcore. In init() and fini(): anything that ends within
 * some milliseconds.
 *
 * Plug-ins. A handler outside the tree is a shared object with one symbol, burstline_handler:
 *
 *     #include <burstline/handler.h>
 *     const struct handler burstline_handler = {.abi = HANDLER_ABI, .name = "hello", ...};
 *
 *     cc -shared -fPIC $(pkg-config --cflags burstline-handler) -o hello.so hello.c
 *
 * It calls static inline functions of these headers and DPDK, whose libraries Burstline has loaded:
 * nothing is linked to Burstline. It must be built against a DPDK of the same ABI. Structs and
 * calls do not depend on instruction sets: -march may be whatever the machine has. The headers are
 * BSD-3-Clause, which asks nothing of a plug-in's own license. Each load has its own copy of the
 * plug-in's variables; constructors run at the load, also for --check. After fini() of the last
 * instance the object is unloaded: it must leave no thread, signal handler or atexit() behind.
 *
 * Byte order: numbers are the host's unless a name ends in _be. Errors are negative errno values.
 */

#ifdef __cplusplus
#error "handlers are C (gnu11 or later): what C++ does for one, let it do behind functions of C"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "base/row.h"
#include "steer/iface.h"
#include "steer/out.h"

struct neigh_table;

/**
 * What a plug-in was built for: the version of this contract, and the layout of the structs that
 * the verdicts write (a new drop reason changes it). Burstline loads only its own.
 */
enum {
	HANDLER_VERSION = 2,
	HANDLER_LAYOUT = (sizeof(struct out) * 31 + sizeof(struct ledger) * 17 +
				 sizeof(struct handler_counts)) &
	                 0xffff,
	HANDLER_ABI = HANDLER_VERSION << 24 | DROP_REASON_COUNT << 16 | HANDLER_LAYOUT
};

enum {
	HANDLER_ETHERTYPES_MAX = 8,
	HANDLER_SAPS_MAX = 8,
	HANDLER_SNAPS_MAX = 8,
	HANDLER_COUNTERS_MAX = 64,
	HANDLER_BURST_MAX = 64 // frames of one call
};

/** Places a handler may be put; a bit set. */
enum handler_place {
	HANDLER_INLINE = 1u << 0,  // in every worker, between rx and tx
	HANDLER_CONTROL = 1u << 1, // on the control lcore
	HANDLER_LCORE = 1u << 2,   // on lcores of its own
	HANDLER_OWN = 1u << 3      // in a thread of its own
};

/** keep_max of handlers that hold frames in the neighbour table, which bounds them itself. */
#define HANDLER_KEEP_SHARED UINT32_MAX

/** What an instance may use; read only, stays valid from init() to fini(). */
struct handler_env {
	const struct iface_table *ifaces;
	struct neigh_table *neigh;    // shared by handlers on the control lcore; NULL elsewhere and
	                              // for plug-ins
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
 *  the instance's state, octets from its start. One writer, the instance; others read any time. */
struct handler_counter {
	const char *name;
	const char *help;
	size_t offset;
};

/** A protocol behind LLC AA-AA-03 (IEEE 802 9.2): OUI and protocol identifier. OUI 00-00-00 with an
 *  EtherType is RFC 1042's. */
struct handler_snap {
	uint8_t oui[3];
	uint16_t pid; // host order
};

struct handler {
	uint32_t abi;     // HANDLER_ABI; first in every version
	const char *name; // 1 to 31 of A-Z a-z 0-9 . _ -; of a plug-in the configuration's counts
	uint16_t ethertypes[HANDLER_ETHERTYPES_MAX]; // host order, 0x0600 and above
	unsigned n_ethertypes;

	/** Frames with a length field (IEEE 802.3 3.2.6), by DSAP, all eight bits of it; 0xaa is
	 *  taken by those of `snaps`. Only frames with a whole LLC header, as their length field
	 * has it. */
	uint8_t saps[HANDLER_SAPS_MAX];
	unsigned n_saps;
	struct handler_snap snaps[HANDLER_SNAPS_MAX];
	unsigned n_snaps;

	unsigned places;          // bit set of enum handler_place; --check refuses others
	enum handler_place place; // default, one of them
	/** Each instance has a state of its own, or there is none: instances may run side by side,
	 *  inline in several workers and on several lcores. false: what one instance writes another
	 *  would see; --check refuses a configuration that makes more than one. */
	bool state_per_instance;
	bool local;          // it uses the verdict local
	bool needs_address;  // runs by itself wherever an interface has an address
	uint32_t rate_pps;   // default police rate for each ingress port and worker; 0: none
	uint32_t rate_burst; // depth of its bucket, frames; 0: a quarter of the rate, 64 at least
	uint32_t keep_max;   // frames that an instance holds at most; 0: out_keep() refuses
	const struct handler_counter *counters; // at most HANDLER_COUNTERS_MAX
	unsigned n_counters;

	/** Make the state of one instance. Cold. @return 0, or -errno: nothing is left behind then,
	 *  and the handler does not run. NULL: needs no state. */
	int (*init)(void **state, const struct handler_env *env);
	/** Give each of n (1..HANDLER_BURST_MAX) mbufs a verdict; the array is the handler's until
	 * it returns. Burst path. */
	void (*burst)(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out);
	/** Timers: about every millisecond while busy, at least every 10 ms. NULL: none. */
	void (*tick)(void *state, uint64_t now_tsc, struct out *out);
	/** Something happened to a port or an interface; on the control lcore only. NULL: not
	 *  interested. */
	void (*event)(void *state, enum handler_event event, uint16_t id, uint64_t now_tsc,
		struct out *out);
	/** Release and drop what is held. Called where burst was, after its last call and before
	 *  fini(). NULL: holds nothing. */
	void (*drain)(void *state, struct out *out);
	/**
	 * Fill the row behind *cursor (0 at first, then what the last call left) of the table that
	 * telemetry shows as /burstline/NAME. NULL: there is none; that of a plug-in is not asked.
	 * Any thread, while the instance runs: must not block, log or write the state.
	 *
	 * @return false: no more rows.
	 */
	bool (*row)(const void *state, uint64_t now_tsc, unsigned *cursor, struct row *row);
	/** Free the state. Cold. NULL: there is nothing to free. */
	void (*fini)(void *state);
};

/** All built-in handlers, NULL at the end (handlers/table.c). */
extern const struct handler *const handler_table[];

/** What a plug-in defines, and Burstline looks for. */
__attribute__((visibility("default"))) extern const struct handler burstline_handler;

#endif
