/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MICRO_PRINT_H
#define MICRO_PRINT_H

/* What micro_bench measured, and how it is shown: a table, CSV, targets. */

#include <stdbool.h>
#include <stdio.h>

#include "bench.h"
#include "working_set.h"

enum { MICRO_BURSTS = 4, MICRO_ROUNDS = 3, MICRO_STAGES = 96, MICRO_LOOKS = 512 };

/** Frames of the bursts. */
extern const uint16_t micro_sizes[MICRO_BURSTS];

/** TSC cycles a frame, by round. */
struct cost {
	double p50[MICRO_ROUNDS], p99[MICRO_ROUNDS];
	bool known;
};

struct row {
	const struct stage *stage;
	const char *name;
	struct cost cost[SETS][MICRO_BURSTS];
};

struct micro {
	unsigned rounds;
	struct caches caches;
	unsigned n;
	struct row row[MICRO_STAGES];
	// Both sides of a hop, with the CPUs near or far from each other.
	double hop[2][MICRO_LOOKS], line_most[2];
	unsigned n_hop[2];
};

/** Machine and build; each line begins with `mark`. */
void micro_print_head(const struct micro *m, FILE *f, const char *mark);

/** A table on stdout, and what it has into `csv`, unless NULL. Round 0 becomes the medians. */
void micro_print_rows(struct micro *m, FILE *csv);

/** What was reached of the targets, after micro_print_rows(). Sorts the looks at hops. */
void micro_print_targets(struct micro *m);

#endif
