/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORKING_SET_H
#define WORKING_SET_H

/* How many items lie in which cache of the CPU that we run on. */

#include <stddef.h>
#include <stdint.h>

enum working_set { SET_HOT, SET_L2, SET_L3, SET_COLD, SETS };

extern const char *const set_names[SETS];

/** Octets of this CPU's caches, by level 1 to 3; where the kernel says nothing, what is usual. */
struct caches {
	size_t size[4];
};

void caches_read(struct caches *c, int cpu);

/** Items of a set: hot two bursts, L2 and L3 half of that cache, cold twice the last level. */
uint32_t set_items(const struct caches *c, enum working_set set, uint32_t footprint);

#endif
