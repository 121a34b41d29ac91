/* SPDX-License-Identifier: BSD-3-Clause */
/* See ring.h. Called by lanes while a capture runs, and by its thread. */

#include "capture/ring.h"

enum { ALIGN = 8 };
_Static_assert(sizeof(struct capture_head) == ALIGN, "what is left at the end holds a head");

static struct capture_head *at(const struct capture_ring *ring, uint64_t place)
{
	return (struct capture_head *)(void *)(ring->octets + (place & (ring->size - 1)));
}

void capture_ring_init(struct capture_ring *ring, void *octets, size_t size)
{
	*ring = (struct capture_ring){.size = size, .octets = octets};
}

struct capture_head *capture_ring_reserve(struct capture_ring *ring, uint32_t size)
{
	size_t to_end = ring->size - (size_t)(ring->next & (ring->size - 1));
	struct capture_head *record = at(ring, ring->next);
	size_t skip = 0;

	size = (size + ALIGN - 1) & ~(uint32_t)(ALIGN - 1);
	if (size > to_end)
		skip = to_end;
	if (size > ring->size || capture_ring_room(ring) < skip + size)
		return NULL;
	if (skip != 0) {
		*record = (struct capture_head){.size = (uint32_t)skip, .skip = 1};
		record = at(ring, 0);
	}
	*record = (struct capture_head){.size = size};
	ring->next += skip + size;
	return record;
}

void capture_ring_shorten(struct capture_ring *ring, struct capture_head *record, uint32_t size)
{
	size = (size + ALIGN - 1) & ~(uint32_t)(ALIGN - 1);
	ring->next -= record->size - size;
	record->size = size;
}

const struct capture_head *capture_ring_peek(struct capture_ring *ring)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	const struct capture_head *record;

	if (tail == head)
		return NULL;
	record = at(ring, tail);
	if (record->skip == 0)
		return record;
	// A record follows: a skip is never published alone.
	atomic_store_explicit(&ring->tail, tail + record->size, memory_order_release);
	return at(ring, tail + record->size);
}

void capture_ring_pop(struct capture_ring *ring, const struct capture_head *record)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	atomic_store_explicit(&ring->tail, tail + record->size, memory_order_release);
}
