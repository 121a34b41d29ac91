/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_OWN_H
#define NEIGH_OWN_H

/**
 * @file
 * Our own addresses behind the interfaces of a neighbour table: probed before use if they are to
 * be, announced, defended (RFC 5227).
 *
 *              own_start, own_test            nobody has it              own_stop
 *     (DOWN) ──────────────────────► PROBING ──────────────────► IN_USE ──────────► (DOWN)
 *                                     ▲   │ somebody has it        ▲
 *                              10 s   │   ▼                        │ from the beginning
 *                       later: 60 s   └ TAKEN             addresses that are not probed
 *
 * Thread-safety: as neigh.h: one thread but for own_copy(), which any thread may call but during
 * own_replace(). Time: the table's clock. Sends nothing: own_poll() says what to send.
 */

#include <stdbool.h>
#include <stdint.h>

#include "neigh/neigh.h"

enum {
	// RFC 5227 1.1; seconds, where they are no numbers
	OWN_PROBE_WAIT = 1,
	OWN_PROBE_NUM = 3,
	OWN_PROBE_MIN = 1,
	OWN_PROBE_MAX = 2,
	OWN_ANNOUNCE_WAIT = 2,
	OWN_ANNOUNCE_NUM = 2,
	OWN_ANNOUNCE_INTERVAL = 2,
	OWN_MAX_CONFLICTS = 10,
	OWN_RATE_LIMIT_INTERVAL = 60,
	OWN_DEFEND_INTERVAL = 10,
	// ours
	OWN_RETRY = 10,       // from a conflict to the next try, until there were MAX_CONFLICTS
	OWN_FORGET = 600,     // conflicts of an interface are forgotten after so long without one
	OWN_ANNOUNCE_MIN = 1, // between announcements of a link that flaps
};

enum own_state { OWN_DOWN, OWN_PROBING, OWN_IN_USE, OWN_TAKEN, OWN_STATES };

/** An address as readers see it. */
struct own_info {
	uint32_t ip_be;
	uint16_t iface;
	enum own_state state;
	bool probe;
	uint64_t conflicts; // how often another host claimed it
	uint8_t mac[6];     // who did last; zero: nobody
};

enum own_todo {
	OWN_IDLE,    // nothing more now
	OWN_PROBE,   // send an ARP probe
	OWN_ANNOUNCE // send an ARP announcement
};

struct own_work {
	uint32_t ip_be;
	uint16_t iface;
	bool regained; // announced for the first time after it was taken
};

/** What a claim of another host makes of an address. */
enum own_claim {
	OWN_CLAIM_NONE,     // not ours, or not used anyway
	OWN_CLAIM_DEFEND,   // in use: announce it, once
	OWN_CLAIM_DEFENDED, // in use, and it was defended a short time ago
	OWN_CLAIM_LOST,     // was probed, and is given up
	OWN_CLAIM_LOST_AGAIN
};

/** Add an address; those of one interface together, in ascending order of interfaces. Cold.
 *  @param probe test it before it is used. @return 0 or -ENOMEM. */
int own_add(struct neigh_table *t, uint16_t iface, uint32_t ip_be, bool probe);

/** An address that is to be ours. */
struct own_wish {
	uint32_t ip_be;
	uint16_t iface;
	bool probe;
};

/** Room for n addresses, of own_replace(); any thread. NULL without memory, free() if unused. */
void *own_room(unsigned n);

/**
 * Have these addresses and no others. One that was there and is tested or not as before keeps its
 * state; the others begin as with own_add(). No own_copy() may run meanwhile.
 *
 * @param wishes those of one interface together.
 * @param room   of own_room(n), taken over.
 * @return what was there before; free() it.
 */
void *own_replace(struct neigh_table *t, const struct own_wish *wishes, unsigned n, void *room);

/** Something can be reached behind an interface: test its addresses unless they are in use, and
 *  announce those that are. */
void own_start(struct neigh_table *t, uint16_t iface, uint64_t now_tsc);

/** The interface's link is new: test again what is to be tested, announce the others. */
void own_test(struct neigh_table *t, uint16_t iface, uint64_t now_tsc);

/** Nothing can be reached any more: addresses that are probed are not used until own_start(). */
void own_stop(struct neigh_table *t, uint16_t iface);

/** May it be used now? False also for addresses that are not ours. */
bool own_in_use(const struct neigh_table *t, uint16_t iface, uint32_t ip_be);

/** Is it being tested now? */
bool own_is_probed(const struct neigh_table *t, uint16_t iface, uint32_t ip_be);

/** Another host, `mac`, claims an address. */
enum own_claim own_claimed(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, const uint8_t mac[6]);

/** Run the timers at the table's time (neigh_poll() sets it): call until OWN_IDLE is returned, or
 *  enough was done. */
enum own_todo own_poll(struct neigh_table *t, uint64_t now_tsc, struct own_work *work);

/** Copy addresses for a reader in any thread; as neigh_copy(). */
unsigned own_copy(const struct neigh_table *t, unsigned *start, struct own_info *out, unsigned n);

#endif
