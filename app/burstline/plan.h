/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLAN_H
#define PLAN_H

/**
 * @file
 * From configuration and topology to lcores, queues, rings and pools. Pure: no EAL, no files, no
 * devices; the same input gives the same plan. build.c only executes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/conf.h"
#include "handler.h"
#include "topology.h"

enum {
	PLAN_BURST = 32,
	PLAN_MAX_LCORES = 64, // also the width of a consumer's bitmap of rings
	PLAN_MAX_PORTS = 32,
	PLAN_MAX_QUEUES = 64,
	PLAN_NOTE_MAX = 256,
	PLAN_NO_LCORE = 0xffff, // owner of a TX queue that exists only to make pairs
	PLAN_HELD = 256         // packets that the neighbour table holds, in total
};

enum plan_role {
	PLAN_CONTROL,
	PLAN_WORKER,
	PLAN_HANDLER, // an lcore of handlers
	PLAN_OWN      // a thread of one handler; no lcore of EAL
};

/** Is it normal that others run on the CPU of such an lcore? It naps, and nothing there is urgent
 * to the microsecond. */
static inline bool plan_shares_cpu(enum plan_role role)
{
	return role == PLAN_CONTROL || role == PLAN_OWN;
}

struct plan_lcore {
	unsigned lcore; // index: 0 is control, then workers, then lcores and threads of
	                // handlers; the EAL lcore id of all but the threads
	unsigned cpu;
	unsigned node;
	enum plan_role role;
	bool shares_cpu; // with another lcore of the plan
	bool idle;       // a worker with no RX queue
};

struct plan_queue {
	unsigned lcore; // owner, or PLAN_NO_LCORE
};

struct plan_port {
	unsigned conf;                // index into conf->ports
	char device[CONF_DEVICE_MAX]; // what EAL is given: derived arguments added
	bool is_pci;
	unsigned node;
	bool node_known;
	unsigned n_rxq, n_txq;
	struct plan_queue rxq[PLAN_MAX_QUEUES];
	struct plan_queue txq[PLAN_MAX_QUEUES]; // of these, each lcore owns at most one
	unsigned rx_descriptors, tx_descriptors;
	unsigned mtu; // that is to be set; 0: leave the device's own
	unsigned
		max_frame; // longest frame that tx accepts, octets without FCS; longer: tx_too_long
	unsigned tag_room; // octets by which one with an outer 0x8100 tag may be longer
	unsigned pool;     // index into pools
	unsigned rx_segs;  // mbufs that one received frame takes at most; above 1: scattered
	bool stamp_port;   // the driver does not set mbuf->port (net_ring)
	bool shares_memory; // a peer maps all our memory, at most 8 pieces of it (net_virtio_user)
	bool umem;          // the kernel maps its pool (net_af_xdp)
	unsigned kept;      // mbufs that its driver does not give back when it is closed
	bool linear;        // gets copies of what is flooded: a shared or chained mbuf will not do
};

struct plan_bridge {
	unsigned conf;        // index into conf->bridges
	unsigned node;        // of the forwarding table
	unsigned n_vlans;     // that a member is in; 1 when not VLAN-aware
	size_t table_bytes;   // forwarding table
	size_t counter_bytes; // counters and buckets of all lcores
};

struct plan_instance {
	const struct handler *handler;
	int conf; // index into conf->handlers, or -1: runs because an interface has an address
	unsigned instance; // number within the handler
	enum conf_place place;
	unsigned lcore; // for inline: the worker
	uint32_t rate_pps, burst, ring;
	uint32_t budget; // frames of each ring in a round; 0 for inline
	enum conf_overload overload;
	int pass_port; // index into ports, or -1
};

enum plan_ring_kind {
	PLAN_RING_HANDLER, // frames for a handler instance
	PLAN_RING_TX,      // frames for a port, to the owner of its TX queue
	PLAN_RING_LOCAL,   // frames for their second dispatch, to a worker
	PLAN_RING_DONE     // finished mbufs, to a worker that frees them
};

struct plan_ring {
	char name[32]; // unique within the instance
	enum plan_ring_kind kind;
	unsigned producer, consumer; // lcores
	unsigned instance;           // index into instances, for PLAN_RING_HANDLER
	unsigned port;               // index into ports, for PLAN_RING_TX
	unsigned slots;              // power of two; usable: slots - 1
	unsigned node;
};

/** One line of a pool's arithmetic: `count` mbufs for `what`. */
struct plan_term {
	char what[64];
	uint64_t count;
};

struct plan_pool {
	char name[32];
	unsigned node;
	unsigned data_room; // octets with headroom
	unsigned segs;      // mbufs that one received frame of its ports takes at most
	unsigned n;         // mbufs; 0: it was freed, and its place can be taken
	unsigned cache;
	bool control;     // frames that we make (`self`); else received frames
	bool own;         // those of threads of their own; control is set, too
	bool preemptible; // users share CPUs: pool ops that survive preemption
	bool umem;        // for ports whose pool the kernel maps: objects lie close, in one piece
	size_t bytes;
	struct plan_term *terms;
	unsigned n_terms;
};

/** What a warning is of; the doctor has an id and a reason for each. */
enum plan_topic {
	PLAN_NUMA,       // memory of another node
	PLAN_SHARED_CPU, // two lcores on one CPU
	PLAN_MTU,        // frames that a device does not take
	PLAN_TAGS,       // tags that a device changes
	PLAN_MBUFS,      // a pool that may run empty
	PLAN_PEER,       // what a peer must be told, and nobody can look at
	PLAN_TOPICS
};

struct plan_warning {
	enum plan_topic topic;
	char what[PLAN_NOTE_MAX];
	char mend[PLAN_NOTE_MAX]; // a command; "": none, or `what` says it
};

/** Octets that one node must give when hugepages are used. */
struct plan_node {
	unsigned node;
	size_t pools, rings, bridges;
	size_t other; // EAL, drivers and what they keep
};

struct plan {
	const struct conf *conf; // borrowed
	struct plan_node *nodes; // [n_nodes], those of the topology
	unsigned n_nodes;
	struct plan_lcore *lcores;
	unsigned n_lcores;
	struct plan_port *ports; // [conf->n_ports]
	unsigned n_ports;
	struct plan_bridge *bridges; // [conf->n_bridges]
	unsigned n_bridges;
	struct plan_instance *instances;
	unsigned n_instances;
	struct plan_ring *rings;
	unsigned n_rings;
	struct plan_pool *pools;
	unsigned n_pools;
	size_t ring_bytes;
	size_t memory_bytes;          // everything that DPDK memory must hold, with EAL's own share
	bool hugepages;               // decided: use them
	char (*notes)[PLAN_NOTE_MAX]; // sentences for the reader: idle workers, costs, cross-node
	unsigned n_notes;
	struct plan_warning *warnings;
	unsigned n_warnings;
};

/**
 * Make a plan.
 *
 * @param conf     borrowed by the plan, must outlive it.
 * @param topology machine; ports of the running machine carry what their drivers really offer,
 *                 others what the driver's traits promise.
 * @param table    handlers, NULL at the end.
 * @param error    one sentence with cause and remedy; always terminated.
 * @return 0 with *plan owned by the caller (plan_free), or -1 with `error` set.
 */
int plan_make(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, struct plan **plan, char *error, size_t error_size);

/**
 * A plan for a running program that changes: every lane of `running` keeps its number and place,
 * also one that has nothing to do any more, as do all its pools that have mbufs. A port of the
 * same name for which plan_same_device() holds keeps its queues, their owners and its pool; one
 * that is new gets room in a pool that has some, else one of its own, behind the others.
 *
 * @param running plan of a configuration with the same `lcores` and `memory`.
 * @return as plan_make().
 */
int plan_change(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *running, struct plan **plan,
	char *error, size_t error_size);

/** Does the device of a port stay as it is set up, whatever else of the port changes? */
bool plan_same_device(const struct conf_port *a, const struct conf_port *b);

void plan_free(struct plan *plan);

/** A warning as one sentence, "WHAT: MEND". @return `text`. */
const char *plan_sentence(const struct plan_warning *warning, char *text, size_t size);

/** Print for people: lcores, ports with queues and owners, bridges, handlers, rings, pools with
 *  their arithmetic, notes and warnings. */
void plan_print(const struct plan *plan, FILE *to);

#endif
