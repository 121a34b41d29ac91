/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HANDOFF_HANDOFF_H
#define HANDOFF_HANDOFF_H

/**
 * @file
 * Bursts of mbufs from one lcore to another.
 *
 *     producer A ──► ring 0 ─┐
 *     producer B ──► ring 1 ─┼─► consumer: reads one bitmap, drains only rings that hold something
 *     producer C ──► ring 2 ─┘
 *
 * One SP/SC rte_ring for each (producer, consumer endpoint): no compare-and-swap between producers
 * and nobody waits for a preempted one. A full ring never blocks: the caller drops and counts.
 *
 * Thread-safety: one producer and one consumer thread for each ring. Context: burst path.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

enum {
	HANDOFF_MAX_RINGS = 64,
	HANDOFF_LOOKS = 64 // of the consumer without a frame, then a ring leaves its bitmap
};

/** Which of a consumer's rings may hold something: bit i for ring i. */
struct handoff_pending {
	_Alignas(RTE_CACHE_LINE_SIZE) _Atomic uint64_t bits;
	// The consumer's own.
	_Alignas(RTE_CACHE_LINE_SIZE) uint64_t found; // rings that held something since:
	uint32_t looks;
};

/** One ring, as both sides hold it; immutable after creation. */
struct handoff {
	struct rte_ring *ring;
	struct handoff_pending *pending; // the consumer's
	uint64_t bit;
};

/**
 * Hand a burst to the consumer.
 *
 * @return number accepted (a prefix of pkts), which are the consumer's from now on; the rest stays
 *         with the caller, who must drop it.
 */
static inline uint16_t handoff_send(const struct handoff *h, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = (uint16_t)rte_ring_sp_enqueue_burst(h->ring, (void **)pkts, n, NULL);

	// The bit is set after the frames are in the ring. The fence keeps the load below from
	// passing the ring's store: a consumer that cleared the bit in between would miss these
	// frames.
	atomic_thread_fence(memory_order_seq_cst);
	if (sent != 0 &&
		(atomic_load_explicit(&h->pending->bits, memory_order_relaxed) & h->bit) == 0)
		atomic_fetch_or_explicit(&h->pending->bits, h->bit, memory_order_release);
	return sent;
}

/** May a ring hold something? One load. */
static inline bool handoff_is_pending(const struct handoff_pending *p)
{
	return atomic_load_explicit(&p->bits, memory_order_relaxed) != 0;
}

/**
 * Rings that may hold something: a bitmap; 0 costs one load. Drain them all.
 *
 * A bit stays while frames go by its ring, so that neither side takes the bitmap's line from the
 * other for each burst. Cleared are the bits of rings in which HANDOFF_LOOKS looks found nothing,
 * before these are drained once more. Nothing is missed: here the bit is cleared, then comes a
 * fence, then the ring is read; handoff_send() fills the ring, then comes its fence, then it reads
 * the bit. So either the frames are seen here, or the cleared bit there.
 */
static inline uint64_t handoff_take_pending(struct handoff_pending *p)
{
	uint64_t bits = atomic_load_explicit(&p->bits, memory_order_relaxed), quiet;

	if (bits == 0 || ++p->looks < HANDOFF_LOOKS)
		return bits;
	quiet = bits & ~p->found;
	p->looks = 0;
	p->found = 0;
	if (quiet != 0) {
		atomic_fetch_and_explicit(&p->bits, ~quiet, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
	}
	return bits;
}

/** Take up to n mbufs. When the ring is not empty afterwards its bit is set again. */
static inline uint16_t handoff_recv(const struct handoff *h, struct rte_mbuf **pkts, uint16_t n)
{
	struct handoff_pending *p = h->pending;
	unsigned left = 0;
	uint16_t got = (uint16_t)rte_ring_sc_dequeue_burst(h->ring, (void **)pkts, n, &left);

	if (got == 0)
		return 0;
	p->found |= h->bit;
	// Nobody else clears it.
	if (unlikely(left != 0) &&
		(atomic_load_explicit(&p->bits, memory_order_relaxed) & h->bit) == 0)
		atomic_fetch_or_explicit(&p->bits, h->bit, memory_order_relaxed);
	return got;
}

#endif
