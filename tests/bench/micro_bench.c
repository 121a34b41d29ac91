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

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "hop.h"
#include "working_set.h"

enum { BURSTS = 4, ROUNDS = 3, SAMPLES = 8192, SETTLE = 512, EMPTY = 1024, STAGES = 96 };

// What another CPU costs goes by where that one is, which a hypervisor changes from second to
// second: many short looks over the whole run, told apart by what a line takes from CPU to CPU.
// Within a last-level cache that is about 70 cycles, else hundreds.
enum {
	HOP_BURST = 32,
	HOP_ITEMS = 2048,
	HOP_LEAST = 25,
	HOP_MOST = 512,
	HOP_SAMPLES = 2048,
	HOP_PAUSE_US = 20000,
	HOP_NEAR_LINE = 150
};

static const uint16_t sizes[BURSTS] = {1, 8, 32, 64};

struct cost {
	double p50[ROUNDS], p99[ROUNDS];
	bool known;
};

struct row {
	const struct stage *stage;
	const char *name;
	struct cost cost[SETS][BURSTS];
};

static struct {
	unsigned rounds, samples;
	bool quick;
	const char *csv, *stage, *set;
	unsigned burst; // 0: all
	struct caches caches;
	unsigned n;
	struct row row[STAGES];
	unsigned far; // row of the hop's other side
	// Both sides, with the CPUs near or far from each other.
	double hop[2][HOP_MOST], line_most[2];
	unsigned n_hop[2];
	uint64_t cycles[SAMPLES];
	uint32_t at;
} m;

// Its name begins as was asked, or that of the stage that it is to be held against does.
static bool is_wanted(const char *name, const char *traffic, const char *whole)
{
	const char *bare = strstr(name, "-bare");
	char with[64];

	if (m.stage == NULL || strncmp(whole, m.stage, strlen(m.stage)) == 0)
		return true;
	snprintf(with, sizeof(with), "%.*s/%s", bare != NULL ? (int)(bare - name) : 0, name,
		traffic);
	return bare != NULL && strncmp(with, m.stage, strlen(m.stage)) == 0;
}

static void add(const struct stage *s, const char *name)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s/%s", name, s->traffic);
	if (!s->is_timed || !is_wanted(name, s->traffic, whole))
		return;
	if (m.n == STAGES)
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
	m.far = m.n;
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

	if (m.at + n > items)
		m.at = 0;
	s->take(&b, m.at, n);
	if (s->ready != NULL)
		s->ready(&b);
	start = bench_clock();
	run(&b);
	cycles = bench_clock() - start;
	if (s->after != NULL)
		s->after(&b);
	m.at += n;
	return cycles;
}

static double percentile(const uint64_t *cycles, unsigned n, unsigned percent)
{
	return (double)cycles[(uint64_t)n * percent / 100];
}

static void measure(const struct stage *s, uint32_t items, uint16_t n, unsigned samples,
	struct cost *cost, unsigned round)
{
	double empty;

	for (unsigned i = 0; i < EMPTY; i++)
		m.cycles[i] = time_burst(s, nothing, items, n);
	bench_sort(m.cycles, EMPTY);
	empty = percentile(m.cycles, EMPTY, 50);
	for (unsigned i = 0; i < SETTLE; i++)
		time_burst(s, s->run, items, n);
	for (unsigned i = 0; i < samples; i++)
		m.cycles[i] = time_burst(s, s->run, items, n);
	bench_sort(m.cycles, samples);
	cost->p50[round] = (percentile(m.cycles, samples, 50) - empty) / n;
	cost->p99[round] = (percentile(m.cycles, samples, 99) - empty) / n;
	cost->known = true;
}

static void measure_hop(
	struct row *row, uint32_t items, enum working_set set, unsigned k, unsigned round)
{
	struct cost *far = &m.row[m.far].cost[set][k];
	uint64_t *cycles;
	unsigned n;

	if (!hop_begin())
		return;
	measure(row->stage, items, sizes[k], m.samples, &row->cost[set][k], round);
	n = hop_end(&cycles);
	if (n == 0 || m.far == m.n)
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

	if (m.far == m.n || looks() == HOP_MOST || (m.burst != 0 && m.burst != HOP_BURST))
		return;
	hop_stage.open(&hop_stage, HOP_ITEMS);
	m.at = 0;
	line = hop_line();
	is_far = line > HOP_NEAR_LINE;
	m.line_most[is_far] = RTE_MAX(m.line_most[is_far], line);
	if (!hop_begin())
		return;
	measure(&hop_stage, HOP_ITEMS, HOP_BURST, RTE_MIN(m.samples, (unsigned)HOP_SAMPLES), &near,
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
		m.cycles[i] = time_burst(row->stage, nothing, items, sizes[k]);
	bench_sort(m.cycles, EMPTY);
	empty = percentile(m.cycles, EMPTY, 50);
	for (unsigned i = 0; i < 2 * SETTLE; i++)
		time_burst(row->stage, rows[i % 2]->stage->run, items, sizes[k]);
	for (unsigned i = 0; i < 2 * m.samples; i++)
		cycles[i % 2][i / 2] =
			time_burst(row->stage, rows[i % 2]->stage->run, items, sizes[k]);
	for (unsigned i = 0; i < 2; i++) {
		struct cost *cost = &rows[i]->cost[set][k];

		bench_sort(cycles[i], m.samples);
		cost->p50[round] = (percentile(cycles[i], m.samples, 50) - empty) / sizes[k];
		cost->p99[round] = (percentile(cycles[i], m.samples, 99) - empty) / sizes[k];
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
	if (row == &m.row[m.far] || (row->stage == &hop_stage && set != SET_HOT))
		return; // who sends measures both; the octets are not looked at
	if (row > m.row && bare_row(row - 1) == row)
		return; // was measured with the row before
	if (bare != NULL)
		bare->stage->open(bare->stage, items);
	row->stage->open(row->stage, items);
	m.at = 0;
	for (unsigned k = 0; k < BURSTS; k++) {
		if (m.burst != 0 && m.burst != sizes[k])
			continue;
		if (row->stage == &hop_stage)
			measure_hop(row, items, set, k, round);
		else if (bare != NULL)
			measure_both(row, bare, items, k, set, round);
		else
			measure(row->stage, items, sizes[k], m.samples, &row->cost[set][k], round);
	}
}

static void print_rows(FILE *csv)
{
	printf("%-16s %-5s %-4s", "stage", "", "set");
	for (unsigned k = 0; k < BURSTS; k++)
		printf("   burst %2u    p99", sizes[k]);
	printf("\n");
	for (unsigned i = 0; i < m.n * SETS; i++) {
		struct row *row = &m.row[i / SETS];
		struct cost *cost = row->cost[i % SETS];
		bool any = false;

		for (unsigned k = 0; k < BURSTS; k++)
			any = any || cost[k].known;
		if (!any)
			continue;
		printf("%-16s %-5s %-4s", row->name, row->stage->traffic, set_names[i % SETS]);
		for (unsigned k = 0; k < BURSTS; k++) {
			if (!cost[k].known) {
				printf("%11s%7s", "-", "-");
				continue;
			}
			cost[k].p50[0] = bench_median(cost[k].p50, m.rounds);
			cost[k].p99[0] = bench_median(cost[k].p99, m.rounds);
			printf("%11.1f%7.1f", cost[k].p50[0], cost[k].p99[0]);
			if (csv != NULL)
				fprintf(csv, "%s,%s,%s,%u,%.2f,%.2f\n", row->name,
					row->stage->traffic, set_names[i % SETS], sizes[k],
					cost[k].p50[0], cost[k].p99[0]);
		}
		printf("\n");
	}
}

// The median p50 at bursts of 32, after print_rows(); 0: not measured.
static double cost_of(const char *name, const char *traffic, enum working_set set)
{
	for (unsigned i = 0; i < m.n; i++) {
		struct row *row = &m.row[i];

		if (strcmp(row->name, name) == 0 && strcmp(row->stage->traffic, traffic) == 0)
			return row->cost[set][2].known ? row->cost[set][2].p50[0] : 0;
	}
	return 0;
}

static void print_target(const char *what, double found, double least, double aim)
{
	if (found > 0)
		printf("%-58s %6.2f  %5.1f %-13s  aim %4.1f %s\n", what, found, least,
			found <= least ? "holds" : "DOES NOT HOLD", aim,
			found <= aim ? "reached" : "not reached");
}

static void print_targets(void)
{
	double cold = cost_of("steer", "u4", SET_COLD),
	       bare = cost_of("steer-bare", "u4", SET_COLD),
	       lines = cost_of("lines", "u4", SET_COLD);

	printf("\ntargets, bursts of 32\n");
	print_target("steer (classify + dispatch), hot, untagged: cycles a frame",
		cost_of("steer", "u4", SET_HOT), 4, 2);
	print_target("the same, shuffled mix", cost_of("steer", "mix", SET_HOT), 12, 7);
	if (bare > 0) {
		print_target("untagged, cold: with prefetch / without", cold / bare, 0.6, 0.4);
		if (lines > 0)
			printf("%-58s %6.2f\n", "the same of the frames' lines alone / without",
				lines / bare);
	}
	for (unsigned is_far = 0; is_far < 2; is_far++) {
		unsigned n = m.n_hop[is_far];
		double *hop = m.hop[is_far];

		if (n == 0)
			continue;
		bench_median(hop, n); // sorts
		print_target(is_far ? "ring to a CPU beyond the last-level cache, both sides"
				    : "ring to another CPU, both sides: cycles a frame",
			hop[n / 2], 25, 15);
		printf("  median of %u of %u looks, %.1f to %.1f; a line from CPU to CPU: at most "
		       "%.0f cycles\n",
			n, looks(), hop[0], hop[n - 1], m.line_most[is_far]);
	}
}

// By which it mostly goes on.
static uint64_t tsc_step(void)
{
	for (unsigned i = 0; i < EMPTY; i++) {
		uint64_t start = rte_rdtsc(), now;

		while ((now = rte_rdtsc()) == start)
			;
		m.cycles[i] = now - start;
	}
	bench_sort(m.cycles, EMPTY);
	return m.cycles[EMPTY / 2];
}

static void print_head(FILE *f, const char *mark)
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
		m.caches.size[1] >> 10, m.caches.size[2] >> 10, m.caches.size[3] >> 10);
	fprintf(f, "%sbuild: %s, %s; frames: hot %u, L2 %u, L3 %u, cold %u; medians of %u rounds\n",
		mark, BENCH_COMPILER, BENCH_BUILD, set_items(&m.caches, SET_HOT, FRAME_FOOTPRINT),
		set_items(&m.caches, SET_L2, FRAME_FOOTPRINT),
		set_items(&m.caches, SET_L3, FRAME_FOOTPRINT),
		set_items(&m.caches, SET_COLD, FRAME_FOOTPRINT), m.rounds);
	fprintf(f, "%sTSC: %.0f MHz, in steps of %" PRIu64 " cycles: of a burst, not of a frame\n",
		mark, (double)rte_get_tsc_hz() / 1e6, tsc_step());
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
			m.quick = true;
		else if (strcmp(argv[i], "--csv") == 0 && i + 1 < argc)
			m.csv = argv[++i];
		else
			usage();
	}
	if (argc - i > 3)
		usage();
	if (i < argc)
		m.stage = wanted(argv[i++]);
	if (i < argc)
		m.set = wanted(argv[i++]);
	if (i < argc)
		m.burst = (unsigned)atoi(argv[i++]);
	m.rounds = m.quick ? 1 : ROUNDS;
	m.samples = m.quick ? 256 : SAMPLES;
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
	if (m.csv != NULL && (csv = fopen(m.csv, "w")) == NULL)
		bench_die("cannot write the CSV file");
	for (unsigned r = 0; r < m.rounds; r++) {
		for (unsigned set = 0; set < (m.quick ? 1 : SETS); set++) {
			for (unsigned i = 0; i < m.n; i++) {
				if (m.set != NULL && strcmp(m.set, set_names[set]) != 0)
					continue;
				measure_row(&m.row[i], set, r);
				if (set == SET_HOT)
					look_at_hop();
			}
		}
	}
	while (looks() != 0 && looks() < HOP_LEAST && !m.quick) {
		look_at_hop();
		rte_delay_us_sleep(HOP_PAUSE_US);
	}
	print_head(stdout, "");
	if (csv != NULL) {
		print_head(csv, "# ");
		fprintf(csv, "stage,traffic,set,burst,cycles_p50,cycles_p99\n");
	}
	print_rows(csv);
	print_targets();
	if (csv != NULL)
		fclose(csv);
	bench_stop();
	return EXIT_SUCCESS;
}
