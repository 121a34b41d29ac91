/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

/**
 * @file
 * A bridge (IEEE 802.1Q): which members a frame leaves by, and with which tags.
 *
 * A frame of a VLAN-aware bridge has an outside form, its octets, and an inside form, which is
 * only reckoned with: the bridge's tag with VLAN, PCP and DEI, then everything else. Ingress takes
 * `pop` tags off the outside to get the inside; egress writes the outside form of its member. A
 * bridge that is not VLAN-aware has one VLAN, 0, and touches no tag.
 *
 * Context: burst path of any lane, with that lane's own `struct bridge_lane`.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/bucket.h"
#include "bridge/event.h"
#include "bridge/fdb.h"
#include "steer/classify.h"
#include "steer/dispatch.h"
#include "steer/iface.h"
#include "steer/out.h"

enum {
	BRIDGE_TRANSLATIONS = 16,  // of a member
	BRIDGE_TRANSLATED = 2,     // tags on each side of one
	BRIDGE_MAX = 32,           // bridges
	BRIDGE_INSIDE = OUT_PORTS, // index of the counters of frames from our interfaces
};
_Static_assert((int)OUT_PORTS == (int)FDB_PORTS, "port numbers are bits of a mask");

enum bridge_mode { BRIDGE_ACCESS, BRIDGE_TRUNK, BRIDGE_QINQ };
enum bridge_accept { BRIDGE_ACCEPT_ALL, BRIDGE_ACCEPT_TAGGED, BRIDGE_ACCEPT_UNTAGGED };

/** Tags outside and inside, outermost first; inside[0] is the bridge's tag. */
struct bridge_translation {
	uint8_t n_wire, n_inside; // 1..BRIDGE_TRANSLATED
	struct iface_tag wire[BRIDGE_TRANSLATED], inside[BRIDGE_TRANSLATED];
};

/** A member port's rules; immutable while a view stands. */
struct bridge_member {
	enum bridge_mode mode;
	enum bridge_accept accept;
	bool filter;        // drop frames of VLANs that it is not in (802.1Q 8.6.2)
	uint16_t pvid;      // VLAN of untagged and priority-tagged frames; 0: none
	uint8_t pcp;        // of untagged frames
	bool maps_pcp;      // pcp_map is not the identity
	uint8_t pcp_map[8]; // PCP outside to inside, at ingress
	uint8_t n_translations;
	struct bridge_translation translation[BRIDGE_TRANSLATIONS];
};

/** A VLAN; bit p of a mask is member port p. */
struct bridge_vlan {
	uint32_t members;    // that are up
	uint32_t tagged;     // that send its frames with the bridge's tag
	uint32_t translated; // that send them by a translation
	uint16_t slot;       // of its counters
	bool local;          // an interface of ours is in it
};

/** Hangs from a view; immutable. */
struct bridge {
	uint8_t id;
	bool vlan_aware;
	uint16_t tpid;     // host byte order
	uint16_t reserved; // bit n: frames to 01-80-C2-00-00-0n are not forwarded
	uint32_t isolated; // members that do not reach each other
	uint32_t linear;   // members that take neither shared nor chained mbufs: they get copies
	struct fdb *fdb;
	const struct iface_index *ifaces;
	struct bridge_member member[OUT_PORTS];
	struct bridge_vlan vlan[]; // [4096], or [1] when not VLAN-aware
};

// clang-format off
/** Counters of a member as the ingress: X(field, help). */
#define BRIDGE_MEMBER_FIELDS(X) \
	X(unicast,      "frames sent to one known port") \
	X(broadcast,    "broadcast frames flooded") \
	X(multicast,    "multicast frames flooded") \
	X(unknown,      "frames to unknown addresses flooded") \
	X(local,        "frames given to our interfaces") \
	X(local_policed,"flooded frames not copied to our interfaces: over the handler's rate") \
	X(learned,      "addresses learned") \
	X(moved,        "addresses that moved here from another member") \
	X(held,         "static or sticky addresses of another member seen here") \
	X(over_limit,   "addresses not learned: limit of the member or VLAN") \
	X(over_rate,    "addresses not learned: too many a second") \
	X(table_full,   "addresses not learned: no room in the table") \
	X(references,   "frames flooded by a reference to the same octets") \
	X(headers,      "header mbufs made before shared octets") \
	X(copies,       "full copies made") \
	X(copy_failed,  "copies not made: no mbuf")

/** Counters of a VLAN, over all members: X(field, help). */
#define BRIDGE_VLAN_FIELDS(X) \
	X(frames,       "frames that entered") \
	X(bytes,        "octets of these frames") \
	X(flooded,      "of these, frames flooded") \
	X(storm,        "of these, frames dropped by storm control")
// clang-format on

struct bridge_member_counts {
#define X(field, help) uint64_t field;
	BRIDGE_MEMBER_FIELDS(X)
#undef X
};

struct bridge_vlan_counts {
#define X(field, help) uint64_t field;
	BRIDGE_VLAN_FIELDS(X)
#undef X
};

enum bridge_storm {
	BRIDGE_STORM_BROADCAST,
	BRIDGE_STORM_MULTICAST,
	BRIDGE_STORM_UNKNOWN,
	BRIDGE_STORMS
};

/** What one lane keeps for one bridge; outlives views; single writer. */
struct bridge_lane {
	struct bridge_member_counts member[OUT_PORTS + 1]; // by ingress; and BRIDGE_INSIDE
	struct bucket learn[OUT_PORTS];
	struct bucket storm[OUT_PORTS][BRIDGE_STORMS];
	struct bridge_events *events;    // of this lane, all bridges
	struct bridge_vlan_counts *vlan; // by bridge_vlan.slot
};

/** Everything a call needs, put together by the lane. */
struct bridge_call {
	const struct bridge *bridge;
	struct bridge_lane *lane;
	const struct dispatch *dispatch; // workers
	struct out *out;
	struct rte_mempool *pool; // for headers and copies
	uint64_t now;             // TSC
	uint32_t seconds;         // of the FDB's clock
};

/** What is left of a burst to be sent by the caller, in order, to one port. */
struct bridge_exit {
	uint16_t port;
	uint16_t n;       // 0: all frames have gone their ways
	uint64_t bytes;   // of these frames
	uint32_t max_len; // the longest of them or more
};

/**
 * Give every frame of a classified burst of one member port its way.
 *
 * @param pkts owned by the callee from now on, except for the first `n` of the exit.
 */
struct bridge_exit bridge_burst(const struct bridge_call *call, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c);

/**
 * A frame of ours enters the bridge from inside: looked up or flooded in `vlan`.
 *
 * @param m untagged, or with the tags that follow the bridge's own inside.
 */
void bridge_send(const struct bridge_call *call, struct rte_mbuf *m, uint16_t vlan);

#endif
