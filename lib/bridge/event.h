/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BRIDGE_EVENT_H
#define BRIDGE_EVENT_H

/**
 * @file
 * What a bridge noticed in a worker, for people: a small queue a lane, bounded, never waiting.
 *
 * Thread-safety: one producer (the lane), one consumer (the management thread). Events that find
 * it full are counted and lost.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum bridge_event_kind {
	BRIDGE_EVENT_MOVED, // an address moved from port `was` to `port`
	BRIDGE_EVENT_HELD,  // a static or sticky address of `was` was seen on `port`
	BRIDGE_EVENT_OWN,   // an address of ours came in at `port`
	BRIDGE_EVENT_FULL   // the table, a VLAN or a member has its number: `key` was not learned
};

struct bridge_event {
	uint64_t key; // fdb_key()
	uint8_t bridge;
	uint8_t kind;
	uint8_t port, was; // DPDK port ids
};

enum { BRIDGE_EVENTS = 128 };

struct bridge_events {
	_Alignas(64) _Atomic uint32_t head; // written by the producer
	uint64_t lost;
	_Alignas(64) _Atomic uint32_t tail; // written by the consumer
	struct bridge_event slot[BRIDGE_EVENTS];
};

static inline void bridge_event_put(struct bridge_events *q, struct bridge_event event)
{
	uint32_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&q->tail, memory_order_acquire) == BRIDGE_EVENTS) {
		q->lost++;
		return;
	}
	q->slot[head % BRIDGE_EVENTS] = event;
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
}

static inline bool bridge_event_take(struct bridge_events *q, struct bridge_event *event)
{
	uint32_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&q->head, memory_order_acquire))
		return false;
	*event = q->slot[tail % BRIDGE_EVENTS];
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	return true;
}

#endif
