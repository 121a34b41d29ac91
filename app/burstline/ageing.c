/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks the forwarding database for what is to be removed. Called by the control lane each round;
 * it must not wait.
 */

#include <stdlib.h>

#include "ageing.h"

struct ageing {
	struct fdb *fdb;
	uint32_t next; // bucket of the sweep
	bool walking;  // a sweep has begun
	bool flushing; // it takes what `flush` matches, too
	struct fdb_match flush;
	uint64_t due_tsc;                   // of the next sweep without a flush
	_Alignas(64) _Atomic uint32_t head; // written by the requesting thread
	_Alignas(64) _Atomic uint32_t tail; // written by the polling one
	_Atomic uint32_t flushed;           // requests that were done; as tail
	struct fdb_match request[AGEING_REQUESTS];
};

struct ageing *ageing_create(struct fdb *fdb)
{
	struct ageing *ageing = aligned_alloc(_Alignof(struct ageing), sizeof(*ageing));

	if (ageing != NULL)
		*ageing = (struct ageing){.fdb = fdb};
	return ageing;
}

void ageing_free(struct ageing *ageing)
{
	free(ageing);
}

bool ageing_request(struct ageing *ageing, const struct fdb_match *match)
{
	uint32_t head = atomic_load_explicit(&ageing->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&ageing->tail, memory_order_acquire) == AGEING_REQUESTS)
		return false;
	ageing->request[head % AGEING_REQUESTS] = *match;
	atomic_store_explicit(&ageing->head, head + 1, memory_order_release);
	return true;
}

bool ageing_flushed(const struct ageing *ageing)
{
	return atomic_load_explicit(&ageing->flushed, memory_order_acquire) ==
	       atomic_load_explicit(&ageing->head, memory_order_relaxed);
}

// Entries may age while a sweep for a flush goes on: it is a sweep like any other. One that had
// only ageing to do is given up for it.
static void begin(struct ageing *a, uint64_t now_tsc, uint64_t tsc_hz)
{
	uint32_t tail = atomic_load_explicit(&a->tail, memory_order_relaxed);
	uint32_t period = a->fdb->config.ageing / 16 > 1 ? a->fdb->config.ageing / 16 : 1;

	if (!a->flushing && tail != atomic_load_explicit(&a->head, memory_order_acquire)) {
		a->flush = a->request[tail % AGEING_REQUESTS];
		atomic_store_explicit(&a->tail, tail + 1, memory_order_release);
		a->next = 0;
		a->walking = a->flushing = true;
	} else if (!a->walking && now_tsc >= a->due_tsc) {
		a->walking = atomic_load_explicit(&a->fdb->n_learned, memory_order_relaxed) != 0;
	} else {
		return;
	}
	a->due_tsc = now_tsc + period * tsc_hz;
}

unsigned ageing_poll(struct ageing *a, uint32_t seconds, uint64_t now_tsc, uint64_t tsc_hz)
{
	unsigned buckets = 0;

	begin(a, now_tsc, tsc_hz);
	if (!a->walking)
		return 0;
	if (a->flushing)
		buckets = AGEING_FLUSH_BUCKETS;
	if (fdb_sweep(a->fdb, &a->next, seconds, a->flushing ? &a->flush : NULL,
		    a->flushing ? buckets : AGEING_BUCKETS)) {
		if (a->flushing)
			atomic_fetch_add_explicit(&a->flushed, 1, memory_order_release);
		a->walking = a->flushing = false;
	}
	return buckets;
}
