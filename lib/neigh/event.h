/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEIGH_EVENT_H
#define NEIGH_EVENT_H

/**
 * @file
 * What the control lcore noticed about addresses, for people: a small queue, bounded, never
 * waiting.
 *
 * Thread-safety: one producer (the control lcore), one consumer (the management thread). Events
 * that find it full are counted and lost.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum neigh_event_kind {
	NEIGH_EVENT_CONFLICT, // `mac` claims an address of ours that is in use
	NEIGH_EVENT_TAKEN,    // an address that we probe is `mac`'s: not used
	NEIGH_EVENT_REGAINED, // it was taken and is ours now
	NEIGH_EVENT_MOVED,    // a neighbour's MAC address was `was` and is `mac`
	NEIGH_EVENT_STATIC,   // `mac` claims the address of a static neighbour, which is `was`
	NEIGH_EVENT_FULL,     // no room to learn a neighbour
	NEIGH_EVENT_KINDS
};

struct neigh_event {
	uint32_t ip_be;
	uint16_t iface;
	uint8_t kind;
	uint8_t mac[6], was[6];
};

enum { NEIGH_EVENTS = 128 };

struct neigh_events {
	_Alignas(64) _Atomic uint32_t head; // written by the producer
	uint64_t lost;
	_Alignas(64) _Atomic uint32_t tail; // written by the consumer
	struct neigh_event slot[NEIGH_EVENTS];
};

static inline void neigh_event_put(struct neigh_events *q, struct neigh_event event)
{
	uint32_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&q->tail, memory_order_acquire) == NEIGH_EVENTS) {
		q->lost++;
		return;
	}
	q->slot[head % NEIGH_EVENTS] = event;
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
}

static inline bool neigh_event_take(struct neigh_events *q, struct neigh_event *event)
{
	uint32_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&q->head, memory_order_acquire))
		return false;
	*event = q->slot[tail % NEIGH_EVENTS];
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	return true;
}

#endif
