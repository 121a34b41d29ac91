/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_SET_H
#define BRIDGE_SET_H

/* A bridge on one lane, with members but no devices, for the benches of lib/bridge. */

#include "bridge/bridge.h"

enum { BRIDGE_SET_VLAN = 1 }; // the first one

enum bridge_layout {
	BRIDGE_PLAIN,     // not VLAN-aware
	BRIDGE_TAGS_STAY, // trunks
	BRIDGE_PUSH,      // untagged frames leave tagged
	BRIDGE_POP        // and the other way round
};

struct bridge_point {
	const char *curve;
	uint32_t x;
	enum bridge_layout layout;
	unsigned members, pairs, tags, vlans;
	uint16_t tpid; // 0: 0x8100
};

struct bridge_set {
	struct classifier classifier;
	struct dispatch dispatch;
	struct unknown_types unknown[OUT_PORTS];
	struct ledger ledger;
	struct handler_counts counts;
	struct out out;
	struct bridge *bridge;
	struct fdb *fdb;
	struct fdb_config config;
	struct bridge_lane lane;
	struct bridge_events events;
	struct bridge_vlan_counts vlan[FDB_VLANS];
	struct bridge_call call;
};

extern struct bridge_set bridge_set;

/** Once; more often does nothing. `pool` for copies, which no point makes. */
void bridge_set_make(struct rte_mempool *pool);

/** The rules of this point, and a table that knows all its hosts. */
void bridge_set_point(const struct bridge_point *p);

/** Octets of host n behind a port, as fdb_key() has them. */
uint64_t bridge_set_address(unsigned port, uint32_t n);

/** A burst comes in: classify, bridge, flush. CLASSIFY_BURST frames at most. */
void bridge_set_run(uint16_t port, struct rte_mbuf **pkts, uint16_t n);

/** Frames that went to one known port so far. */
uint64_t bridge_set_unicast(void);

#endif
