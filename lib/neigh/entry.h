/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_ENTRY_H
#define NEIGH_ENTRY_H

/**
 * @file
 * The entries of a neighbour table and the place they stand in. Internal to lib/neigh. One thread
 * (the control lcore) calls everything here; other threads read `published` alone.
 */

#include <stdatomic.h>

#include "neigh/event.h"
#include "neigh/neigh.h"

enum { ENTRY_NONE = 0xffff };

struct own;

struct waiting {
	void *frame;
	uint16_t next; // waiting or free
};

struct entry {
	uint32_t ip_be;
	uint16_t iface;
	uint8_t state;
	uint8_t asked; // requests without an answer
	uint8_t mac[6];
	uint16_t next;         // in its hash chain, or free
	uint16_t older, newer; // in its interface's list, unless static
	uint16_t first;        // frames that wait, oldest first
	uint16_t last;
	uint8_t n_held;
	uint64_t due_tsc; // what comes next happens then
	uint64_t confirmed_tsc;
	uint64_t used_tsc;  // a frame was sent with it; 0: never
	uint64_t asked_tsc; // last request; 0: never
};

/** What one interface has of the table. */
struct share {
	uint16_t oldest, newest; // learnt entries, by the last time they were heard of or used
	uint16_t n;              // of them
	uint16_t n_incomplete;
	uint16_t n_held; // frames that wait
	uint16_t limit;
	uint64_t reachable; // cycles until an answer is doubted
};

struct published {
	_Atomic uint32_t seq; // odd while being written
	_Atomic uint64_t word[3];
};

struct neigh_table {
	unsigned capacity;
	uint64_t hz;
	uint64_t now_tsc;
	uint64_t next_due_tsc; // no entry is due earlier
	uint64_t scan_due_tsc; // earliest due that this scan met
	unsigned scan;         // where it goes on
	unsigned n_incomplete;
	uint32_t seed;
	uint32_t mask;
	uint16_t *bucket; // [mask + 1]
	uint16_t free_entry;
	uint16_t free_waiting;
	uint16_t orphans; // frames that waited for entries that are gone
	uint16_t n_ifaces;
	struct share *share; // [n_ifaces]
	struct own *own;     // our own addresses
	struct neigh_events events;
	struct waiting waiting[NEIGH_HOLD_TOTAL];
	struct published *published; // [capacity]
	struct entry entries[];
};

/** @return the entry of an address, or NULL. */
struct entry *entry_find(const struct neigh_table *t, uint16_t iface, uint32_t ip_be);

/** Make an entry, at the cost of one that may be forgotten when its interface or the table is full.
 *  It is not yet published. @return NULL when there is no room. */
struct entry *entry_add(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, enum neigh_state state);

/** Unlink an entry for which no frame waits. */
void entry_remove(struct neigh_table *t, struct entry *e);

void entry_set_state(struct neigh_table *t, struct entry *e, enum neigh_state state);

/** Show readers in other threads what the entry is now. */
void entry_publish(struct neigh_table *t, const struct entry *e);

/** All frames that wait for an entry; they wait no longer. */
void entry_take_held(struct neigh_table *t, struct entry *e, struct neigh_held *held);

/** A learnt entry was heard of or used: of its interface it is the last to give way. */
void room_touch(struct neigh_table *t, struct entry *e);

/** A learnt entry is worth nothing: the first to give way. */
void room_yield(struct neigh_table *t, struct entry *e);

/** Into its interface's list, as the newest, and out of it. */
void room_add(struct neigh_table *t, struct entry *e);
void room_remove(struct neigh_table *t, struct entry *e);

/** Make room for another entry of an interface; learnt ones count for its limit.
 *  @return false: there is none. */
bool room_make(struct neigh_table *t, uint16_t iface, bool learnt);

/** Make and free what own.c keeps. */
struct own *own_create(uint16_t n_ifaces, uint32_t seed);
void own_destroy(struct own *own);

#endif
