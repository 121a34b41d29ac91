/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The neighbour's state machine: what an answer, a frame to send or the time makes of an entry,
 * driven by neigh_poll(), and the frames that wait for an answer. Called by the handlers on the
 * control lcore, which own the frames and send the requests; nothing here sends, frees or
 * allocates. Where the entries stand is entry.c's.
 */

#include <errno.h>
#include <string.h>

#include "neigh/entry.h"

enum { SCANS_PER_S = 100 };

static void schedule(struct neigh_table *t, struct entry *e, uint64_t due_tsc)
{
	e->due_tsc = due_tsc;
	if (due_tsc < t->next_due_tsc)
		t->next_due_tsc = due_tsc;
	if (due_tsc < t->scan_due_tsc)
		t->scan_due_tsc = due_tsc;
}

void entry_take_held(struct neigh_table *t, struct entry *e, struct neigh_held *held)
{
	held->n = 0;
	while (e->n_held > 0) {
		uint16_t i = e->first;

		held->frames[held->n++] = t->waiting[i].frame;
		e->first = t->waiting[i].next;
		t->waiting[i].next = t->free_waiting;
		t->free_waiting = i;
		e->n_held--;
		t->share[e->iface].n_held--;
	}
}

// Frames that waited for an entry that goes.
static void orphan_held(struct neigh_table *t, struct entry *e)
{
	if (e->n_held == 0)
		return;
	t->waiting[e->last].next = t->orphans;
	t->orphans = e->first;
	t->share[e->iface].n_held -= e->n_held;
	e->n_held = 0;
}

static bool take_orphans(struct neigh_table *t, struct neigh_held *held)
{
	held->n = 0;
	while (t->orphans != ENTRY_NONE && held->n < NEIGH_HOLD_MAX) {
		uint16_t i = t->orphans;

		held->frames[held->n++] = t->waiting[i].frame;
		t->orphans = t->waiting[i].next;
		t->waiting[i].next = t->free_waiting;
		t->free_waiting = i;
	}
	return held->n != 0;
}

static void confirm(struct neigh_table *t, struct entry *e, const uint8_t mac[6])
{
	entry_set_state(t, e, NEIGH_REACHABLE);
	memcpy(e->mac, mac, sizeof(e->mac));
	e->asked = 0;
	e->confirmed_tsc = t->now_tsc;
	room_touch(t, e);
	schedule(t, e, t->now_tsc + t->share[e->iface].reachable);
}

int neigh_add_static(struct neigh_table *t, uint16_t iface, uint32_t ip_be, const uint8_t mac[6])
{
	struct entry *e = entry_find(t, iface, ip_be);

	if (e == NULL)
		e = entry_add(t, iface, ip_be, NEIGH_STATIC);
	if (e == NULL)
		return -ENOSPC;
	entry_set_state(t, e, NEIGH_STATIC);
	memcpy(e->mac, mac, sizeof(e->mac));
	if (e->n_held > 0)
		schedule(t, e, t->now_tsc);
	entry_publish(t, e);
	return 0;
}

static enum neigh_learnt entry_learn(
	struct neigh_table *t, struct entry *e, const uint8_t mac[6], struct neigh_held *held)
{
	bool same = memcmp(e->mac, mac, sizeof(e->mac)) == 0;
	enum neigh_learnt learnt = same ? NEIGH_CONFIRMED : NEIGH_MOVED;

	if (e->state == NEIGH_STATIC)
		return same ? NEIGH_STATIC_SAME : NEIGH_STATIC_KEPT;
	if (e->state == NEIGH_INCOMPLETE || e->state == NEIGH_FAILED) {
		learnt = NEIGH_COMPLETED;
		if (e->n_held > 0)
			e->used_tsc = t->now_tsc;
		entry_take_held(t, e, held);
	}
	confirm(t, e, mac);
	entry_publish(t, e);
	return learnt;
}

enum neigh_learnt neigh_update(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held)
{
	struct entry *e = entry_find(t, iface, ip_be);

	held->n = 0;
	return e == NULL ? NEIGH_IGNORED : entry_learn(t, e, mac, held);
}

enum neigh_learnt neigh_learn(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held)
{
	struct entry *e = entry_find(t, iface, ip_be);

	held->n = 0;
	if (e != NULL)
		return entry_learn(t, e, mac, held);
	e = entry_add(t, iface, ip_be, NEIGH_REACHABLE);
	if (e == NULL)
		return NEIGH_TABLE_FULL;
	confirm(t, e, mac);
	entry_publish(t, e);
	return NEIGH_CREATED;
}

/** No place for a frame whose neighbour has none waiting: all are taken, or its interface's. */
static bool no_place(const struct neigh_table *t, uint16_t iface)
{
	return t->free_waiting == ENTRY_NONE || t->share[iface].n_held >= NEIGH_HOLD_IFACE;
}

/** Let a frame wait: at the cost of this neighbour's oldest when it has too many, or when all
 *  places are taken (the latest is kept, RFC 1122 2.3.2.2). */
static enum neigh_hold hold(struct neigh_table *t, struct entry *e, void *frame, void **displaced)
{
	uint16_t i = t->free_waiting;

	if (e->n_held == NEIGH_HOLD_MAX || no_place(t, e->iface)) {
		if (e->n_held == 0)
			return NEIGH_QUEUE_FULL;
		i = e->first;
		*displaced = t->waiting[i].frame;
		e->first = t->waiting[i].next;
		e->n_held--;
	} else {
		t->free_waiting = t->waiting[i].next;
		t->share[e->iface].n_held++;
	}
	t->waiting[i] = (struct waiting){frame, ENTRY_NONE};
	if (e->n_held == 0)
		e->first = i;
	else
		t->waiting[e->last].next = i;
	e->last = i;
	e->n_held++;
	entry_publish(t, e);
	return NEIGH_WAITS;
}

/** Begin to ask for a neighbour. @return NULL: no room. */
static struct entry *start_asking(struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	const struct share *s = &t->share[iface];
	struct entry *e;

	// A scan over a subnet must not push out those who answered.
	if (t->n_incomplete >= (t->capacity + 1) / 2 || s->n_incomplete >= (s->limit + 1) / 2)
		return NULL;
	e = entry_add(t, iface, ip_be, NEIGH_INCOMPLETE);
	if (e != NULL)
		schedule(t, e, t->now_tsc);
	return e;
}

enum neigh_hold neigh_resolve(struct neigh_table *t, uint16_t iface, uint32_t ip_be, void *frame,
	uint8_t mac[6], void **displaced)
{
	struct entry *e = entry_find(t, iface, ip_be);

	*displaced = NULL;
	if (e == NULL) {
		if (no_place(t, iface))
			return NEIGH_QUEUE_FULL;
		e = start_asking(t, iface, ip_be);
		if (e == NULL)
			return NEIGH_NO_ENTRY;
	}
	if (e->state == NEIGH_FAILED)
		return NEIGH_UNREACHABLE;
	if (e->state == NEIGH_INCOMPLETE)
		return hold(t, e, frame, displaced);
	if (e->state == NEIGH_STALE && e->due_tsc > t->now_tsc)
		schedule(t, e, t->now_tsc);
	e->used_tsc = t->now_tsc;
	if (e->state != NEIGH_STATIC)
		room_touch(t, e);
	memcpy(mac, e->mac, sizeof(e->mac));
	return NEIGH_RESOLVED;
}

static enum neigh_todo ask(struct neigh_table *t, struct entry *e, enum neigh_todo todo)
{
	e->asked++;
	e->asked_tsc = t->now_tsc;
	schedule(t, e, t->now_tsc + NEIGH_RETRY_S * t->hz);
	entry_publish(t, e);
	return todo;
}

/** Nobody answers: frames that come for it now are not worth another round of requests. */
static enum neigh_todo give_up(struct neigh_table *t, struct entry *e, struct neigh_work *work)
{
	entry_take_held(t, e, &work->held);
	entry_set_state(t, e, NEIGH_FAILED);
	memset(e->mac, 0, sizeof(e->mac));
	e->asked = 0;
	room_yield(t, e);
	schedule(t, e, t->now_tsc + NEIGH_FAILED_S * t->hz);
	entry_publish(t, e);
	return NEIGH_GIVE_UP;
}

/** An entry is due: one step of the state machine. */
static enum neigh_todo fire(struct neigh_table *t, struct entry *e, struct neigh_work *work)
{
	work->ip_be = e->ip_be;
	work->iface = e->iface;
	memcpy(work->mac, e->mac, sizeof(work->mac));
	work->held.n = 0;
	switch (e->state) {
	case NEIGH_INCOMPLETE:
		if (e->n_held == 0) { // flushed, and nothing came for it since
			entry_remove(t, e);
			return NEIGH_IDLE;
		}
		if (e->asked == NEIGH_BROADCASTS)
			return give_up(t, e, work);
		return ask(t, e, NEIGH_ASK);
	case NEIGH_REACHABLE:
		if (e->used_tsc < e->confirmed_tsc || e->used_tsc == 0) {
			entry_set_state(t, e, NEIGH_STALE);
			schedule(t, e, t->now_tsc + NEIGH_STALE_S * t->hz);
			entry_publish(t, e);
			return NEIGH_IDLE;
		}
		entry_set_state(t, e, NEIGH_PROBE);
		return ask(t, e, NEIGH_ASK_KNOWN);
	case NEIGH_STALE:
		entry_set_state(t, e, NEIGH_PROBE);
		return ask(t, e, NEIGH_ASK_KNOWN);
	case NEIGH_FAILED:
		entry_remove(t, e);
		return NEIGH_IDLE;
	case NEIGH_STATIC:
		entry_take_held(t, e, &work->held);
		entry_publish(t, e);
		return NEIGH_SEND_HELD;
	default: // NEIGH_PROBE
		if (e->asked == NEIGH_UNICAST_PROBES + NEIGH_BROADCASTS)
			return give_up(t, e, work);
		return ask(t, e, e->asked < NEIGH_UNICAST_PROBES ? NEIGH_ASK_KNOWN : NEIGH_ASK);
	}
}

enum neigh_todo neigh_poll(struct neigh_table *t, uint64_t now_tsc, struct neigh_work *work)
{
	t->now_tsc = now_tsc;
	if (take_orphans(t, &work->held))
		return NEIGH_DROP_HELD;
	if (now_tsc < t->next_due_tsc)
		return NEIGH_IDLE;
	if (t->scan == 0)
		t->scan_due_tsc = UINT64_MAX;
	while (t->scan < t->capacity) {
		struct entry *e = &t->entries[t->scan++];
		enum neigh_todo todo;

		if (e->state == NEIGH_FREE || (e->state == NEIGH_STATIC && e->n_held == 0))
			continue;
		if (e->due_tsc > now_tsc) {
			schedule(t, e, e->due_tsc);
			continue;
		}
		todo = fire(t, e, work);
		if (todo != NEIGH_IDLE)
			return todo;
	}
	// Ageing needs no precision: many entries share a scan. A new entry asks for one at once.
	t->next_due_tsc = t->scan_due_tsc;
	if (t->next_due_tsc < now_tsc + t->hz / SCANS_PER_S)
		t->next_due_tsc = now_tsc + t->hz / SCANS_PER_S;
	t->scan = 0;
	return NEIGH_IDLE;
}

bool neigh_flush(struct neigh_table *t, uint16_t iface, unsigned *cursor, struct neigh_held *held)
{
	if (take_orphans(t, held))
		return true;
	while (*cursor < t->capacity) {
		struct entry *e = &t->entries[(*cursor)++];

		if (e->state == NEIGH_FREE || (e->state == NEIGH_STATIC && e->n_held == 0) ||
			(iface != NEIGH_IFACE_ALL && e->iface != iface))
			continue;
		entry_take_held(t, e, held);
		if (e->state == NEIGH_STATIC) {
			entry_publish(t, e);
		} else if (e->asked_tsc == 0 ||
			   t->now_tsc - e->asked_tsc >= NEIGH_RETRY_S * t->hz) {
			entry_remove(t, e);
		} else {
			// Kept until a request may be sent again, or a flapping link would
			// turn every flap into one (A31).
			entry_set_state(t, e, NEIGH_INCOMPLETE);
			memset(e->mac, 0, sizeof(e->mac));
			e->asked = 0;
			schedule(t, e, e->asked_tsc + NEIGH_RETRY_S * t->hz);
			entry_publish(t, e);
		}
		return true;
	}
	return false;
}

static void forget(struct neigh_table *t, struct entry *e)
{
	orphan_held(t, e);
	entry_remove(t, e);
}

bool neigh_forget(struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	struct entry *e = entry_find(t, iface, ip_be);

	if (e != NULL)
		forget(t, e);
	return e != NULL;
}

void neigh_forget_iface(struct neigh_table *t, uint16_t iface)
{
	for (unsigned i = 0; i < t->capacity; i++) {
		struct entry *e = &t->entries[i];

		if (e->state != NEIGH_FREE && e->iface == iface)
			forget(t, e);
	}
}
