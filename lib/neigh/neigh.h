/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_NEIGH_H
#define NEIGH_NEIGH_H

/**
 * @file
 * Neighbour table: which MAC address answers for an IPv4 address behind an interface.
 *
 *                      frame to send                    reply
 *     (no entry) ──────────────────────► INCOMPLETE ───────────────► REACHABLE ◄──────┐
 *         ▲          3 broadcast requests, │                           │ 30 s         │
 *         │ 5 s      no answer             │                 ┌─────────┤              │ any ARP
 *         │    ┌───────────────────────────┘         unused  │         │ used         │ of the
 *         │    ▼     3 unicast, then                         ▼         ▼              │ neighbour
 *       FAILED ◄──── 3 broadcast, no answer ───── PROBE ◄── STALE    PROBE ───────────┘
 *                                                    used, or 60 s
 *
 * STATIC entries are never changed by traffic and never age. README.md states the policies.
 *
 * Thread-safety: one thread (the control lcore) calls everything but neigh_copy(), which any
 * thread may call at any time. No call blocks, allocates (after neigh_create) or logs.
 *
 * Time: cycles of the clock whose rate neigh_create() was told. The table's "now" is that of the
 * last neigh_poll(), so that tests turn the clock.
 *
 * Frames: the table stores pointers for the caller, who owns the frames before, meanwhile and
 * after; it never looks into them.
 *
 * Sources: RFC 826; RFC 1122 2.3.2; the probing is RFC 4861 7.3.3 applied to ARP.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	NEIGH_CAPACITY = 4096,  // entries, what the program uses
	NEIGH_HOLD_MAX = 16,    // frames that wait for one neighbour
	NEIGH_HOLD_IFACE = 128, // ... behind one interface
	NEIGH_HOLD_TOTAL = 256, // ... in all
	NEIGH_REACHABLE_S = 30, // seconds until an answer is doubted, unless configured
	NEIGH_IN_USE_S = 30,    // seconds that an entry is in use after a frame was sent with it
	NEIGH_STALE_S = 60,     // seconds that an unused entry is kept then, before probes
	NEIGH_RETRY_S = 1,      // seconds between requests to one address (RFC 1122 2.3.2.1)
	NEIGH_FAILED_S = 5,     // seconds that frames for one who did not answer are dropped
	NEIGH_UNICAST_PROBES = 3,
	NEIGH_BROADCASTS = 3,
	NEIGH_IFACE_ALL = 0xffff // for neigh_flush
};

enum neigh_state {
	NEIGH_FREE, // internal; never reported
	NEIGH_INCOMPLETE,
	NEIGH_REACHABLE,
	NEIGH_STALE,
	NEIGH_PROBE,
	NEIGH_STATIC,
	NEIGH_FAILED // did not answer
};

struct neigh_table;
struct neigh_events;

/** An entry as readers see it. */
struct neigh_info {
	uint32_t ip_be;
	uint16_t iface;
	enum neigh_state state;
	uint8_t held;           // frames that wait
	uint8_t mac[6];         // zero while INCOMPLETE or FAILED
	uint64_t confirmed_tsc; // when the neighbour was last heard of; 0: never
};

/** Frames that stop waiting, in the order in which they came. */
struct neigh_held {
	unsigned n;
	void *frames[NEIGH_HOLD_MAX];
};

/** What neigh_poll() wants done. */
enum neigh_todo {
	NEIGH_IDLE,      // nothing more now
	NEIGH_ASK,       // send a request to the broadcast address
	NEIGH_ASK_KNOWN, // send a request to `mac`
	NEIGH_GIVE_UP,   // no answer: drop `held` (may be empty)
	NEIGH_SEND_HELD, // `mac` was made known: send `held` to it
	NEIGH_DROP_HELD  // the entry was forgotten: drop `held`
};

struct neigh_work {
	uint32_t ip_be;
	uint16_t iface;
	uint8_t mac[6];
	struct neigh_held held;
};

enum neigh_learnt {
	NEIGH_IGNORED, // not known, and not to be created
	NEIGH_CREATED,
	NEIGH_CONFIRMED,   // known, same MAC address
	NEIGH_COMPLETED,   // was INCOMPLETE or FAILED; `held` may go now
	NEIGH_MOVED,       // known, another MAC address from now on
	NEIGH_STATIC_SAME, // static, the same MAC address
	NEIGH_STATIC_KEPT, // static, another MAC address: not believed
	NEIGH_TABLE_FULL   // unknown, and every entry that could give way is static or in use
};

enum neigh_hold {
	NEIGH_RESOLVED,    // `mac` is set; send
	NEIGH_WAITS,       // the table holds the frame
	NEIGH_QUEUE_FULL,  // too many frames wait behind the interface, or in all: drop
	NEIGH_NO_ENTRY,    // the table is full: drop
	NEIGH_UNREACHABLE, // it did not answer a short time ago: drop
};

/**
 * Make an empty table. Cold.
 *
 * @param capacity entries, 1 to 65534, static ones among them.
 * @param n_ifaces interfaces; their ids are below.
 * @param hz       cycles a second of `now_tsc`.
 * @return         NULL when there is no memory; neigh_destroy() when done.
 */
struct neigh_table *neigh_create(
	unsigned capacity, uint16_t n_ifaces, uint64_t hz, uint64_t now_tsc);

/**
 * Limits of one interface, for what is learnt and confirmed from now on. Cold.
 *
 * @param limit     entries that may be learnt there.
 * @param timeout_s seconds until an answer is doubted.
 */
void neigh_configure(struct neigh_table *t, uint16_t iface, unsigned limit, unsigned timeout_s);

/** Where the table's user notes what people should know, and the management thread reads it. */
struct neigh_events *neigh_events(struct neigh_table *t);

/** Free a table; no frame may wait in it (neigh_flush). */
void neigh_destroy(struct neigh_table *t);

/** Add a static entry, or make one static. Frames that waited for it go with the next neigh_poll().
 *  @return 0, or -ENOSPC. */
int neigh_add_static(struct neigh_table *t, uint16_t iface, uint32_t ip_be, const uint8_t mac[6]);

/** A neighbour spoke to us: update its entry or create one. `held` is always set. */
enum neigh_learnt neigh_learn(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held);

/** A neighbour spoke, not to us: update its entry if there is one. `held` is always set. */
enum neigh_learnt neigh_update(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held);

/**
 * Find where a frame goes, or let it wait and ask (the next neigh_poll() tells to).
 *
 * @param frame     held when NEIGH_WAITS is returned: complete but for its destination address,
 *                  with frame_meta(), to leave by the interface's port or bridge. Whoever learns
 *                  the address sends it.
 * @param mac       set when NEIGH_RESOLVED is returned.
 * @param displaced always set: an older frame that must be dropped in its place, or NULL.
 */
enum neigh_hold neigh_resolve(struct neigh_table *t, uint16_t iface, uint32_t ip_be, void *frame,
	uint8_t mac[6], void **displaced);

/**
 * Run the timers; call until NEIGH_IDLE is returned or the caller has done enough for now.
 *
 * At most one request a NEIGH_RETRY_S and address. Costs a comparison while nothing is due.
 */
enum neigh_todo neigh_poll(struct neigh_table *t, uint64_t now_tsc, struct neigh_work *work);

/**
 * Forget what was learnt behind an interface, or all (NEIGH_IFACE_ALL); static entries stay. No
 * frame waits there any more at the end.
 *
 * @param cursor set to 0 before the first call.
 * @param held   frames that waited for one neighbour: drop them.
 * @return       false when there is no more; call until then.
 */
bool neigh_flush(struct neigh_table *t, uint16_t iface, unsigned *cursor, struct neigh_held *held);

/** Forget one entry for good, a static one too. Frames that waited for it are given up by the next
 *  neigh_poll(). @return false: there is none. */
bool neigh_forget(struct neigh_table *t, uint16_t iface, uint32_t ip_be);

/** The same for all behind an interface. */
void neigh_forget_iface(struct neigh_table *t, uint16_t iface);

/** Look at one entry without using it. @return false: none. */
bool neigh_get(
	const struct neigh_table *t, uint16_t iface, uint32_t ip_be, struct neigh_info *info);

/**
 * Copy entries for a reader in any thread; the writer never waits for it.
 *
 * @param start where to go on: 0 first, then what the last call left there.
 * @return      entries copied, each as it was at one moment; less than `n` only at the end.
 *              Entries that come and go meanwhile may be missing.
 */
unsigned neigh_copy(
	const struct neigh_table *t, unsigned *start, struct neigh_info *out, unsigned n);

#endif
