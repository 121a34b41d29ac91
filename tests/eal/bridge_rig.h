/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_RIG_H
#define BRIDGE_RIG_H

/*
 * A bridge with up to BRIDGE_RIG_PORTS members and no devices: the test gives it bursts and reads
 * what each member would have sent. Frames are written as hex, spaces ignored; "*N" behind an
 * octet repeats it. One rig at a time; EAL must run (start.h).
 */

#include "bridge/bridge.h"

enum { BRIDGE_RIG_PORTS = 8, BRIDGE_RIG_FRAMES = 512, BRIDGE_RIG_LOCAL = BRIDGE_RIG_PORTS };

struct bridge_rig {
	struct bridge *bridge;
	struct fdb *fdb;
	struct bridge_lane lane;
	struct bridge_events events;
	struct dispatch dispatch;
	struct classifier classifier;
	struct iface_table ifaces;
	struct iface iface[2];
	struct out out;
	struct ledger ledger;
	struct handler_counts counts;
	struct bridge_call call;
	// What went out: by port, in order; BRIDGE_RIG_LOCAL: to handlers.
	unsigned n[BRIDGE_RIG_PORTS + 1];
	struct rte_mbuf *got[BRIDGE_RIG_PORTS + 1][BRIDGE_RIG_FRAMES];
};

extern struct bridge_rig rig;

/** A bridge of `members` members, all up: not VLAN-aware, or with a tag of `tpid`. Members of an
 *  aware one are in no VLAN yet. */
void bridge_rig_make(unsigned members, uint16_t tpid);

/** Put members (a mask) into a VLAN, `tagged` of them sending it with its tag. */
void bridge_rig_vlan(uint16_t vlan, uint32_t members, uint32_t tagged);

/** A VLAN-aware bridge of four. Port 0: access 10; 1: trunk of 10 and 20, native 30; 2: access 20;
 *  3: trunk of 10. */
void bridge_rig_vlans(void);

/** Give the bridge an interface, with tag `vlan` when it is aware. */
void bridge_rig_iface(uint16_t vlan, const uint8_t mac[6]);

/** Take away the bridge; every ledger line balances, no mbuf is left. */
void bridge_rig_end(void);

/** A frame from hex, of `segs` segments of equal length (the last takes the rest). */
struct rte_mbuf *bridge_rig_frame(const char *hex, unsigned segs);

/** A burst that comes in at a port. */
void bridge_rig_burst(uint16_t port, struct rte_mbuf **pkts, uint16_t n);

/** One frame. */
void bridge_rig_rx(uint16_t port, const char *hex);

/** The oldest frame that the port sent is this one, octet by octet; it is freed. */
void bridge_rig_expect(uint16_t port, const char *hex);

/** No port has sent anything more. */
void bridge_rig_nothing(void);

/** Frames of a port that were dropped for a reason. */
uint64_t bridge_rig_drops(uint16_t port, enum drop_reason reason);

#endif
