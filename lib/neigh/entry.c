/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the neighbour table's entries stand: one array, found by a chained hash, reused when it is
 * full, copied for readers in other threads. Called by neigh.c, which decides what becomes of an
 * entry; nothing here asks for a neighbour or moves a frame that waits, and nothing allocates once
 * the table stands.
 *
 * Not rte_hash: that needs EAL's heap and its shared configuration, and the state machine must be
 * testable with a fake clock and no EAL. Readers in other threads never see an entry itself but a
 * copy in atomic words under a sequence number (a seqlock for one writer).
 */

#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "neigh/entry.h"

enum { COPY_TRIES = 64, RECYCLE_TRIES = 64 };

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

void entry_set_state(struct neigh_table *t, struct entry *e, enum neigh_state state)
{
	t->n_incomplete -= e->state == NEIGH_INCOMPLETE;
	t->n_incomplete += state == NEIGH_INCOMPLETE;
	e->state = (uint8_t)state;
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

struct entry *entry_add(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, enum neigh_state state)
{
	uint16_t *bucket = &t->bucket[hash(t, iface, ip_be)];
	struct entry *e;
	uint16_t i;

	if (t->free_entry == ENTRY_NONE)
		recycle(t);
	i = t->free_entry;
	if (i == ENTRY_NONE)
		return NULL;
	e = &t->entries[i];
	t->free_entry = e->next;
	*e = (struct entry){.ip_be = ip_be, .iface = iface, .next = *bucket};
	*bucket = i;
	entry_set_state(t, e, state);
	return e;
}

struct neigh_table *neigh_create(unsigned capacity, uint64_t hz, uint64_t now_tsc)
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
		t->entries[i].next = (uint16_t)(i + 1 < capacity ? i + 1 : ENTRY_NONE);
	for (unsigned i = 0; i < NEIGH_HOLD_TOTAL; i++)
		t->waiting[i].next = (uint16_t)(i + 1 < NEIGH_HOLD_TOTAL ? i + 1 : ENTRY_NONE);
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
