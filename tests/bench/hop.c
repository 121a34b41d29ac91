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

enum { SAMPLES = 1 << 16 };

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

bool hop_begin(void)
{
	pthread_attr_t attr;
	cpu_set_t cpu;
	int at = bench_cpu(1);

	if (at < 0)
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
	CPU_ZERO(&cpu);
	CPU_SET(at, &cpu);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpu), &cpu);
	if (pthread_create(&far.thread, &attr, far_main, NULL) != 0)
		bench_die("no thread");
	pthread_attr_destroy(&attr);
	return true;
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
