/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who gives way when there is no room: each interface's learnt entries stand in a list, the one
 * heard of or used longest ago first. Called by entry.c and neigh.c.
 *
 * Fair: an interface that has its number takes from itself; when the whole table is full, the
 * interface with most entries gives. So whoever floods one interface with made-up neighbours
 * pushes out no others.
 */

#include "neigh/entry.h"

enum { TRIES = 64 }; // entries looked at for one that may go

static uint16_t index_of(const struct neigh_table *t, const struct entry *e)
{
	return (uint16_t)(e - t->entries);
}

void room_add(struct neigh_table *t, struct entry *e)
{
	struct share *s = &t->share[e->iface];
	uint16_t i = index_of(t, e);

	e->older = s->newest;
	e->newer = ENTRY_NONE;
	if (s->newest == ENTRY_NONE)
		s->oldest = i;
	else
		t->entries[s->newest].newer = i;
	s->newest = i;
	s->n++;
}

void room_remove(struct neigh_table *t, struct entry *e)
{
	struct share *s = &t->share[e->iface];

	if (e->older == ENTRY_NONE)
		s->oldest = e->newer;
	else
		t->entries[e->older].newer = e->newer;
	if (e->newer == ENTRY_NONE)
		s->newest = e->older;
	else
		t->entries[e->newer].older = e->older;
	s->n--;
}

void room_touch(struct neigh_table *t, struct entry *e)
{
	if (e->newer == ENTRY_NONE)
		return;
	room_remove(t, e);
	room_add(t, e);
}

void room_yield(struct neigh_table *t, struct entry *e)
{
	struct share *s = &t->share[e->iface];
	uint16_t i = index_of(t, e);

	if (s->oldest == i)
		return;
	room_remove(t, e);
	e->older = ENTRY_NONE;
	e->newer = s->oldest;
	t->entries[s->oldest].older = i;
	s->oldest = i;
	s->n++;
}

/** May be forgotten for the sake of a new one: not in use, no request on its way. */
static bool may_go(const struct neigh_table *t, const struct entry *e)
{
	if (e->state == NEIGH_INCOMPLETE || e->state == NEIGH_PROBE)
		return false;
	if (e->state != NEIGH_FAILED && e->used_tsc != 0 &&
		t->now_tsc - e->used_tsc < NEIGH_IN_USE_S * t->hz)
		return false;
	// A request for the same address must not follow within a second.
	return e->asked_tsc == 0 || t->now_tsc - e->asked_tsc >= NEIGH_RETRY_S * t->hz;
}

static bool take_from(struct neigh_table *t, uint16_t iface)
{
	uint16_t i = t->share[iface].oldest;

	for (unsigned tries = 0; i != ENTRY_NONE && tries < TRIES; tries++) {
		struct entry *e = &t->entries[i];

		i = e->newer;
		if (!may_go(t, e))
			continue;
		entry_remove(t, e);
		return true;
	}
	return false;
}

static uint16_t largest(const struct neigh_table *t, uint16_t iface)
{
	for (uint16_t i = 0; i < t->n_ifaces; i++) {
		if (t->share[i].n > t->share[iface].n)
			iface = i;
	}
	return iface;
}

bool room_make(struct neigh_table *t, uint16_t iface, bool learnt)
{
	uint16_t giver;

	if (learnt && t->share[iface].n >= t->share[iface].limit)
		return take_from(t, iface);
	if (t->free_entry != ENTRY_NONE)
		return true;
	giver = largest(t, iface);
	return take_from(t, giver) || (giver != iface && take_from(t, iface));
}
