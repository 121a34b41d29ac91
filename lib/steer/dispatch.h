/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_DISPATCH_H
#define STEER_DISPATCH_H

/**
 * @file
 * From classes to handlers, on plain ports: one call or one ring operation a class and burst.
 *
 * Before a handler sees a frame: it is for us (our MAC address or a group address), policed, and
 * its ingress interface and L2 length are in frame_meta(). Context: burst path of one worker.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "steer/classify.h"
#include "steer/gate.h"
#include "steer/iface.h"
#include "steer/out.h"

enum { DISPATCH_TARGETS = 8, UNKNOWN_TYPES = 32, DISPATCH_STACK_BITS = 4 };

typedef void (*dispatch_burst_fn)(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out);

enum dispatch_kind {
	DISPATCH_DROP,    // with a reason
	DISPATCH_UNKNOWN, // no handler: count the type; drop, or send to the port `unknown:` names
	DISPATCH_INLINE,
	DISPATCH_RING // to one of n_targets consumers, by flow
};

/** The police of a handler on one worker. */
struct dispatch_police {
	uint64_t dropped;
	struct bucket port[OUT_PORTS]; // by ingress port
};

/** What happens to a class; immutable while a view stands. */
struct dispatch_action {
	_Alignas(RTE_CACHE_LINE_SIZE) enum dispatch_kind kind;
	enum drop_reason reason;
	dispatch_burst_fn burst; // inline
	void *state;
	struct handler_counts *counts;  // of this lcore; inline
	struct dispatch_police *police; // of this worker; NULL: not policed
	unsigned n_targets;             // ring
	struct gate *target[DISPATCH_TARGETS];
};
_Static_assert(offsetof(struct dispatch_action, n_targets) <= RTE_CACHE_LINE_SIZE,
	"of a class with a handler in place one line is read");

/** Frames without a handler, by EtherType: bounded, the rest in `other`. One writer. */
struct unknown_types {
	uint16_t type[UNKNOWN_TYPES]; // host order; 0: 802.3 length frames
	uint64_t frames[UNKNOWN_TYPES];
	_Atomic unsigned n;
	uint64_t other;
};

/** A plain port, as dispatch needs it. */
struct dispatch_port {
	uint8_t mac[6];
	bool to_port;     // `unknown:` names one
	uint16_t unknown; // DPDK port id
};

/** No tags are this. */
#define DISPATCH_STACK_EMPTY (CLASSIFY_TAGS_UNKNOWN - 1)

/** What frames of a port with these tags are to us. */
struct dispatch_stack {
	uint64_t tags; // as classified, or DISPATCH_STACK_EMPTY
	uint64_t mac;  // to which they are ours, as ingress_load_mac() has it
	union {
		struct {
			uint16_t l2_len, iface;
		};
		uint32_t meta; // as frame_meta_set() makes it
	};
	uint64_t reserved;
};
_Static_assert(sizeof(struct dispatch_stack) == 32, "two of them share a cache line");

/** Interfaces that were looked up, by port and a hash of the tags. Its worker's own. */
struct dispatch_known {
	uint64_t generation; // of the dispatch that they are from
	struct dispatch_stack stack[OUT_PORTS][1 << DISPATCH_STACK_BITS];
};

/** Everything dispatch reads on one worker; hangs from a view. */
struct dispatch {
	uint64_t generation; // the view's, 1 and up
	const struct classifier *classifier;
	const struct iface_index *ifaces;
	struct dispatch_action action[CLASS_MAX];
	struct dispatch_port port[OUT_PORTS];
	struct unknown_types *unknown; // [OUT_PORTS], of this worker
	struct dispatch_known *known;  // of this worker
};

/**
 * Give every frame of a classified burst of one plain port its way.
 *
 * @param pkts owned by the callee from now on; may be reordered.
 * @param now  TSC.
 */
void dispatch_burst(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct out *out, uint64_t now);

/** Has this class a handler here? */
static inline bool dispatch_has_handler(const struct dispatch *d, uint8_t class)
{
	return d->action[class].kind >= DISPATCH_INLINE;
}

/** Takes a token of the class's police; false: the handler's rate for this port is used up. */
bool dispatch_admits(const struct dispatch *d, uint16_t port, uint8_t class, uint64_t now);

/**
 * Give frames to the handler of their class; they were admitted, and frame_meta() is set.
 *
 * @param pkts 1..CLASSIFY_BURST frames of one class, all with the whole L2 header in the first
 *             segment; owned by the callee from now on. A class without a handler is counted and
 *             dropped as unknown.
 * @param now  TSC.
 */
void dispatch_local(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint8_t class, struct out *out, uint64_t now);

/**
 * The second dispatch: to the handlers by class, without asking whom the frames are for and without
 * police.
 *
 * @param pkts whose meta says the interface; owned by the callee from now on.
 */
void dispatch_again(const struct dispatch *d, struct rte_mbuf **pkts, const struct classified *c,
	struct out *out, uint64_t now);

#endif
