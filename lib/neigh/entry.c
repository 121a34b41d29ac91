/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the neighbour table's entries stand: one array, found by a chained hash, copied for readers
 * in other threads. Called by neigh.c, which decides what becomes of an entry; who gives way to a
 * new one is room.c's. Nothing here asks for a neighbour or moves a frame that waits, and nothing
 * allocates once the table stands.
 *
 * Not rte_hash: that needs EAL's heap and its shared configuration, and the state machine must be
 * testable with a fake clock and no EAL. Readers in other threads never see an entry itself but a
 * copy in atomic words under a sequence number (a seqlock for one writer).
 */

#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "neigh/entry.h"

enum { COPY_TRIES = 64 };

static uint32_t hash(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	return rte_jhash_2words(ip_be, iface, t->seed) & t->mask;
}

void entry_publish(struct neigh_table *t, const struct entry *e)
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

struct entry *entry_find(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	for (uint16_t i = t->bucket[hash(t, iface, ip_be)]; i != ENTRY_NONE;
		i = t->entries[i].next) {
		const struct entry *e = &t->entries[i];

		if (e->ip_be == ip_be && e->iface == iface)
			return (struct entry *)e;
	}
	return NULL;
}

static bool is_learnt(uint8_t state)
{
	return state != NEIGH_FREE && state != NEIGH_STATIC;
}

void entry_set_state(struct neigh_table *t, struct entry *e, enum neigh_state state)
{
	bool was_incomplete = e->state == NEIGH_INCOMPLETE, incomplete = state == NEIGH_INCOMPLETE;
	bool was_learnt = is_learnt(e->state);
	struct share *s = &t->share[e->iface];

	t->n_incomplete += (unsigned)incomplete - (unsigned)was_incomplete;
	s->n_incomplete = (uint16_t)(s->n_incomplete + incomplete - was_incomplete);
	e->state = (uint8_t)state;
	if (was_learnt && !is_learnt(e->state))
		room_remove(t, e);
	else if (!was_learnt && is_learnt(e->state))
		room_add(t, e);
}

void entry_remove(struct neigh_table *t, struct entry *e)
{
	uint16_t i = (uint16_t)(e - t->entries);
	uint16_t *link = &t->bucket[hash(t, e->iface, e->ip_be)];

	while (*link != i)
		link = &t->entries[*link].next;
	*link = e->next;
	entry_set_state(t, e, NEIGH_FREE);
	e->next = t->free_entry;
	t->free_entry = i;
	entry_publish(t, e);
}

struct entry *entry_add(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, enum neigh_state state)
{
	uint16_t *bucket = &t->bucket[hash(t, iface, ip_be)];
	struct entry *e;
	uint16_t i;

	if (iface >= t->n_ifaces || !room_make(t, iface, is_learnt((uint8_t)state)))
		return NULL;
	i = t->free_entry;
	e = &t->entries[i];
	t->free_entry = e->next;
	*e = (struct entry){.ip_be = ip_be, .iface = iface, .next = *bucket};
	*bucket = i;
	entry_set_state(t, e, state);
	return e;
}

struct neigh_table *neigh_create(
	unsigned capacity, uint16_t n_ifaces, uint64_t hz, uint64_t now_tsc)
{
	struct neigh_table *t;
	uint32_t buckets = 1;

	if (capacity == 0 || capacity >= ENTRY_NONE)
		return NULL;
	while (buckets < capacity)
		buckets *= 2;
	t = calloc(1, sizeof(*t) + capacity * sizeof(t->entries[0]));
	if (t == NULL)
		return NULL;
	t->bucket = malloc(buckets * sizeof(*t->bucket));
	t->published = calloc(capacity, sizeof(*t->published));
	t->share = calloc(n_ifaces + 1u, sizeof(*t->share));
	t->own = own_create(n_ifaces, (uint32_t)now_tsc);
	if (t->bucket == NULL || t->published == NULL || t->share == NULL || t->own == NULL) {
		neigh_destroy(t);
		return NULL;
	}
	memset(t->bucket, 0xff, buckets * sizeof(*t->bucket));
	t->mask = buckets - 1;
	t->seed = (uint32_t)now_tsc;
	t->capacity = capacity;
	t->n_ifaces = n_ifaces;
	t->hz = hz;
	t->now_tsc = now_tsc;
	t->next_due_tsc = t->scan_due_tsc = UINT64_MAX;
	t->orphans = ENTRY_NONE;
	for (uint16_t i = 0; i < n_ifaces; i++) {
		t->share[i] = (struct share){.oldest = ENTRY_NONE, .newest = ENTRY_NONE};
		neigh_configure(t, i, capacity, NEIGH_REACHABLE_S);
	}
	for (unsigned i = 0; i < capacity; i++)
		t->entries[i].next = (uint16_t)(i + 1 < capacity ? i + 1 : ENTRY_NONE);
	for (unsigned i = 0; i < NEIGH_HOLD_TOTAL; i++)
		t->waiting[i].next = (uint16_t)(i + 1 < NEIGH_HOLD_TOTAL ? i + 1 : ENTRY_NONE);
	return t;
}

void neigh_configure(struct neigh_table *t, uint16_t iface, unsigned limit, unsigned timeout_s)
{
	t->share[iface].limit = (uint16_t)(limit < t->capacity ? limit : t->capacity);
	t->share[iface].reachable = timeout_s * t->hz;
}

void neigh_destroy(struct neigh_table *t)
{
	if (t == NULL)
		return;
	own_destroy(t->own);
	free(t->share);
	free(t->published);
	free(t->bucket);
	free(t);
}

struct neigh_events *neigh_events(struct neigh_table *t)
{
	return &t->events;
}

bool neigh_get(const struct neigh_table *t, uint16_t iface, uint32_t ip_be, struct neigh_info *info)
{
	const struct entry *e = entry_find(t, iface, ip_be);

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
