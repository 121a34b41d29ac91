/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef UNIT_NEIGH_RIG_H
#define UNIT_NEIGH_RIG_H

/**
 * @file
 * A neighbour table's clock of 1000 cycles a second, and what tests of it all ask. One clock for
 * each program.
 */

#include "neigh/neigh.h"

enum { HZ = 1000, START = 7 };

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa};

static uint64_t now = START;
static struct neigh_held held;
static struct neigh_work work;

/** Frames are only pointers to the table. */
static inline void *frame(uintptr_t n)
{
	return (void *)n;
}

static inline enum neigh_state state_of(struct neigh_table *t, uint32_t ip)
{
	struct neigh_info info = {.state = NEIGH_FREE};

	neigh_get(t, 0, ip, &info);
	return info.state;
}

/** Turn the clock until something is to be done, or `cycles` are over. */
static inline enum neigh_todo run(struct neigh_table *t, uint64_t cycles)
{
	for (uint64_t i = 0; i < cycles; i++) {
		enum neigh_todo todo = neigh_poll(t, ++now, &work);

		if (todo != NEIGH_IDLE)
			return todo;
	}
	return NEIGH_IDLE;
}

#endif
