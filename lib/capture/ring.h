/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_RING_H
#define CAPTURE_RING_H

/**
 * @file
 * Records of any length from one lane to the thread that writes them: a ring of octets.
 *
 * The lane reserves room, fills it in, and publishes all that it wants to keep at once; what it
 * does not want, it takes back. A full ring never waits: the caller counts.
 *
 * Thread-safety: one producer, one consumer. Context: the producer's functions are for a burst
 * path that is being captured.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/** Begins each record; its contents follow at once. */
struct capture_head {
	uint32_t size; // octets with this head, a multiple of 8
	uint32_t skip; // 1: not a record; the next one is at the ring's beginning
};

struct capture_ring {
	// The producer's.
	_Alignas(64) _Atomic uint64_t head; // octets published since the start
	uint64_t next;                      // octets reserved since the start
	// The consumer's.
	_Alignas(64) _Atomic uint64_t tail; // octets given back since the start
	// Set once.
	_Alignas(64) size_t size; // a power of two
	uint8_t *octets;          // [size], aligned to 8
};

/** `octets` stay the caller's; size is a power of two. */
void capture_ring_init(struct capture_ring *ring, void *octets, size_t size);

/* The producer. */

/** Octets that could be reserved, though perhaps not in one piece. */
static inline size_t capture_ring_room(const struct capture_ring *ring)
{
	return ring->size -
	       (size_t)(ring->next - atomic_load_explicit(&ring->tail, memory_order_acquire));
}

/** Room for a record of `size` octets with its head, which is filled in; NULL: there is none. */
struct capture_head *capture_ring_reserve(struct capture_ring *ring, uint32_t size);

/** The record, which was reserved last, becomes as short as this. */
void capture_ring_shorten(struct capture_ring *ring, struct capture_head *record, uint32_t size);

/** Where the ring stands, for the two below. */
static inline uint64_t capture_ring_mark(const struct capture_ring *ring)
{
	return ring->next;
}

/** Take back what was reserved since the mark, and publish what was before. */
static inline void capture_ring_keep(struct capture_ring *ring, uint64_t mark)
{
	ring->next = mark;
	atomic_store_explicit(&ring->head, mark, memory_order_release);
}

/** Take back what was reserved since the mark, and publish nothing. */
static inline void capture_ring_take_back(struct capture_ring *ring, uint64_t mark)
{
	ring->next = mark;
}

/* The consumer. */

/** The oldest published record, or NULL; it stays valid until capture_ring_pop(). */
const struct capture_head *capture_ring_peek(struct capture_ring *ring);

/** Give that record's room back. */
void capture_ring_pop(struct capture_ring *ring, const struct capture_head *record);

#endif
