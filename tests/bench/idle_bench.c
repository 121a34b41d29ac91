/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `idle: sleep` saves and costs, on an instance whose worker runs a wire between two rings:
 * its CPU time without traffic, and what frames wait longer than with `busy`, at a tenth of the
 * worker's rate and one by one after a silence. Needs two CPUs: this thread sends and receives on
 * one, beside the control lcore, the worker has the other. Turns of both, so that a busy machine
 * disturbs them alike. Run by hand; with --quick a test sees that it runs.
 *
 *     idle_bench [--quick]
 */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "bench.h"
#include "handler.h"
#include "lane_rig.h"
#include "report.h"

enum {
	ROUNDS = 5,
	WINDOWS = 40,       // of each policy in a round, in turns
	WINDOW_US = 5000,   // short: a busy machine takes the CPU for milliseconds
	DISTURBED_US = 100, // in which somebody waited longer for its CPU
	BURST = 32,
	SAMPLES = 1 << 18,
	WINDOW = 512,
	MOST = 3072,
	LOAD = 10,
	AT_STAMP = 32
};

static const uint8_t nobody[6] = {2, 9, 9, 9, 9, 9};

static struct {
	uint64_t *waits; // [SAMPLES] TSC cycles
	unsigned n;
	double per_us;
	unsigned window_us, windows, pings;
} b;

static struct {
	double cpu, woken_p99;
} found[2][ROUNDS]; // [sleep][round]

// Windows at a tenth of the rate: those in which neither side had to wait for its CPU, and all.
static struct waits {
	double p50[ROUNDS * WINDOWS], p99[ROUNDS * WINDOWS];
	unsigned n;
} quiet[2], all[2]; // [sleep]

// This thread to the first n CPUs.
static void run_on(unsigned n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned i = 0; i < n && bench_cpu(i) >= 0; i++)
		CPU_SET(bench_cpu(i), &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static struct rig *start(bool sleep)
{
	char yaml[512];
	struct rig *r;

	snprintf(yaml, sizeof(yaml),
		"name: bench\n"
		"lcores: {control: %d, workers: [%d], idle: %s}\n"
		"ports:\n"
		"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\"}\n"
		"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\"}\n"
		"wires:\n  - [p0, p1]\n",
		bench_cpu(0), bench_cpu(1), sleep ? "sleep" : "busy");
	run_on(2); // the plan takes its CPUs from ours
	r = rig_start(yaml, handler_table);
	run_on(1);
	return r;
}

/** Nanoseconds that a thread has run, and that it waited for a CPU. */
struct schedule {
	unsigned long long ran, waited;
};

static struct schedule schedule_of(int thread)
{
	struct schedule s = {0};
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", thread);
	f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%llu %llu", &s.ran, &s.waited) != 2)
		bench_die("the kernel does not tell how long threads wait for a CPU");
	fclose(f);
	return s;
}

static int worker_of(const struct rig *r)
{
	int thread = 0;

	for (unsigned l = 0; l < r->plan->n_lcores; l++) {
		if (r->plan->lcores[l].role == PLAN_WORKER)
			thread = (int)atomic_load(&r->instance.lanes[l]->stalls.thread);
	}
	return thread;
}

// What has arrived; with `n` its frames' waits are noted.
static unsigned collect(struct rig *r, bool note)
{
	struct rte_mbuf *pkts[BURST];
	uint16_t n = rig_collect(r, 1, 0, pkts, BURST);
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; note && i < n && b.n < SAMPLES; i++) {
		uint64_t sent;

		memcpy(&sent, rte_pktmbuf_mtod_offset(pkts[i], uint8_t *, AT_STAMP), sizeof(sent));
		b.waits[b.n++] = now - sent;
	}
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static unsigned send_burst(struct rig *r, unsigned n)
{
	struct rte_mbuf *pkts[BURST];
	uint64_t now;

	for (unsigned i = 0; i < n; i++) {
		pkts[i] = rig_make(r, nobody, 0, 0x88b5, 0, 0);
		if (pkts[i] == NULL)
			bench_die("no mbuf");
	}
	now = rte_rdtsc();
	for (unsigned i = 0; i < n; i++)
		memcpy(rte_pktmbuf_mtod_offset(pkts[i], uint8_t *, AT_STAMP), &now, sizeof(now));
	return rig_feed(r, 0, 0, pkts, (uint16_t)n);
}

// Until all are there. The worker may have lost its CPU for long.
static void collect_all(struct rig *r, unsigned sent, unsigned got, bool note)
{
	uint64_t end = rte_rdtsc() + (uint64_t)(b.per_us * 30e6);

	while (got < sent && rte_rdtsc() < end)
		got += collect(r, note);
	if (got < sent)
		bench_die("frames did not come back");
}

// Frames a microsecond that go through as fast as both sides can.
static double rate(struct rig *r)
{
	uint64_t start = rte_rdtsc(), end = start + (uint64_t)(b.per_us * b.window_us);
	unsigned sent = 0, got = 0;

	while (rte_rdtsc() < end) {
		if (sent - got < WINDOW)
			sent += send_burst(r, BURST);
		got += collect(r, false);
	}
	collect_all(r, sent, got, false);
	return sent / ((double)(end - start) / b.per_us);
}

static double wait_us(unsigned percent)
{
	if (b.n == 0)
		bench_die("no frame came back");
	return (double)b.waits[(uint64_t)b.n * percent / 100] / b.per_us;
}

// Bursts at a tenth of that rate, evenly.
static void at_load(struct rig *r, double per_us)
{
	uint64_t step = (uint64_t)(b.per_us * BURST * LOAD / per_us), next = rte_rdtsc();
	uint64_t end = next + (uint64_t)(b.per_us * WINDOW_US);
	unsigned sent = 0, got = 0;

	b.n = 0;
	while (next < end) {
		got += collect(r, true);
		if (rte_rdtsc() < next)
			continue;
		// No more than fits, when the worker has lost its CPU.
		if (sent - got < MOST)
			sent += send_burst(r, BURST);
		next += step;
	}
	collect_all(r, sent, got, true);
	bench_sort(b.waits, b.n);
}

// One frame each time, when the worker naps its longest.
static void after_silence(struct rig *r)
{
	b.n = 0;
	for (unsigned i = 0; i < b.pings; i++) {
		rte_delay_us_sleep(20000 + (unsigned)(bench_random() % 1000));
		collect_all(r, send_burst(r, 1), 0, true);
	}
	bench_sort(b.waits, b.n);
}

static void note(struct waits *w)
{
	w->p50[w->n] = wait_us(50);
	w->p99[w->n++] = wait_us(99);
}

// Both policies in turns on one worker, which asks for it each round.
static void compare_waits(struct rig *r, double per_us)
{
	int worker = worker_of(r), mine = (int)gettid();

	for (unsigned i = 0; i < 2 * b.windows; i++) {
		bool sleep = i % 2 == 1;
		struct schedule before[2], after[2];
		unsigned long long waited;

		r->conf->lcores.idle = sleep ? CONF_IDLE_SLEEP : CONF_IDLE_BUSY;
		rte_delay_us_block(WINDOW_US / 10);
		before[0] = schedule_of(worker);
		before[1] = schedule_of(mine);
		at_load(r, per_us);
		after[0] = schedule_of(worker);
		after[1] = schedule_of(mine);
		waited = after[0].waited - before[0].waited + after[1].waited - before[1].waited;
		note(&all[sleep]);
		if (waited < DISTURBED_US * 1000ULL)
			note(&quiet[sleep]);
	}
}

static void measure(bool sleep, unsigned round)
{
	static struct ledger sum;
	struct rig *r = start(sleep);
	uint64_t start;
	double per_us, ran;
	int worker;

	per_us = rate(r);
	after_silence(r);
	found[sleep][round].woken_p99 = wait_us(99);
	worker = worker_of(r);
	start = rte_rdtsc();
	ran = (double)schedule_of(worker).ran;
	rte_delay_us_sleep(2 * b.window_us);
	ran = (double)schedule_of(worker).ran - ran;
	found[sleep][round].cpu = ran / 10 / ((double)(rte_rdtsc() - start) / b.per_us);
	if (sleep)
		compare_waits(r, per_us);
	rig_stop(r, &sum);
}

static double middle(unsigned sleep, size_t field, unsigned rounds)
{
	double values[ROUNDS];

	for (unsigned i = 0; i < rounds; i++)
		memcpy(&values[i], (const char *)&found[sleep][i] + field, sizeof(values[i]));
	return bench_median(values, rounds);
}

// Sorts. What each window's frames waited, busy and sleep; half of the windows lie between the two
// values behind the median.
static void print_waits(const char *what, struct waits *of)
{
	printf("a frame's wait at %d %% load, %s:\n", LOAD, what);
	for (unsigned sleep = 0; sleep < 2; sleep++) {
		struct waits *w = &of[sleep];

		if (w->n == 0)
			continue;
		bench_median(w->p99, w->n);
		printf("  %-6s median %.1f us, p99 %.1f (%.1f to %.1f) us, %u windows of %u us\n",
			sleep ? "sleep:" : "busy:", bench_median(w->p50, w->n), w->p99[w->n / 2],
			w->p99[w->n / 4], w->p99[w->n * 3 / 4], w->n, WINDOW_US);
	}
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	unsigned rounds = quick ? 1 : ROUNDS;

	if (start_eal(NULL) != 0)
		return EXIT_FAILURE;
	bench_adopt("idle_bench");
	if (bench_cpu(1) < 0) {
		printf("one CPU: nothing to measure\n");
		stop_eal(NULL);
		return EXIT_SUCCESS;
	}
	b.waits = bench_memory(SAMPLES * sizeof(b.waits[0]));
	b.per_us = (double)rte_get_tsc_hz() / 1e6;
	b.window_us = quick ? 20000 : 500000;
	b.pings = quick ? 5 : 50;
	b.windows = quick ? 4 : WINDOWS;
	for (unsigned i = 0; i < 2 * rounds; i++)
		measure(i % 2 == 1, i / 2);
#define MIDDLE(sleep, field)                                                                       \
	middle(sleep, (size_t)((char *)&found[0][0].field - (char *)&found[0][0]), rounds)
	for (unsigned sleep = 0; sleep < 2; sleep++)
		printf("%-6s CPU without traffic %6.2f %%; after 20 ms of silence a frame waits: p99 "
		       "%.1f us\n",
			sleep ? "sleep:" : "busy:", MIDDLE(sleep, cpu), MIDDLE(sleep, woken_p99));
	print_waits("in windows with both CPUs", quiet);
	print_waits("in all windows", all);
	printf("\ntargets\n");
	bench_target("idle worker with sleep, no traffic: % of a CPU", MIDDLE(1, cpu), 3, 2,
		"Naps last at most 1.2 ms: the rest is waking, a round and falling asleep.");
	if (quiet[0].n != 0 && quiet[1].n != 0)
		bench_target("p99 that sleep adds at 10 % load: us",
			quiet[1].p99[quiet[1].n / 2] - quiet[0].p99[quiet[0].n / 2], 100, 50,
			"Nobody naps between bursts, unless none came for 200 us.");
	else
		printf("p99 that sleep adds at 10 %% load: not measured, in each window somebody "
		       "waited for a CPU\n");
	stop_eal(NULL);
	return EXIT_SUCCESS;
}
