/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames go by ring to a thread on a second CPU, which is what a handler on an lcore of its own is.
 * Its mbufs have just been written by the worker, as by a driver; what that costs, because they
 * were last read on the other CPU, is not counted.
 */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "hop.h"
#include "steer_set.h"

enum { SAMPLES = 1 << 16, LINE_TURNS = 64, LINE_TRIES = 32 };

static struct {
	pthread_t thread;
	_Atomic bool ends;
	struct out out;
	struct ledger ledger;
	struct handler_counts counts;
	uint64_t *cycles; // [SAMPLES]
	unsigned n;
} far;

static void *far_main(void *arg)
{
	bool ends;

	do {
		uint64_t start = bench_clock();
		unsigned n;

		ends = atomic_load(&far.ends);
		n = steer_set_receive(&far.out);
		if (n != 0)
			far.cycles[far.n++ % SAMPLES] = (bench_clock() - start) * HOP_SCALE / n;
		ends = ends && n == 0;
	} while (!ends);
	return NULL;
}

static bool run_far(void *(*run)(void *arg))
{
	pthread_attr_t attr;
	cpu_set_t cpu;
	int at = bench_cpu(1);

	if (at < 0)
		return false;
	CPU_ZERO(&cpu);
	CPU_SET(at, &cpu);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpu), &cpu);
	if (pthread_create(&far.thread, &attr, run, NULL) != 0)
		bench_die("no thread");
	pthread_attr_destroy(&attr);
	return true;
}

// A line that both write in turns.
static struct {
	_Alignas(RTE_CACHE_LINE_SIZE) _Atomic uint32_t turn;
	_Alignas(RTE_CACHE_LINE_SIZE) uint32_t unused;
} line;

static void *answer(void *arg)
{
	for (uint32_t i = 0; i < LINE_TRIES * LINE_TURNS; i++) {
		while (atomic_load(&line.turn) != 2 * i + 1)
			;
		atomic_store(&line.turn, 2 * i + 2);
	}
	return NULL;
}

double hop_line(void)
{
	uint64_t least = UINT64_MAX, start;

	atomic_store(&line.turn, 0);
	if (!run_far(answer))
		return 0;
	for (uint32_t i = 0, t = 0; t < LINE_TRIES; t++) {
		start = rte_rdtsc();
		for (uint32_t end = i + LINE_TURNS; i < end; i++) {
			atomic_store(&line.turn, 2 * i + 1);
			while (atomic_load(&line.turn) != 2 * i + 2)
				;
		}
		least = RTE_MIN(least, rte_rdtsc() - start);
	}
	pthread_join(far.thread, NULL);
	return (double)least / (2 * LINE_TURNS);
}

bool hop_begin(void)
{
	if (bench_cpu(1) < 0)
		return false;
	steer_set_make();
	if (far.cycles == NULL)
		far.cycles = bench_memory(SAMPLES * sizeof(far.cycles[0]));
	far.n = 0;
	far.out = (struct out){.ops = &bench_out_ops,
		.ledger = &far.ledger,
		.done_limit = OUT_DONE,
		.counts = &far.counts};
	atomic_store(&far.ends, false);
	return run_far(far_main);
}

unsigned hop_end(uint64_t **cycles)
{
	unsigned n;

	atomic_store(&far.ends, true);
	pthread_join(far.thread, NULL);
	n = RTE_MIN(far.n, (unsigned)SAMPLES);
	bench_sort(far.cycles, n);
	*cycles = far.cycles;
	return n;
}

static void open_set(const struct stage *s, uint32_t n)
{
	steer_set_make();
	frames_fill(traffic_find(s->traffic), n);
}

// What is dropped at a full ring would cost less.
static void ready(struct burst *b)
{
	const struct rte_ring *ring = steer_set.gate[CLASS_IPV4].handoff.ring;

	while (rte_ring_count(ring) > rte_ring_get_size(ring) / 2)
		rte_pause();
}

static void run(struct burst *b)
{
	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST)
		gate_send(&steer_set.gate[CLASS_IPV4], &b->pkts[at],
			RTE_MIN((uint16_t)(b->n - at), (uint16_t)CLASSIFY_BURST), 0, &steer_set.out,
			0);
}

const struct stage hop_stage = {.name = "hop",
	.traffic = "u4",
	.footprint = FRAME_FOOTPRINT,
	.is_timed = true,
	.open = open_set,
	.take = frames_take,
	.ready = ready,
	.run = run};
