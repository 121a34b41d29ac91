/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The neighbour table: entries in one array, found by a chained hash, driven by neigh_poll().
 * Called by the handlers on the control lcore, which own the frames and send the requests; nothing
 * here sends, frees or allocates once the table stands.
 *
 * Not rte_hash: that needs EAL's heap and its shared configuration, and the state machine must be
 * testable with a fake clock and no EAL. Readers in other threads never see an entry itself but a
 * copy in atomic words under a sequence number (a seqlock for one writer).
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "neigh/neigh.h"

enum { NONE = 0xffff, COPY_TRIES = 64, RECYCLE_TRIES = 64, SCANS_PER_S = 100 };

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
	uint16_t next;  // in its hash chain, or free
	uint16_t first; // frames that wait, oldest first
	uint16_t last;
	uint8_t n_held;
	uint64_t due_tsc; // what comes next happens then
	uint64_t confirmed_tsc;
	uint64_t used_tsc;  // a frame was sent with it; 0: never
	uint64_t asked_tsc; // last request; 0: never
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
	unsigned recycle;      // where the search for a victim goes on
	unsigned n_incomplete;
	uint32_t seed;
	uint32_t mask;
	uint16_t *bucket; // [mask + 1]
	uint16_t free_entry;
	uint16_t free_waiting;
	struct waiting waiting[NEIGH_HOLD_TOTAL];
	struct published *published; // [capacity]
	struct entry entries[];
};

static uint32_t hash(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	return rte_jhash_2words(ip_be, iface, t->seed) & t->mask;
}

static void publish(struct neigh_table *t, const struct entry *e)
{
	struct published *p = &t->published[e - t->entries];
	uint32_t seq = atomic_load_explicit(&p->seq, memory_order_relaxed);
	uint64_t mac = 0;

	memcpy(&mac, e->mac, sizeof(e->mac));
	atomic_store_explicit(&p->seq, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&p->word[0],
		(uint64_t)e->n_held << 56 | (uint64_t)e->state << 48 | (uint64_t)e->iface << 32 |
			e->ip_be,
		memory_order_relaxed);
	atomic_store_explicit(&p->word[1], mac, memory_order_relaxed);
	atomic_store_explicit(&p->word[2], e->confirmed_tsc, memory_order_relaxed);
	atomic_store_explicit(&p->seq, seq + 2, memory_order_release);
}

static struct entry *find(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	for (uint16_t i = t->bucket[hash(t, iface, ip_be)]; i != NONE; i = t->entries[i].next) {
		const struct entry *e = &t->entries[i];

		if (e->ip_be == ip_be && e->iface == iface)
			return (struct entry *)e;
	}
	return NULL;
}

static void schedule(struct neigh_table *t, struct entry *e, uint64_t due_tsc)
{
	e->due_tsc = due_tsc;
	if (due_tsc < t->next_due_tsc)
		t->next_due_tsc = due_tsc;
	if (due_tsc < t->scan_due_tsc)
		t->scan_due_tsc = due_tsc;
}

static void set_state(struct neigh_table *t, struct entry *e, enum neigh_state state)
{
	t->n_incomplete -= e->state == NEIGH_INCOMPLETE;
	t->n_incomplete += state == NEIGH_INCOMPLETE;
	e->state = (uint8_t)state;
}

static void take_held(struct neigh_table *t, struct entry *e, struct neigh_held *held)
{
	held->n = 0;
	while (e->n_held > 0) {
		uint16_t i = e->first;

		held->frames[held->n++] = t->waiting[i].frame;
		e->first = t->waiting[i].next;
		t->waiting[i].next = t->free_waiting;
		t->free_waiting = i;
		e->n_held--;
	}
}

/** Unlink an entry for which no frame waits. */
static void entry_remove(struct neigh_table *t, struct entry *e)
{
	uint16_t i = (uint16_t)(e - t->entries);
	uint16_t *link = &t->bucket[hash(t, e->iface, e->ip_be)];

	while (*link != i)
		link = &t->entries[*link].next;
	*link = e->next;
	set_state(t, e, NEIGH_FREE);
	e->next = t->free_entry;
	t->free_entry = i;
	publish(t, e);
}

/** May be forgotten for the sake of a new one: learnt, not in use, no request on its way. */
static bool may_recycle(const struct neigh_table *t, const struct entry *e)
{
	if (e->state != NEIGH_REACHABLE && e->state != NEIGH_STALE)
		return false;
	if (e->used_tsc != 0 && t->now_tsc - e->used_tsc < NEIGH_REACHABLE_S * t->hz)
		return false;
	return e->asked_tsc == 0 || t->now_tsc - e->asked_tsc >= NEIGH_RETRY_S * t->hz;
}

/** Make room, looking at a bounded number of entries: round robin, so each gets its turn. */
static void recycle(struct neigh_table *t)
{
	unsigned tries = t->capacity < RECYCLE_TRIES ? t->capacity : RECYCLE_TRIES;

	while (tries-- > 0) {
		struct entry *e = &t->entries[t->recycle];

		t->recycle = (t->recycle + 1) % t->capacity;
		if (may_recycle(t, e)) {
			entry_remove(t, e);
			return;
		}
	}
}

static struct entry *entry_add(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, enum neigh_state state)
{
	uint16_t *bucket = &t->bucket[hash(t, iface, ip_be)];
	struct entry *e;
	uint16_t i;

	if (t->free_entry == NONE)
		recycle(t);
	i = t->free_entry;
	if (i == NONE)
		return NULL;
	e = &t->entries[i];
	t->free_entry = e->next;
	*e = (struct entry){.ip_be = ip_be, .iface = iface, .next = *bucket};
	*bucket = i;
	set_state(t, e, state);
	return e;
}

static void confirm(struct neigh_table *t, struct entry *e, const uint8_t mac[6])
{
	set_state(t, e, NEIGH_REACHABLE);
	memcpy(e->mac, mac, sizeof(e->mac));
	e->asked = 0;
	e->confirmed_tsc = t->now_tsc;
	schedule(t, e, t->now_tsc + NEIGH_REACHABLE_S * t->hz);
}

struct neigh_table *neigh_create(unsigned capacity, uint64_t hz, uint64_t now_tsc)
{
	struct neigh_table *t;
	uint32_t buckets = 1;

	if (capacity == 0 || capacity >= NONE)
		return NULL;
	while (buckets < capacity)
		buckets *= 2;
	t = calloc(1, sizeof(*t) + capacity * sizeof(t->entries[0]));
	if (t == NULL)
		return NULL;
	t->bucket = malloc(buckets * sizeof(*t->bucket));
	t->published = calloc(capacity, sizeof(*t->published));
	if (t->bucket == NULL || t->published == NULL) {
		neigh_destroy(t);
		return NULL;
	}
	memset(t->bucket, 0xff, buckets * sizeof(*t->bucket));
	t->mask = buckets - 1;
	t->seed = (uint32_t)now_tsc;
	t->capacity = capacity;
	t->hz = hz;
	t->now_tsc = now_tsc;
	t->next_due_tsc = t->scan_due_tsc = UINT64_MAX;
	for (unsigned i = 0; i < capacity; i++)
		t->entries[i].next = (uint16_t)(i + 1 < capacity ? i + 1 : NONE);
	for (unsigned i = 0; i < NEIGH_HOLD_TOTAL; i++)
		t->waiting[i].next = (uint16_t)(i + 1 < NEIGH_HOLD_TOTAL ? i + 1 : NONE);
	return t;
}

void neigh_destroy(struct neigh_table *t)
{
	if (t == NULL)
		return;
	free(t->published);
	free(t->bucket);
	free(t);
}

int neigh_add_static(struct neigh_table *t, uint16_t iface, uint32_t ip_be, const uint8_t mac[6],
	struct neigh_held *held)
{
	struct entry *e = find(t, iface, ip_be);

	held->n = 0;
	if (e == NULL)
		e = entry_add(t, iface, ip_be, NEIGH_STATIC);
	if (e == NULL)
		return -ENOSPC;
	set_state(t, e, NEIGH_STATIC);
	memcpy(e->mac, mac, sizeof(e->mac));
	take_held(t, e, held);
	publish(t, e);
	return 0;
}

static enum neigh_learnt entry_learn(
	struct neigh_table *t, struct entry *e, const uint8_t mac[6], struct neigh_held *held)
{
	bool same = memcmp(e->mac, mac, sizeof(e->mac)) == 0;
	enum neigh_learnt learnt = same ? NEIGH_CONFIRMED : NEIGH_MOVED;

	if (e->state == NEIGH_STATIC)
		return same ? NEIGH_STATIC_SAME : NEIGH_STATIC_KEPT;
	if (e->state == NEIGH_INCOMPLETE) {
		learnt = NEIGH_COMPLETED;
		if (e->n_held > 0)
			e->used_tsc = t->now_tsc;
		take_held(t, e, held);
	}
	confirm(t, e, mac);
	publish(t, e);
	return learnt;
}

enum neigh_learnt neigh_update(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held)
{
	struct entry *e = find(t, iface, ip_be);

	held->n = 0;
	return e == NULL ? NEIGH_IGNORED : entry_learn(t, e, mac, held);
}

enum neigh_learnt neigh_learn(struct neigh_table *t, uint16_t iface, uint32_t ip_be,
	const uint8_t mac[6], struct neigh_held *held)
{
	struct entry *e = find(t, iface, ip_be);

	held->n = 0;
	if (e != NULL)
		return entry_learn(t, e, mac, held);
	e = entry_add(t, iface, ip_be, NEIGH_REACHABLE);
	if (e == NULL)
		return NEIGH_TABLE_FULL;
	confirm(t, e, mac);
	publish(t, e);
	return NEIGH_CREATED;
}

/** Let a frame wait: at the cost of this neighbour's oldest when it has too many, or when all
 *  places are taken (the latest is kept, RFC 1122 2.3.2.2). */
static enum neigh_hold hold(struct neigh_table *t, struct entry *e, void *frame, void **displaced)
{
	uint16_t i = t->free_waiting;

	if (e->n_held == NEIGH_HOLD_MAX || i == NONE) {
		if (e->n_held == 0)
			return NEIGH_QUEUE_FULL;
		i = e->first;
		*displaced = t->waiting[i].frame;
		e->first = t->waiting[i].next;
		e->n_held--;
	} else {
		t->free_waiting = t->waiting[i].next;
	}
	t->waiting[i] = (struct waiting){frame, NONE};
	if (e->n_held == 0)
		e->first = i;
	else
		t->waiting[e->last].next = i;
	e->last = i;
	e->n_held++;
	publish(t, e);
	return NEIGH_WAITS;
}

enum neigh_hold neigh_resolve(struct neigh_table *t, uint16_t iface, uint32_t ip_be, void *frame,
	uint8_t mac[6], void **displaced)
{
	struct entry *e = find(t, iface, ip_be);

	*displaced = NULL;
	if (e == NULL) {
		// A scan over a subnet must not push out those who answered.
		if (t->free_waiting == NONE)
			return NEIGH_QUEUE_FULL;
		if (t->n_incomplete >= (t->capacity + 1) / 2)
			return NEIGH_NO_ENTRY;
		e = entry_add(t, iface, ip_be, NEIGH_INCOMPLETE);
		if (e == NULL)
			return NEIGH_NO_ENTRY;
		schedule(t, e, t->now_tsc);
	}
	if (e->state == NEIGH_INCOMPLETE)
		return hold(t, e, frame, displaced);
	if (e->state == NEIGH_STALE && e->due_tsc > t->now_tsc)
		schedule(t, e, t->now_tsc);
	e->used_tsc = t->now_tsc;
	memcpy(mac, e->mac, sizeof(e->mac));
	return NEIGH_RESOLVED;
}

static enum neigh_todo ask(struct neigh_table *t, struct entry *e, enum neigh_todo todo)
{
	e->asked++;
	e->asked_tsc = t->now_tsc;
	schedule(t, e, t->now_tsc + NEIGH_RETRY_S * t->hz);
	publish(t, e);
	return todo;
}

static enum neigh_todo give_up(struct neigh_table *t, struct entry *e, struct neigh_work *work)
{
	take_held(t, e, &work->held);
	entry_remove(t, e);
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
		if (e->asked == NEIGH_BROADCASTS || e->n_held == 0)
			return give_up(t, e, work);
		return ask(t, e, NEIGH_ASK);
	case NEIGH_REACHABLE:
		if (e->used_tsc < e->confirmed_tsc || e->used_tsc == 0) {
			set_state(t, e, NEIGH_STALE);
			schedule(t, e, t->now_tsc + NEIGH_STALE_S * t->hz);
			publish(t, e);
			return NEIGH_IDLE;
		}
		set_state(t, e, NEIGH_PROBE);
		return ask(t, e, NEIGH_ASK_KNOWN);
	case NEIGH_STALE:
		set_state(t, e, NEIGH_PROBE);
		return ask(t, e, NEIGH_ASK_KNOWN);
	default: // NEIGH_PROBE
		if (e->asked == NEIGH_UNICAST_PROBES + NEIGH_BROADCASTS)
			return give_up(t, e, work);
		return ask(t, e, e->asked < NEIGH_UNICAST_PROBES ? NEIGH_ASK_KNOWN : NEIGH_ASK);
	}
}

enum neigh_todo neigh_poll(struct neigh_table *t, uint64_t now_tsc, struct neigh_work *work)
{
	t->now_tsc = now_tsc;
	if (now_tsc < t->next_due_tsc)
		return NEIGH_IDLE;
	if (t->scan == 0)
		t->scan_due_tsc = UINT64_MAX;
	while (t->scan < t->capacity) {
		struct entry *e = &t->entries[t->scan++];
		enum neigh_todo todo;

		if (e->state == NEIGH_FREE || e->state == NEIGH_STATIC)
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
	held->n = 0;
	while (*cursor < t->capacity) {
		struct entry *e = &t->entries[(*cursor)++];

		if (e->state == NEIGH_FREE || e->state == NEIGH_STATIC ||
			(iface != NEIGH_IFACE_ALL && e->iface != iface))
			continue;
		take_held(t, e, held);
		if (e->asked_tsc == 0 || t->now_tsc - e->asked_tsc >= NEIGH_RETRY_S * t->hz) {
			entry_remove(t, e);
		} else {
			// Kept until a request may be sent again, or a flapping link would
			// turn every flap into one (A31).
			set_state(t, e, NEIGH_INCOMPLETE);
			memset(e->mac, 0, sizeof(e->mac));
			e->asked = 0;
			schedule(t, e, e->asked_tsc + NEIGH_RETRY_S * t->hz);
			publish(t, e);
		}
		return true;
	}
	return false;
}

bool neigh_get(const struct neigh_table *t, uint16_t iface, uint32_t ip_be, struct neigh_info *info)
{
	const struct entry *e = find(t, iface, ip_be);

	if (e == NULL)
		return false;
	*info = (struct neigh_info){.ip_be = e->ip_be,
		.iface = e->iface,
		.state = (enum neigh_state)e->state,
		.held = e->n_held,
		.confirmed_tsc = e->confirmed_tsc};
	memcpy(info->mac, e->mac, sizeof(info->mac));
	return true;
}

static bool copy_one(struct published *p, struct neigh_info *info)
{
	for (unsigned i = 0; i < COPY_TRIES; i++) {
		uint32_t seq = atomic_load_explicit(&p->seq, memory_order_acquire);
		uint64_t key = atomic_load_explicit(&p->word[0], memory_order_relaxed);
		uint64_t mac = atomic_load_explicit(&p->word[1], memory_order_relaxed);
		uint64_t confirmed = atomic_load_explicit(&p->word[2], memory_order_relaxed);

		atomic_thread_fence(memory_order_acquire);
		if (seq % 2 != 0 || seq != atomic_load_explicit(&p->seq, memory_order_relaxed))
			continue;
		*info = (struct neigh_info){.ip_be = (uint32_t)key,
			.iface = (uint16_t)(key >> 32),
			.state = (enum neigh_state)(uint8_t)(key >> 48),
			.held = (uint8_t)(key >> 56),
			.confirmed_tsc = confirmed};
		memcpy(info->mac, &mac, sizeof(info->mac));
		return info->state != NEIGH_FREE;
	}
	return false;
}

unsigned neigh_copy(
	const struct neigh_table *t, unsigned *start, struct neigh_info *out, unsigned n)
{
	unsigned copied = 0;

	while (*start < t->capacity && copied < n)
		copied += copy_one(&t->published[(*start)++], &out[copied]);
	return copied;
}
