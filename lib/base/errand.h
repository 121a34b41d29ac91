/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_ERRAND_H
#define BASE_ERRAND_H

/**
 * @file
 * One errand at a time, from a thread that may wait (management) to one that polls (a lane): who
 * asks fills in what is wanted beside the errand and raises `asked`; who does it leaves a result
 * and raises `answered`. An answer that comes too late for who asked is nobody's.
 *
 * Thread-safety: one thread on each side.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct errand {
	_Atomic uint32_t asked, answered;
	int result;
};

/** Asking side: has the last one been done? Only then may what is wanted be written. */
static inline bool errand_done(const struct errand *e)
{
	return atomic_load_explicit(&e->answered, memory_order_acquire) ==
	       atomic_load_explicit(&e->asked, memory_order_relaxed);
}

static inline void errand_ask(struct errand *e)
{
	atomic_fetch_add_explicit(&e->asked, 1, memory_order_release);
}

/** Doing side: one load while nobody asks. */
static inline bool errand_asked(const struct errand *e)
{
	return atomic_load_explicit(&e->asked, memory_order_acquire) !=
	       atomic_load_explicit(&e->answered, memory_order_relaxed);
}

static inline void errand_answer(struct errand *e, int result)
{
	e->result = result;
	atomic_fetch_add_explicit(&e->answered, 1, memory_order_release);
}

#endif
