/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For callgrind: every stage that is counted, some hundred bursts of 32, its counts dumped under
 * its name; and before it the same without the stage, under the name with a `-` before it. Nothing
 * here depends on a clock, an address or chance. Run by instructions.py, which tells them apart.
 *
 *     count_bench          prints "stage NAME FRAMES" lines; under callgrind with
 *                          --instr-atstart=no
 *     count_bench --about  what the counts depend on besides the source
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_version.h>
#include <callgrind.h>

#include "bench.h"
#include "steer/classify.h"

enum { SETTLE = 16, ROUNDS = 256 };

static void run_rounds(const struct stage *s, uint32_t rounds, bool run)
{
	uint32_t at = 0;

	if (s->run_rounds != NULL && run) {
		s->run_rounds(rounds);
		return;
	}
	for (uint32_t i = 0; i < rounds; i++) {
		struct burst b;

		s->take(&b, at, CLASSIFY_BURST);
		if (s->ready != NULL)
			s->ready(&b);
		if (run)
			s->run(&b);
		if (s->after != NULL)
			s->after(&b);
		at = (at + CLASSIFY_BURST) % s->counted_items;
	}
}

static void count(const struct stage *s)
{
	char name[64];

	s->open(s, s->counted_items);
	run_rounds(s, SETTLE, true);
	snprintf(name, sizeof(name), "-%s%s%s", s->name, s->traffic[0] != '\0' ? "/" : "",
		s->traffic);
	CALLGRIND_ZERO_STATS;
	run_rounds(s, ROUNDS, false);
	CALLGRIND_DUMP_STATS_AT(name);
	CALLGRIND_ZERO_STATS;
	run_rounds(s, ROUNDS, true);
	CALLGRIND_DUMP_STATS_AT(name + 1);
	if (s->check != NULL)
		s->check((uint64_t)(SETTLE + ROUNDS) * CLASSIFY_BURST);
	printf("stage %s %u\n", name + 1, ROUNDS * CLASSIFY_BURST);
}

static void about(void)
{
	const char *found = "";

#ifdef RTE_ARCH_X86
	// callgrind knows no AVX-512, so these are the kinds of machine that it shows a program.
	found = rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0 ? " on AVX2" : "";
#endif
	printf("%s%s, %s, %s, DPDK %d.%02d\n", RTE_STR(RTE_ARCH), found, BENCH_BUILD,
		BENCH_COMPILER, RTE_VER_YEAR, RTE_VER_MONTH);
}

int main(int argc, char **argv)
{
	static const struct stage *const lists[] = {
		steer_stages, bridge_stages, fdb_stages, wire_stages, lane_stages};

	if (argc > 1 && strcmp(argv[1], "--about") == 0) {
		about();
		return EXIT_SUCCESS;
	}
	bench_start("count_bench", 1, argv);
	CALLGRIND_START_INSTRUMENTATION;
	for (unsigned i = 0; i < RTE_DIM(lists); i++) {
		for (const struct stage *s = lists[i]; s->name != NULL; s++) {
			if (s->counted_items != 0)
				count(s);
		}
	}
	CALLGRIND_STOP_INSTRUMENTATION;
	bench_stop();
	return EXIT_SUCCESS;
}
