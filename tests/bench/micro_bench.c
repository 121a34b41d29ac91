/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each stage of the data path costs without devices: TSC cycles a frame (fdb: a key), p50 and
 * p99 over bursts, for burst sizes and working sets, beside what it has to beat. What measuring
 * costs is taken off. A table on stdout, then the targets; CSV where it is asked for. It judges
 * nothing: instructions.py does.
 *
 *     micro_bench [--quick] [--csv FILE] [STAGE[/TRAFFIC] [SET [BURST]]]
 *
 * STAGE is the beginning of a name; `all` stands for every stage or set. With --quick a test sees
 * that it runs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "hop.h"
#include "micro_print.h"

enum { SAMPLES = 8192, SETTLE = 512, EMPTY = 1024 };

// What another CPU costs goes by where that one is, which a hypervisor changes from second to
// second: many short looks over the whole run, told apart by what a line takes from CPU to CPU.
// Within a last-level cache that is about 70 cycles, else hundreds.
enum {
	HOP_BURST = 32,
	HOP_ITEMS = 2048,
	HOP_LEAST = 25,
	HOP_SAMPLES = 2048,
	HOP_PAUSE_US = 20000,
	HOP_NEAR_LINE = 150
};

static struct {
	bool quick;
	const char *csv, *stage, *set;
	unsigned burst; // 0: all
} asked;

static struct micro m;
static unsigned samples;
static unsigned far_row; // row of the hop's other side
static uint64_t scratch[SAMPLES];
static uint32_t at;

// Its name begins as was asked, or that of the stage that it is to be held against does.
static bool is_wanted(const char *name, const char *traffic, const char *whole)
{
	const char *bare = strstr(name, "-bare");
	char with[64];

	if (asked.stage == NULL || strncmp(whole, asked.stage, strlen(asked.stage)) == 0)
		return true;
	snprintf(with, sizeof(with), "%.*s/%s", bare != NULL ? (int)(bare - name) : 0, name,
		traffic);
	return bare != NULL && strncmp(with, asked.stage, strlen(asked.stage)) == 0;
}

static void add(const struct stage *s, const char *name)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s/%s", name, s->traffic);
	if (!s->is_timed || !is_wanted(name, s->traffic, whole))
		return;
	if (m.n == MICRO_STAGES)
		bench_die("too many stages");
	m.row[m.n].name = name;
	m.row[m.n++].stage = s;
}

// The same without prefetches, or NULL.
static const struct stage *bare_of(const struct stage *s)
{
	char bare[64];

	snprintf(bare, sizeof(bare), "%s-bare", s->name);
	for (const struct stage *r = rival_stages; r->name != NULL; r++) {
		if (strcmp(r->name, bare) == 0 && strcmp(r->traffic, s->traffic) == 0)
			return r;
	}
	return NULL;
}

static void add_all(void)
{
	static const struct stage *const lists[] = {
		rival_stages, fdb_stages, wire_stages, bridge_stages};

	// What is held against each other, in one moment of a busy machine.
	for (const struct stage *s = steer_stages; s->name != NULL; s++) {
		const struct stage *bare = bare_of(s);

		add(s, s->name);
		if (bare != NULL)
			add(bare, bare->name);
	}
	for (unsigned i = 0; i < RTE_DIM(lists); i++) {
		for (const struct stage *s = lists[i]; s->name != NULL; s++) {
			if (strstr(s->name, "-bare") == NULL || lists[i] != rival_stages)
				add(s, s->name);
		}
	}
	add(&hop_stage, "hop");
	far_row = m.n;
	add(&hop_stage, "hop-far");
}

static void nothing(struct burst *b)
{
}

static uint64_t time_burst(
	const struct stage *s, void (*run)(struct burst *b), uint32_t items, uint16_t n)
{
	uint64_t start, cycles;
	struct burst b;

	if (at + n > items)
		at = 0;
	s->take(&b, at, n);
	if (s->ready != NULL)
		s->ready(&b);
	start = bench_clock();
	run(&b);
	cycles = bench_clock() - start;
	if (s->after != NULL)
		s->after(&b);
	at += n;
	return cycles;
}

static double percentile(const uint64_t *cycles, unsigned n, unsigned percent)
{
	return (double)cycles[(uint64_t)n * percent / 100];
}

static void measure(const struct stage *s, uint32_t items, uint16_t n, unsigned n_samples,
	struct cost *cost, unsigned round)
{
	double empty;

	for (unsigned i = 0; i < EMPTY; i++)
		scratch[i] = time_burst(s, nothing, items, n);
	bench_sort(scratch, EMPTY);
	empty = percentile(scratch, EMPTY, 50);
	for (unsigned i = 0; i < SETTLE; i++)
		time_burst(s, s->run, items, n);
	for (unsigned i = 0; i < n_samples; i++)
		scratch[i] = time_burst(s, s->run, items, n);
	bench_sort(scratch, n_samples);
	cost->p50[round] = (percentile(scratch, n_samples, 50) - empty) / n;
	cost->p99[round] = (percentile(scratch, n_samples, 99) - empty) / n;
	cost->known = true;
}

static void measure_hop(
	struct row *row, uint32_t items, enum working_set set, unsigned k, unsigned round)
{
	struct cost *far = &m.row[far_row].cost[set][k];
	uint64_t *cycles;
	unsigned n;

	if (!hop_begin())
		return;
	measure(row->stage, items, micro_sizes[k], samples, &row->cost[set][k], round);
	n = hop_end(&cycles);
	if (n == 0 || far_row == m.n)
		return;
	far->p50[round] = percentile(cycles, n, 50) / HOP_SCALE;
	far->p99[round] = percentile(cycles, n, 99) / HOP_SCALE;
	far->known = true;
}

static unsigned looks(void)
{
	return m.n_hop[0] + m.n_hop[1];
}

// One more look at both sides, whatever stage was measured before.
static void look_at_hop(void)
{
	struct cost near;
	uint64_t *cycles;
	unsigned n, is_far;
	double line;

	if (far_row == m.n || looks() == MICRO_LOOKS ||
		(asked.burst != 0 && asked.burst != HOP_BURST))
		return;
	hop_stage.open(&hop_stage, HOP_ITEMS);
	at = 0;
	line = hop_line();
	is_far = line > HOP_NEAR_LINE;
	m.line_most[is_far] = RTE_MAX(m.line_most[is_far], line);
	if (!hop_begin())
		return;
	measure(&hop_stage, HOP_ITEMS, HOP_BURST, RTE_MIN(samples, (unsigned)HOP_SAMPLES), &near,
		0);
	n = hop_end(&cycles);
	if (n != 0)
		m.hop[is_far][m.n_hop[is_far]++] =
			near.p50[0] + percentile(cycles, n, 50) / HOP_SCALE;
}

// The row of the same stage without prefetches, when that is the next one; or NULL.
static struct row *bare_row(struct row *row)
{
	return row + 1 < m.row + m.n && bare_of(row->stage) == row[1].stage ? row + 1 : NULL;
}

// Two stages over the same set, a burst of each in turns: whatever the machine does meanwhile, and
// whatever of the set is still in a cache, is the same for both.
static void measure_both(struct row *row, struct row *other, uint32_t items, unsigned k,
	enum working_set set, unsigned round)
{
	static uint64_t cycles[2][SAMPLES];
	struct row *const rows[] = {row, other};
	double empty;

	for (unsigned i = 0; i < EMPTY; i++)
		scratch[i] = time_burst(row->stage, nothing, items, micro_sizes[k]);
	bench_sort(scratch, EMPTY);
	empty = percentile(scratch, EMPTY, 50);
	for (unsigned i = 0; i < 2 * SETTLE; i++)
		time_burst(row->stage, rows[i % 2]->stage->run, items, micro_sizes[k]);
	for (unsigned i = 0; i < 2 * samples; i++)
		cycles[i % 2][i / 2] =
			time_burst(row->stage, rows[i % 2]->stage->run, items, micro_sizes[k]);
	for (unsigned i = 0; i < 2; i++) {
		struct cost *cost = &rows[i]->cost[set][k];

		bench_sort(cycles[i], samples);
		cost->p50[round] = (percentile(cycles[i], samples, 50) - empty) / micro_sizes[k];
		cost->p99[round] = (percentile(cycles[i], samples, 99) - empty) / micro_sizes[k];
		cost->known = true;
	}
}

static void measure_row(struct row *row, enum working_set set, unsigned round)
{
	uint32_t items = set_items(&m.caches, set, row->stage->footprint);
	struct row *bare = bare_row(row);

	// No mbuf is in the ring twice.
	if (row->stage == &hop_stage)
		items = HOP_ITEMS;
	if (row == &m.row[far_row] || (row->stage == &hop_stage && set != SET_HOT))
		return; // who sends measures both; the octets are not looked at
	if (row > m.row && bare_row(row - 1) == row)
		return; // was measured with the row before
	if (bare != NULL)
		bare->stage->open(bare->stage, items);
	row->stage->open(row->stage, items);
	at = 0;
	for (unsigned k = 0; k < MICRO_BURSTS; k++) {
		if (asked.burst != 0 && asked.burst != micro_sizes[k])
			continue;
		if (row->stage == &hop_stage)
			measure_hop(row, items, set, k, round);
		else if (bare != NULL)
			measure_both(row, bare, items, k, set, round);
		else
			measure(row->stage, items, micro_sizes[k], samples, &row->cost[set][k],
				round);
	}
}

static void usage(void)
{
	fprintf(stderr, "micro_bench [--quick] [--csv FILE] [STAGE[/TRAFFIC] [SET [BURST]]]\n");
	exit(2);
}

static const char *wanted(const char *word)
{
	return strcmp(word, "all") == 0 ? NULL : word;
}

static void read_arguments(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--quick") == 0)
			asked.quick = true;
		else if (strcmp(argv[i], "--csv") == 0 && i + 1 < argc)
			asked.csv = argv[++i];
		else
			usage();
	}
	if (argc - i > 3)
		usage();
	if (i < argc)
		asked.stage = wanted(argv[i++]);
	if (i < argc)
		asked.set = wanted(argv[i++]);
	if (i < argc)
		asked.burst = (unsigned)atoi(argv[i++]);
	m.rounds = asked.quick ? 1 : MICRO_ROUNDS;
	samples = asked.quick ? 256 : SAMPLES;
}

int main(int argc, char **argv)
{
	FILE *csv = NULL;

	read_arguments(argc, argv);
	bench_start("micro_bench", 1, argv);
	caches_read(&m.caches, bench_cpu(0));
	add_all();
	if (m.n == 0)
		bench_die("no such stage");
	if (asked.csv != NULL && (csv = fopen(asked.csv, "w")) == NULL)
		bench_die("cannot write the CSV file");
	for (unsigned r = 0; r < m.rounds; r++) {
		for (unsigned set = 0; set < (asked.quick ? 1 : SETS); set++) {
			for (unsigned i = 0; i < m.n; i++) {
				if (asked.set != NULL && strcmp(asked.set, set_names[set]) != 0)
					continue;
				measure_row(&m.row[i], set, r);
				if (set == SET_HOT)
					look_at_hop();
			}
		}
	}
	while (looks() != 0 && looks() < HOP_LEAST && !asked.quick) {
		look_at_hop();
		rte_delay_us_sleep(HOP_PAUSE_US);
	}
	micro_print_head(&m, stdout, "");
	if (csv != NULL) {
		micro_print_head(&m, csv, "# ");
		fprintf(csv, "stage,traffic,set,burst,cycles_p50,cycles_p99\n");
	}
	micro_print_rows(&m, csv);
	micro_print_targets(&m);
	if (csv != NULL)
		fclose(csv);
	bench_stop();
	return EXIT_SUCCESS;
}
