/* SPDX-License-Identifier: BSD-3-Clause */
/* See micro_print.h. Called by micro_bench.c; measures nothing but the clock's steps. */

#include <inttypes.h>
#include <string.h>

#include <rte_cycles.h>

#include "micro_print.h"

enum { STEPS = 1024 };

const uint16_t micro_sizes[MICRO_BURSTS] = {1, 8, 32, 64};

void micro_print_rows(struct micro *m, FILE *csv)
{
	printf("%-16s %-5s %-4s", "stage", "", "set");
	for (unsigned k = 0; k < MICRO_BURSTS; k++)
		printf("   burst %2u    p99", micro_sizes[k]);
	printf("\n");
	for (unsigned i = 0; i < m->n * SETS; i++) {
		struct row *row = &m->row[i / SETS];
		struct cost *cost = row->cost[i % SETS];
		bool any = false;

		for (unsigned k = 0; k < MICRO_BURSTS; k++)
			any = any || cost[k].known;
		if (!any)
			continue;
		printf("%-16s %-5s %-4s", row->name, row->stage->traffic, set_names[i % SETS]);
		for (unsigned k = 0; k < MICRO_BURSTS; k++) {
			if (!cost[k].known) {
				printf("%11s%7s", "-", "-");
				continue;
			}
			cost[k].p50[0] = bench_median(cost[k].p50, m->rounds);
			cost[k].p99[0] = bench_median(cost[k].p99, m->rounds);
			printf("%11.1f%7.1f", cost[k].p50[0], cost[k].p99[0]);
			if (csv != NULL)
				fprintf(csv, "%s,%s,%s,%u,%.2f,%.2f\n", row->name,
					row->stage->traffic, set_names[i % SETS], micro_sizes[k],
					cost[k].p50[0], cost[k].p99[0]);
		}
		printf("\n");
	}
}

// The median p50 at bursts of 32, after print_rows(); 0: not measured.
static double cost_of(
	const struct micro *m, const char *name, const char *traffic, enum working_set set)
{
	for (unsigned i = 0; i < m->n; i++) {
		const struct row *row = &m->row[i];

		if (strcmp(row->name, name) == 0 && strcmp(row->stage->traffic, traffic) == 0)
			return row->cost[set][2].known ? row->cost[set][2].p50[0] : 0;
	}
	return 0;
}

void micro_print_targets(struct micro *m)
{
	double cold = cost_of(m, "steer", "u4", SET_COLD),
	       bare = cost_of(m, "steer-bare", "u4", SET_COLD),
	       lines = cost_of(m, "lines", "u4", SET_COLD);

	if (bare > 0 || m->n_hop[0] + m->n_hop[1] > 0)
		printf("\ntargets, bursts of 32\n");
	if (bare > 0)
		bench_target("steer, cold, untagged: with prefetch / without", cold / bare, 0.6,
			0.4,
			"Without prefetches the short passes keep as many lines under way by "
			"themselves; the stage `lines` shows what memory allows at best.");
	if (bare > 0 && lines > 0)
		printf("  the frames' lines alone / without prefetch: %.2f\n", lines / bare);
	for (unsigned is_far = 0; is_far < 2; is_far++) {
		unsigned n = m->n_hop[is_far];
		double *hop = m->hop[is_far];

		if (n == 0)
			continue;
		bench_median(hop, n); // sorts
		if (is_far)           // no CPU of a program's own choice
			printf("  ring to a CPU beyond the last-level cache, both sides: %.1f\n",
				hop[n / 2]);
		else
			bench_target("ring to another CPU, both sides: cycles a frame", hop[n / 2],
				25, 15,
				"It follows what a cache line takes from CPU to CPU, so where the "
				"hypervisor has put these.");
		printf("  median of %u of %u looks, %.1f to %.1f; a line from CPU to CPU: at most "
		       "%.0f cycles\n",
			n, m->n_hop[0] + m->n_hop[1], hop[0], hop[n - 1], m->line_most[is_far]);
	}
}

// By which it mostly goes on.
static uint64_t tsc_step(void)
{
	static uint64_t step[STEPS];

	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t start = rte_rdtsc(), now;

		while ((now = rte_rdtsc()) == start)
			;
		step[i] = now - start;
	}
	bench_sort(step, STEPS);
	return step[STEPS / 2];
}

void micro_print_head(const struct micro *m, FILE *f, const char *mark)
{
	char line[256], *model = NULL;
	FILE *info = fopen("/proc/cpuinfo", "r");

	while (info != NULL && model == NULL && fgets(line, sizeof(line), info) != NULL) {
		if (strncmp(line, "model name", 10) == 0)
			model = strchr(line, ':') + 2;
	}
	if (info != NULL)
		fclose(info);
	fprintf(f, "%smachine: %.*s, L1 %zu, L2 %zu, L3 %zu KiB\n", mark,
		model != NULL ? (int)strcspn(model, "\n") : 1, model != NULL ? model : "?",
		m->caches.size[1] >> 10, m->caches.size[2] >> 10, m->caches.size[3] >> 10);
	fprintf(f, "%sbuild: %s, %s; frames: hot %u, L2 %u, L3 %u, cold %u; medians of %u rounds\n",
		mark, BENCH_COMPILER, BENCH_BUILD, set_items(&m->caches, SET_HOT, FRAME_FOOTPRINT),
		set_items(&m->caches, SET_L2, FRAME_FOOTPRINT),
		set_items(&m->caches, SET_L3, FRAME_FOOTPRINT),
		set_items(&m->caches, SET_COLD, FRAME_FOOTPRINT), m->rounds);
	fprintf(f, "%sTSC: %.0f MHz, in steps of %" PRIu64 " cycles: of a burst, not of a frame\n",
		mark, (double)rte_get_tsc_hz() / 1e6, tsc_step());
}
